"""Long and rough use of real playgrounds, bounded in time, on this machine only.

``kill``: SIGKILL at random moments, and whether everything acknowledged is there afterwards;
``hostile``: actions that misbehave, and what they leave behind; ``mixed``: minutes of ordinary use;
``fuzz``: the property-based tests with many examples each.
"""

"""What the playground keeps on disk: entities, activation records, usage sums, kept inputs.

One SQLite database. Nothing here knows HTTP or workers.
"""

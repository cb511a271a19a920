"""Live values written as Python expressions, so that they travel as source and not as pickles."""

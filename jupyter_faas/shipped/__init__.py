"""Source files that run outside this package: in actions, clean-room tests and workers.

They are read or copied, and never imported from here.
"""

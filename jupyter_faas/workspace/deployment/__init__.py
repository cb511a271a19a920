"""Deploy packages: the plan, the upload, deploy records, history, diff and rollback.

Takes packages from the store; ``packaging`` makes them.
"""

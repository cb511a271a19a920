"""Deploy packages: the plan, the upload, deploy records, history, diff and rollback.

Packages are read from the store; workspace/packaging creates them.
"""

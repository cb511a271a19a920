"""Deploy packages: plan, upload, deploy records, history, diff and rollback.

This package reads packages from the store, which workspace/packaging creates.
"""

"""The pipeline from a captured function or composition to a package in the store.

The pipeline captures names, converts models, builds the zip and writes the package record. It must
not depend on how a package is deployed. It uses the target only for preflight checks and size
limits.
"""

"""The pipeline from a captured function or composition to a package in the store.

It captures, converts the models, lays out the zip and writes the package record. It must not know
how a package is deployed. The target is used for preflight checks and size limits only.
"""

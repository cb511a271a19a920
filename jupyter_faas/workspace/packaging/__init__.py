"""The pipeline from a captured function or composition to a package in the store.

It captures, converts the models, lays out the zip and writes the package record. It must not know
which target the package will go to, nor how it is deployed.
"""

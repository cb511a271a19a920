"""Lookup of the source text of a notebook's cells, functions, classes, closures and modules."""

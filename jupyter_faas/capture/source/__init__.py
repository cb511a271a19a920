"""The source text of what a notebook defined: cells, functions, classes, closures, modules."""

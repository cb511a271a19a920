"""Find the source text of cells, functions, classes, closures and modules of a notebook."""

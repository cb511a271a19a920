"""Model stores, which keep models that are too large for a package, and the upload to them."""

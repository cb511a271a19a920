"""Model stores: where models that do not fit into a package are kept, and the upload to them."""

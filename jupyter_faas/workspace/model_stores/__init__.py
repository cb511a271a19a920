"""Model stores for models that are too large for a package, and uploads to these stores."""

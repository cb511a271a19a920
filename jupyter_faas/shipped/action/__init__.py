"""What becomes part of a function's zip: the entry point, parameters, results, models, images."""

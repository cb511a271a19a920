"""Package an estimator itself in the skops format, for models without an ONNX form."""

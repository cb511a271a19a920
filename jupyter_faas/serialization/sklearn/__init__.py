"""Convert scikit-learn estimators to ONNX: sample, checks, rewriting, variants, parity check."""

"""scikit-learn estimators on their way to ONNX: sample, rewriting, candidates and refusals."""

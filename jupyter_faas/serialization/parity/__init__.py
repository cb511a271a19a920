"""The parity check: does the ONNX form answer as the model does, on telling rows."""

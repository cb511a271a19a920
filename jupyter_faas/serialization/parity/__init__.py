"""Whether an ONNX form answers as the model does: the rows, the comparison, the verdict."""

"""Read, merge and describe ONNX graphs, including models that are already ONNX in the notebook."""

"""ONNX graphs as such: reading, signatures, and models that the notebook already holds as ONNX."""

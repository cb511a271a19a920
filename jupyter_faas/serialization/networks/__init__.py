"""Neural networks: PyTorch and Keras models exported to ONNX."""

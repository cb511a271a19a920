"""Read, merge and describe ONNX graphs; package models that the notebook already has as ONNX."""

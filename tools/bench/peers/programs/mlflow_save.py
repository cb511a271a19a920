"""Write the ONNX model as MLflow keeps one: ``mlflow_save.py MODEL FOLDER``."""

import sys

import mlflow.onnx
import onnx

mlflow.onnx.save_model(
    onnx.load(sys.argv[1]),
    sys.argv[2],
    save_as_external_data=False,
    onnx_session_options={"intra_op_num_threads": 1},
    onnx_execution_providers=["CPUExecutionProvider"],
)

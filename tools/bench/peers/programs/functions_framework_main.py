"""A function for ``functions-framework --target predict``."""

import os

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options)
name = session.get_inputs()[0].name


def predict(request):  # type: ignore[no-untyped-def]
    row = request.get_json()["row"]
    _, probabilities = session.run(None, {name: np.array([row], np.float32)})
    return {"probabilities": probabilities[0].tolist()}

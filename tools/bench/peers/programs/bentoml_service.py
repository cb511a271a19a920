"""The model as a BentoML service: ``bentoml serve bentoml_service:Model``."""

import os

import bentoml


@bentoml.service(logging={"access": {"enabled": False}})
class Model:
    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = os.path.join(os.path.dirname(__file__), "model.onnx")
        self.session = onnxruntime.InferenceSession(path, options)
        self.name = self.session.get_inputs()[0].name

    @bentoml.api  # type: ignore[untyped-decorator]
    def predict(self, row: list[float]) -> dict[str, list[float]]:
        import numpy as np

        _, probabilities = self.session.run(None, {self.name: np.array([row], np.float32)})
        return {"probabilities": probabilities[0].tolist()}

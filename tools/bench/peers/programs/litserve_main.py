"""The model behind LitServe."""

import sys

import litserve
import numpy as np
import onnxruntime


class Api(litserve.LitAPI):  # type: ignore[misc]
    def setup(self, device):  # type: ignore[no-untyped-def]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(sys.argv[1], options)
        self.name = self.session.get_inputs()[0].name

    def decode_request(self, request):  # type: ignore[no-untyped-def]
        return request["row"]

    def predict(self, row):  # type: ignore[no-untyped-def]
        return self.session.run(None, {self.name: np.array([row], np.float32)})[1][0]

    def encode_response(self, probabilities):  # type: ignore[no-untyped-def]
        return {"probabilities": probabilities.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", disable_openapi_url=True)
    server.run(
        port=int(sys.argv[2]), host="127.0.0.1", generate_client_file=False, log_level="warning"
    )

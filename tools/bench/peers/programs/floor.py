"""The floor: starlette on uvicorn, the model in its process. No key, no record, no isolation."""

import json
import sys

import numpy as np
import onnxruntime
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options)
name = session.get_inputs()[0].name


async def predict(request: Request) -> Response:
    row = json.loads(await request.body())["row"]
    _, probabilities = session.run(None, {name: np.array([row], np.float32)})
    body = json.dumps({"probabilities": probabilities[0].tolist()})
    return Response(body, media_type="application/json")


app = Starlette(routes=[Route("/predict", predict, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), access_log=False, log_level="warning")

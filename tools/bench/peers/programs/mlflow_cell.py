"""What a notebook does to serve a model with MLflow: log_model and serve; print the times.

``mlflow_cell.py estimator|onnx NAME PORT PAYLOAD PATH``. Of an estimator the conversion to ONNX is
in the times; with ``onnx`` the model of PATH is loaded already. The imports are not in the times,
and neither are the fit and the experiment.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import mlflow
import mlflow.onnx
import onnx
import skl2onnx  # noqa: F401 - to_onnx imports it, and imports are not in the times

from tools.bench.peers.models import fitted, to_onnx

variant, name, port, payload, path = sys.argv[1:]
mlflow.set_tracking_uri(f"sqlite:///{os.getcwd()}/mlflow.db")
mlflow.set_experiment("bench")
model = onnx.load(path)
estimator, rows = fitted(name)
began = time.perf_counter()
if variant == "estimator":
    model = to_onnx(estimator, rows)
converted = time.perf_counter()
logged = mlflow.onnx.log_model(model, name="model", save_as_external_data=False)
built = time.perf_counter()
command = ["mlflow", "models", "serve", "--model-uri", logged.model_uri, "--port", port]
server = subprocess.Popen(
    [*command, "--env-manager", "local"],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
    start_new_session=True,
    env={**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()},
)
request = urllib.request.Request(
    f"http://127.0.0.1:{port}/invocations", payload.encode(), {"Content-Type": "application/json"}
)
while True:
    try:
        urllib.request.urlopen(request, timeout=60).read()
        break
    except (OSError, urllib.error.URLError):
        time.sleep(0.002)
answered = time.perf_counter()
os.killpg(server.pid, signal.SIGTERM)
server.wait()
times = {
    "convert": converted - began,
    "log_model": built - converted,
    "answer": answered - built,
    "all": answered - began,
}
print(json.dumps({key: value * 1000 for key, value in times.items()}))

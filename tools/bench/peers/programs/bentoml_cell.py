"""What a notebook does to serve a model with BentoML: build and serve; print the times.

``bentoml_cell.py estimator|onnx NAME PORT PAYLOAD``, in a folder with the service. Of an estimator
the conversion to ONNX is in the times; with ``onnx`` the service's model.onnx is there already. The
imports are not in the times, and neither is the fit.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request

import bentoml
import skl2onnx  # noqa: F401 - to_onnx imports it, and imports are not in the times

from tools.bench.peers.models import fitted, to_onnx

variant, name, port, payload = sys.argv[1:]
model, rows = fitted(name)
began = time.perf_counter()
if variant == "estimator":
    with open("model.onnx", "wb") as file:
        file.write(to_onnx(model, rows).SerializeToString())
converted = time.perf_counter()
bento = bentoml.bentos.build(
    "bentoml_service:Model",
    include=["*.py", "*.onnx"],
    build_ctx=".",
    # Pinning asks the package index, which is none of what is measured.
    python={"lock_packages": False},
)
built = time.perf_counter()
command = ["bentoml", "serve", str(bento.tag), "--port", port, "--quiet"]
server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
request = urllib.request.Request(
    f"http://127.0.0.1:{port}/predict", payload.encode(), {"Content-Type": "application/json"}
)
while True:
    try:
        urllib.request.urlopen(request, timeout=60).read()
        break
    except (OSError, urllib.error.URLError):
        time.sleep(0.002)
answered = time.perf_counter()
server.terminate()
server.wait()
times = {
    "convert": converted - began,
    "build": built - converted,
    "answer": answered - built,
    "all": answered - began,
}
print(json.dumps({key: value * 1000 for key, value in times.items()}))

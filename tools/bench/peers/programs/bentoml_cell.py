"""What a notebook does to serve a model with BentoML: build and serve; print the times.

``bentoml_cell.py PORT PAYLOAD``, in a folder with the service and its model. The model is ONNX
already; the import of bentoml is not in the times.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request

import bentoml

port, payload = sys.argv[1], sys.argv[2].encode()
began = time.perf_counter()
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
    f"http://127.0.0.1:{port}/predict", payload, {"Content-Type": "application/json"}
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
times = {"build": built - began, "answer": answered - built, "all": answered - began}
print(json.dumps({key: value * 1000 for key, value in times.items()}))

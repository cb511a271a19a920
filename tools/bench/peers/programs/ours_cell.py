"""What a notebook does to serve a model here, in a kernel: its cells' times are printed.

``ours_cell.py estimator NAME`` or ``ours_cell.py onnx NAME PATH`` works with the data folder of the
environment. Not in the times are the cells before the function's (imports, the fitted estimator or
the session) and what ``%load_ext jupyter_faas`` begins in the background: imports, the process that
converts, the playground without any action. That is waited for, as the others' imports are not in
their times: until the session says that it is over, and its processes are at rest.
"""

import json
import os
import sys
import time
from pathlib import Path

import psutil
from jupyter_client.manager import start_new_kernel
from sklearn.datasets import load_iris

from jupyter_faas.playground import control
from tools.bench.notebook import run_cell

ESTIMATOR = """%%function {name} --sample X
def {name}(row: list[float]):
    return {{"probabilities": model.predict_proba([row])[0].tolist()}}
"""
ONNX = """%%function {name} --sample X
import numpy as np

def {name}(row: list[float]):
    _, probabilities = session.run(None, {{"X": np.array([row], np.float32)}})
    return {{"probabilities": probabilities[0].tolist()}}
"""
# Raises where the background work is not over in time.
READY = "get_ipython().magics_manager.registry['FaasMagics'].session.wait_until_warm(120)"

# How long nothing may have used the processor; several ticks of its clock.
REST_S = 0.25


def wait_for_rest() -> None:
    """Return when neither the kernel's processes nor the playground's are at work."""
    info = control.status(Path(os.environ["JUPYTER_FAAS_DATA_DIR"]))
    playground = [psutil.Process(info.pid)] if info else []
    before = None
    while True:
        # The kernel is this process's child.
        working = [*playground, *psutil.Process().children(recursive=True)]
        working += [child for each in playground for child in each.children(recursive=True)]
        used = [(each.pid, *each.cpu_times()[:2]) for each in working]
        if used == before:
            return
        before = used
        time.sleep(REST_S)


variant, name, *path = sys.argv[1:]
before = ["%load_ext jupyter_faas", "from sklearn.datasets import load_iris"]
if variant == "estimator":
    fit = f"model = estimator({name!r}).fit(X, y)"
    before += ["from tools.bench.peers.models import estimator"]
    before += ["X, y = load_iris(return_X_y=True)", fit]
    cell = ESTIMATOR.format(name=name)
else:
    before += ["X = load_iris().data.astype('float32')", "import onnxruntime"]
    before += [f"session = onnxruntime.InferenceSession({path[0]!r})"]
    cell = ONNX.format(name=name)
before += [READY]
row = json.dumps(load_iris().data[0].tolist())
stages = {
    "package": cell,
    "deploy": f"%faas deploy {name}",
    "answer": f"answer = %faas invoke {name} row='{row}'",
}

manager, client = start_new_kernel(kernel_name="python3", env=dict(os.environ), stderr=sys.stderr)
try:
    for source in before:
        run_cell(client, source)
    wait_for_rest()
    times, began = {}, time.perf_counter()
    for stage, source in stages.items():
        started = time.perf_counter()
        run_cell(client, source)
        times[stage] = time.perf_counter() - started
    times["all"] = time.perf_counter() - began
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print(json.dumps({key: value * 1000 for key, value in times.items()}))

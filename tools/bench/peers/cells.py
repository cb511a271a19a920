"""From a notebook's cell to the first remote answer.

Two variants, each the same for all: from the fitted ``estimator`` that a notebook has, of which the
others' cells make ONNX with skl2onnx; and from a finished ``onnx`` model. In no times are the
imports, the fit, and what ``%load_ext jupyter_faas`` begins in the background, which is over before
the clock starts: a real condition is waited for. No server runs before, ours included.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from jupyter_faas.playground import control
from tests.ui.helpers.lab import free_port
from tools.bench.figures import sized
from tools.bench.peers.models import Model
from tools.bench.peers.ours import Playground
from tools.bench.peers.places import PROGRAMS, ROOT, environment_of, install, run
from tools.bench.peers.systems import BentoML, MLflow

VARIANTS = sized(("estimator", "onnx"), ("onnx",))

Times = dict[str, float]


def interleave(folder: Path, model: Model, variant: str, rounds: int) -> dict[str, list[Times]]:
    """Milliseconds of each stage, by system. Each round begins with another one."""
    all_systems = ((Playground.name, _ours), (BentoML.name, _bentoml), (MLflow.name, _mlflow))
    systems = sized(all_systems, all_systems[:1])
    found: dict[str, list[Times]] = {name: [] for name, _ in systems}
    for turn in range(rounds):
        first = turn % len(systems)
        for name, stages in (*systems[first:], *systems[:first]):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                found[name].append(stages(Path(place), model, variant))
    return found


def middle(found: list[Times], stage: str) -> float:
    return statistics.median(each[stage] for each in found)


def _ours(place: Path, model: Model, variant: str) -> Times:
    environment = environment_of(
        Path(sys.executable), PYTHONPATH=str(ROOT), JUPYTER_FAAS_DATA_DIR=str(place)
    )
    words = [variant, model.name, str(model.path)]
    try:
        return _last_line(
            run([sys.executable, str(PROGRAMS / "ours_cell.py"), *words], environment, place)
        )
    finally:
        control.stop(place)


def _bentoml(place: Path, model: Model, variant: str) -> Times:
    python = install(BentoML.name, BentoML.requirements)
    shutil.copy(PROGRAMS / "bentoml_service.py", place)
    if variant == "onnx":
        shutil.copy(model.path, place / "model.onnx")
    environment = environment_of(python, PYTHONPATH=str(ROOT), BENTOML_HOME=str(place / "home"))
    words = [variant, model.name, str(free_port()), json.dumps({"row": list(model.row)})]
    return _last_line(
        run([str(python), str(PROGRAMS / "bentoml_cell.py"), *words], environment, place)
    )


def _mlflow(place: Path, model: Model, variant: str) -> Times:
    python = install(MLflow.name, MLflow.requirements)
    payload = json.dumps({"inputs": [list(model.row)]})
    words = [variant, model.name, str(free_port()), payload, str(model.path)]
    command = [str(python), str(PROGRAMS / "mlflow_cell.py"), *words]
    return _last_line(run(command, environment_of(python, PYTHONPATH=str(ROOT)), place))


def _last_line(text: str) -> Times:
    found: Times = json.loads(text.splitlines()[-1])
    return found

"""From a notebook's cell to the first remote answer."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from jupyter_faas.playground import control
from tests.ui.lab import free_port
from tools.bench.peers.models import Model
from tools.bench.peers.ours import Playground
from tools.bench.peers.places import PROGRAMS, ROOT, environment_of, install, run
from tools.bench.peers.systems import BentoML, MLflow

Times = dict[str, float]


def interleave(folder: Path, model: Model, rounds: int) -> dict[str, list[Times]]:
    """Milliseconds of each stage. Ours begins with the fitted estimator and no playground."""
    found: dict[str, list[Times]] = {Playground.name: [], BentoML.name: [], MLflow.name: []}
    for _ in range(rounds):
        for name, stages in (
            (Playground.name, _ours),
            (BentoML.name, _bentoml),
            (MLflow.name, _mlflow),
        ):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                found[name].append(stages(Path(place), model))
    return found


def middle(found: list[Times], stage: str) -> float:
    return statistics.median(each[stage] for each in found)


def _ours(place: Path, model: Model) -> Times:
    environment = environment_of(
        Path(sys.executable), PYTHONPATH=str(ROOT), JUPYTER_FAAS_DATA_DIR=str(place)
    )
    command = [sys.executable, str(PROGRAMS / "ours_cell.py"), model.name]
    try:
        return _last_line(run(command, environment, place))
    finally:
        control.stop(place)


def _bentoml(place: Path, model: Model) -> Times:
    python = install(BentoML.name, BentoML.requirements)
    shutil.copy(PROGRAMS / "bentoml_service.py", place)
    shutil.copy(model.path, place / "model.onnx")
    environment = environment_of(python, BENTOML_HOME=str(place / "home"))
    words = [str(free_port()), json.dumps({"row": list(model.row)})]
    return _last_line(
        run([str(python), str(PROGRAMS / "bentoml_cell.py"), *words], environment, place)
    )


def _mlflow(place: Path, model: Model) -> Times:
    python = install(MLflow.name, MLflow.requirements)
    words = [str(free_port()), json.dumps({"inputs": [list(model.row)]}), str(model.path)]
    command = [str(python), str(PROGRAMS / "mlflow_cell.py"), *words]
    return _last_line(run(command, environment_of(python), place))


def _last_line(text: str) -> Times:
    found: Times = json.loads(text.splitlines()[-1])
    return found

"""Estimators that travelled as they are, loaded as an action loads them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from jupyter_faas.serialization.action_models import load_action_models
from jupyter_faas.serialization.convert import ConversionRequest, convert
from jupyter_faas.serialization.skops.conversion import SkopsRequest, convert_to_skops
from tests.serialization.helpers import data

SHIPPED = Path(__file__).parents[3] / "jupyter_faas" / "shipped" / "action"


@pytest.fixture(scope="module")
def neighbours() -> Any:
    return KNeighborsClassifier(weights="distance").fit(*data.iris())


@pytest.fixture
def package(tmp_path: Path, neighbours: Any) -> Path:
    """A package's folder with one estimator and its loader."""
    shutil.copy(SHIPPED / "estimators.py", tmp_path / "faas_models.py")
    order = SkopsRequest("near", neighbours, data.iris()[0])
    made = convert_to_skops(order, progress=lambda _: None, clock=time.monotonic)
    (tmp_path / "models").mkdir()
    (tmp_path / made.file).write_bytes(made.data)
    (tmp_path / "models" / "near.json").write_text(json.dumps(made.spec))
    return tmp_path


def run(package: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=package, capture_output=True, text=True, env={}
    )


def test_estimator_answers_in_a_process_that_knows_nothing_else(
    package: Path, neighbours: Any
) -> None:
    rows = data.iris()[0][::10]
    done = run(
        package,
        "import json, sys, faas_models\n"
        "model = faas_models.load_model('near')\n"
        f"answer = model.predict_proba({rows.tolist()}).tolist()\n"
        "known = sorted({'onnxruntime', 'jupyter_faas'} & set(sys.modules))\n"
        "print(json.dumps([type(model).__name__, model.weights, known, answer]))",
    )
    assert done.stderr == ""
    kind, weights, known, answer = json.loads(done.stdout)
    assert (kind, weights, known) == ("KNeighborsClassifier", "distance", [])
    assert np.array_equal(answer, neighbours.predict_proba(rows))


def test_another_scikit_learn_is_refused_before_it_answers(package: Path) -> None:
    path = package / "models" / "near.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sklearn": "1.0.2"}))
    done = run(package, "import faas_models\nfaas_models.load_model('near')")
    assert "near was fitted with scikit-learn 1.0.2, but the action has" in done.stderr


def test_types_that_the_description_does_not_list_are_not_built(package: Path) -> None:
    path = package / "models" / "near.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "trusted": []}))
    done = run(package, "import faas_models\nfaas_models.load_model('near')")
    assert "UntrustedTypesFoundException" in done.stderr


def test_both_kinds_of_models_in_one_package(package: Path) -> None:
    shutil.copy(SHIPPED / "estimators.py", package / "faas_estimators.py")
    shutil.copy(SHIPPED / "models.py", package / "faas_models.py")
    shutil.copy(SHIPPED / "model_inputs.py", package / "faas_model_inputs.py")
    rows, labels = data.iris()
    model = LogisticRegression(max_iter=1000).fit(rows, labels)
    order = ConversionRequest("line", model, rows)
    made = convert(order, load_action_models(), progress=lambda _: None, clock=time.monotonic)
    (package / made.file).write_bytes(made.data)
    (package / "models" / "line.json").write_text(json.dumps(made.spec))
    done = run(
        package,
        "from faas_models import load_model\n"
        f"row = {rows[:1].tolist()}\n"
        "print([int(load_model(name).predict(row)[0]) for name in ('near', 'line')])",
    )
    assert done.stdout == f"[{labels[0]}, {labels[0]}]\n"

"""An estimator that travels as it is, where its packaging environment is not."""

from __future__ import annotations

import base64
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

from jupyter_faas.bundle import BundleStore
from jupyter_faas.playground import register_environment
from jupyter_faas.workspace.packaging.function import package
from tests.contract.helpers.api import python
from tests.contract.helpers.private import private
from tests.playground.helpers.loop import wait_until
from tests.workspace.helpers.cells import run_cell, surroundings
from tests.workspace.helpers.requests import function_request

NEAR = """\
%%function near
def near(rows: list):
    return {"species": model.predict(rows), "sure": model.predict_proba(rows)[:, 0]}
"""


@pytest.mark.heavy
@pytest.mark.timeout(1200)
def test_environment_without_scikit_learn_gets_what_is_pinned_and_says_so(tmp_path: Path) -> None:
    rows, labels = load_iris(return_X_y=True)
    model = KNeighborsClassifier(weights="distance").fit(rows[::2], labels[::2])
    request = function_request(NEAR, "near", sample=rows, model_format="skops")
    made = package(request, run_cell(NEAR, model=model), surroundings(tmp_path / "store"))
    code = base64.b64encode(BundleStore(tmp_path / "store").get(made.bundle).data).decode()

    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    environment = {
        "id": "bare",
        "executable": str(bare / "bin" / "python"),
        "prefix": str(bare),
        "version": platform.python_version(),
    }
    with private(tmp_path / "data") as playground:
        register_environment(tmp_path / "data", environment)
        annotations = [{"key": "faas-environment", "value": "bare"}]
        body = python(code, annotations=annotations, limits={"timeout": 300_000})
        assert playground.api.put("near", body).status_code == 200
        started = playground.api.invoke("near", {"rows": rows[1::2].tolist()}, blocking=False)
        wait_until(lambda: "Installed the packages" in playground.log, patience_s=500)
        record = playground.api.record(started.json()["activationId"])
        assert "Installing the packages in requirements.txt" in playground.log
    assert record["response"]["status"] == "success", record
    answer = record["response"]["result"]
    assert answer["species"] == model.predict(rows[1::2]).tolist()
    assert answer["sure"] == model.predict_proba(rows[1::2])[:, 0].tolist()

"""Native boosters in the format of their library, where their ONNX form does not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace.packaging.function import package
from tests.shipped.helpers.packages import launch
from tests.workspace.helpers.cells import run_cell, surroundings
from tests.workspace.helpers.requests import function_request

ROWS = np.random.RandomState(0).rand(60, 2)
BY_MATRIX = (
    "%%function risk\ndef risk(a: float, b: float):\n"
    "    return {'y': float(booster.predict(xgboost.DMatrix(np.array([[a, b]])))[0])}"
)


@pytest.fixture
def values() -> dict[str, Any]:
    """A notebook with a booster of XGBoost, as ``xgboost.train`` returns it."""
    xgboost = pytest.importorskip("xgboost")
    data = xgboost.DMatrix(ROWS, ROWS.sum(axis=1))
    booster = xgboost.train({"max_depth": 3}, data, 5)
    return {"np": np, "xgboost": xgboost, "booster": booster}


def test_a_booster_that_takes_a_matrix_answers_as_in_the_notebook(
    values: dict[str, Any], tmp_path: Path, helper: ConversionHelper
) -> None:
    namespace: dict[str, Any] = dict(run_cell(BY_MATRIX, **values))
    made = package(function_request(BY_MATRIX, "risk"), namespace, surroundings(tmp_path, helper))
    kinds = {one["name"]: one["kind"] for one in made.card["captured"]}
    assert (kinds["booster"], made.card["models"]) == ("data", [])
    unpacked = tmp_path / "unpacked"
    BundleStore(tmp_path).get(made.bundle).unpack(unpacked)
    found, logs = launch(unpacked, [{"a": 0.2, "b": 0.7}])
    assert found == [namespace["risk"](0.2, 0.7)], logs


def test_onnx_alone_still_refuses_such_a_booster(
    values: dict[str, Any], tmp_path: Path, helper: ConversionHelper
) -> None:
    request = function_request(BY_MATRIX, "risk", model_format="onnx")
    with pytest.raises(ConversionError, match=r"booster\.predict is not in the ONNX form"):
        package(request, run_cell(BY_MATRIX, **values), surroundings(tmp_path, helper))

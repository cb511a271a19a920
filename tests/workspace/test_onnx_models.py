"""ONNX that the notebook has already, packaged and run as OpenWhisk's Python runtime runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.errors import CaptureError, ConversionError
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.packaging.function import package
from tests.serialization.helpers.onnxfiles import linear, with_weights_outside
from tests.shipped.helpers.packages import launch
from tests.workspace.helpers.cells import run_cell, surroundings
from tests.workspace.helpers.requests import function_request

RUN = "session.run(None, {session.get_inputs()[0].name: np.array([[a, a, a]], dtype='float32')})"
BY_SESSION = f"%%function ask\ndef ask(a: float):\n    return {{'y': {RUN}[0][0]}}"
BY_SOURCE = (
    "%%function ask\nsession = None\n\ndef ask(a: float):\n"
    "    session = onnxruntime.InferenceSession({source}, providers=['CPUExecutionProvider'])\n"
    f"    return {{{{'y': {RUN.replace('{', '{{').replace('}', '}}')}[0][0]}}}}"
)


def pack(text: str, folder: Path, helper: ConversionHelper, **values: Any) -> Packaged:
    import numpy

    values = {"np": numpy, "onnxruntime": onnxruntime, **values}
    request = function_request(text, "ask")
    return package(request, run_cell(text, **values), surroundings(folder, helper))


def answers(made: Packaged, folder: Path) -> Any:
    unpacked = folder / "unpacked"
    BundleStore(folder).get(made.bundle).unpack(unpacked)
    found, logs = launch(unpacked, [{"a": 1.0}])
    assert found, logs
    return found[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "linear.onnx"
    onnx.save(linear(), path)
    return path


def test_a_session_answers_in_the_action(
    tmp_path: Path, file: Path, helper: ConversionHelper
) -> None:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    made = pack(BY_SESSION, tmp_path, helper, session=session)
    assert answers(made, tmp_path) == {"y": [16.0, 29.0]}
    facts = made.card["models"][0]
    assert facts["class"] == "InferenceSession"
    assert made.card["schema"]["x-faas-models"] == {"session": facts["signature"]}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("model", "bytes"),
        ("model", "text"),
        ("model", "path"),
        ("str(model)", "path"),
        ("model.SerializeToString()", "proto"),
    ],
)
def test_the_code_that_makes_a_session_of_it_runs_unchanged(
    source: str, kind: str, tmp_path: Path, file: Path, helper: ConversionHelper
) -> None:
    values: dict[str, Any] = {
        "bytes": file.read_bytes(),
        "text": str(file),
        "path": file,
        "proto": linear(),
    }
    made = pack(BY_SOURCE.format(source=source), tmp_path, helper, model=values[kind])
    assert answers(made, tmp_path) == {"y": [16.0, 29.0]}
    assert str(tmp_path) not in str(made.card["captured"])


def test_weights_of_their_own_file_travel_inside(tmp_path: Path, helper: ConversionHelper) -> None:
    path = with_weights_outside(tmp_path)
    made = pack(BY_SOURCE.format(source="model"), tmp_path, helper, model=path)
    assert answers(made, tmp_path) == {"y": [16.0, 29.0]}


def boosted(library: str) -> Any:
    import lightgbm
    import numpy as np
    import xgboost

    rows = np.arange(60.0).reshape(30, 2) % 11
    labels = (rows[:, 0] > rows[:, 1]).astype(int)
    if library == "lightgbm":
        options = {"objective": "binary", "verbose": -1, "num_threads": 1}
        return lightgbm.train(options, lightgbm.Dataset(rows, labels), 5)
    options = {"objective": "binary:logistic", "nthread": 1}
    return xgboost.train(options, xgboost.DMatrix(rows, labels), 5)


@pytest.mark.parametrize("method", ["predict", "inplace_predict"])
def test_a_native_booster_answers_without_its_library(
    method: str, tmp_path: Path, helper: ConversionHelper
) -> None:
    booster = boosted("lightgbm" if method == "predict" else "xgboost")
    text = f"%%function ask\ndef ask(a: float):\n    return {{'p': model.{method}([[a, 4.0]])[0]}}"
    made = pack(text, tmp_path, helper, model=booster)
    expected = float(getattr(booster, method)([[7.0, 4.0]])[0])
    unpacked = tmp_path / "unpacked"
    BundleStore(tmp_path).get(made.bundle).unpack(unpacked)
    found, logs = launch(unpacked, [{"a": 7.0}])
    assert found, logs
    assert found[0]["p"] == pytest.approx(expected, abs=1e-6)
    names = {each["name"] for each in made.card["requirements"]}
    assert names == {"numpy", "onnxruntime"}


def test_a_cell_that_makes_a_dmatrix_gets_the_booster_itself(
    tmp_path: Path, helper: ConversionHelper
) -> None:
    import xgboost

    text = (
        "%%function ask\ndef ask(a: float):\n"
        "    return {'p': float(model.predict(xgb.DMatrix([[a, 4.0]]))[0])}"
    )
    booster = boosted("xgboost")
    made = pack(text, tmp_path, helper, model=booster, xgb=xgboost)
    unpacked = tmp_path / "unpacked"
    BundleStore(tmp_path).get(made.bundle).unpack(unpacked)
    found, logs = launch(unpacked, [{"a": 7.0}])
    assert found, logs
    assert found[0]["p"] == float(booster.predict(xgboost.DMatrix([[7.0, 4.0]]))[0])
    # The distribution may be xgboost-cpu.
    assert any("xgboost" in each["name"] for each in made.card["requirements"])


def test_what_a_proto_would_lack_is_refused(tmp_path: Path, helper: ConversionHelper) -> None:
    text = "%%function ask\ndef ask():\n    return {'name': model.graph.input[0].name}"
    with pytest.raises(
        ConversionError, match=r"^model\.graph is not in the ONNX form \(.*import onnx in the cell"
    ):
        pack(text, tmp_path, helper, model=linear())


def test_a_cell_that_imports_onnx_gets_the_whole_proto(
    tmp_path: Path, helper: ConversionHelper
) -> None:
    text = (
        "%%function ask\nimport onnx\n\ndef ask(a: float):\n"
        "    onnx.checker.check_model(model)\n    return {'y': model.graph.input[0].name}"
    )
    made = pack(text, tmp_path, helper, model=linear())
    assert answers(made, tmp_path) == {"y": "X"}
    assert "onnx" in {each["name"] for each in made.card["requirements"]}


LITERAL = BY_SOURCE.format(source="'linear.onnx'")


def test_a_file_that_only_the_cell_names_travels(
    tmp_path: Path, file: Path, helper: ConversionHelper
) -> None:
    import numpy

    namespace = run_cell(LITERAL, np=numpy, onnxruntime=onnxruntime)
    request = function_request(LITERAL, "ask", root=tmp_path)
    made = package(request, namespace, surroundings(tmp_path, helper))
    assert answers(made, tmp_path) == {"y": [16.0, 29.0]}


def test_a_large_file_that_only_the_cell_names_is_refused_with_its_line(
    tmp_path: Path, helper: ConversionHelper
) -> None:
    import numpy

    (tmp_path / "linear.onnx").write_bytes(bytes(10_000_001))
    namespace = run_cell(LITERAL, np=numpy, onnxruntime=onnxruntime)
    request = function_request(LITERAL, "ask", root=tmp_path)
    with pytest.raises(
        CaptureError, match=r"^The code opens linear\.onnx on line 5, but the file is not in the"
    ) as caught:
        package(request, namespace, surroundings(tmp_path, helper))
    assert caught.value.hint == "Include it: --include linear.onnx"


def test_an_included_file_is_opened_where_it_lies(
    tmp_path: Path, file: Path, helper: ConversionHelper
) -> None:
    import numpy

    namespace = run_cell(LITERAL, np=numpy, onnxruntime=onnxruntime)
    request = function_request(LITERAL, "ask", root=tmp_path, includes=("linear.onnx",))
    made = package(request, namespace, surroundings(tmp_path, helper))
    assert answers(made, tmp_path) == {"y": [16.0, 29.0]}

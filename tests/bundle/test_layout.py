from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from jupyter_faas.bundle import FunctionFiles, lay_out, shipped_text
from jupyter_faas.bundle.layout import function_text, requirements_text
from jupyter_faas.errors import BundleError
from tests.bundle.helpers.samples import CELL

SHIPPED = Path(__file__).parents[2] / "jupyter_faas" / "shipped" / "action"


def test_entry_point_is_the_shipped_file() -> None:
    files = lay_out(FunctionFiles(CELL, "n = 1\n"))
    assert files["__main__.py"] == (SHIPPED / "action_main.py").read_bytes()
    assert shipped_text("action/action_main.py").encode() == files["__main__.py"]
    assert files["faas_parameters.py"] == (SHIPPED / "parameters.py").read_bytes()
    assert files["faas_results.py"] == (SHIPPED / "results.py").read_bytes()


def test_sources_alone_need_nothing_else() -> None:
    files = lay_out(FunctionFiles(CELL, "n = 1\n"))
    glue = {"faas_parameters.py", "faas_results.py", "faas_library_values.py"}
    assert set(files) == {"__main__.py", "function.py", "captured.py"} | glue
    assert files["captured.py"] == b"n = 1\n"


def test_models_bring_their_stand_in() -> None:
    function = FunctionFiles(CELL, "", models={"model": (b"onnx", {"b": 1, "a": "é"})})
    files = lay_out(function, shipped=lambda name: f"# {name}\n")
    assert files["faas_models.py"] == b"# action/models.py\n"
    assert files["faas_model_inputs.py"] == b"# action/model_inputs.py\n"
    assert files["models/model.onnx"] == b"onnx"
    assert json.loads(files["models/model.json"]) == {"a": "é", "b": 1}


def test_networks_alone_need_no_module_for_the_rows_of_estimators() -> None:
    function = FunctionFiles(CELL, "", models={"net": (b"onnx", {"form": "torch"})})
    files = lay_out(function)
    assert {"faas_models.py", "faas_ready.py"} <= set(files)
    assert "faas_model_inputs.py" not in files


@pytest.mark.parametrize(
    ("rule", "needed"),
    [({"sparse": "csr_matrix"}, True), ({"of_sparse": "csr_array"}, True), ({}, False)],
)
def test_results_that_are_scipy_matrices_bring_their_module(
    rule: dict[str, str], needed: bool
) -> None:
    spec = {"methods": {"transform": {"output": "variable", **rule}}}
    files = lay_out(FunctionFiles(CELL, "", models={"model": (b"onnx", spec)}))
    assert ("faas_sparse_rows.py" in files) == needed
    if needed:
        assert files["faas_sparse_rows.py"] == (SHIPPED / "sparse_rows.py").read_bytes()


def test_stored_models_stay_out_and_their_description_says_where_they_are() -> None:
    models = {"large": (b"onnx", {"a": 1}), "small": (b"onnx2", {"a": 2})}
    plain = lay_out(FunctionFiles(CELL, "", models=models))
    files = lay_out(FunctionFiles(CELL, "", models=models, stored=frozenset({"large"})))
    assert "models/large.onnx" not in files
    assert files["models/small.onnx"] == b"onnx2"
    sha256 = hashlib.sha256(b"onnx").hexdigest()
    assert json.loads(files["models/large.json"]) == {
        "a": 1,
        "stored": {"sha256": sha256, "size": 4},
    }
    assert json.loads(files["models/small.json"]) == {"a": 2}
    assert files["faas_action.py"] == plain["__main__.py"]
    assert files["__main__.py"] == (SHIPPED / "model_store_main.py").read_bytes()
    assert files["faas_store.py"] == (SHIPPED / "model_store.py").read_bytes()
    assert files["faas_download.py"] == (SHIPPED / "model_download.py").read_bytes()


def test_estimators_bring_their_loader() -> None:
    function = FunctionFiles(CELL, "", estimators={"model": (b"zip", {"a": 1})})
    files = lay_out(function, shipped=lambda name: f"# {name}\n")
    assert files["faas_models.py"] == b"# action/estimators.py\n"
    assert files["models/model.skops"] == b"zip"
    assert json.loads(files["models/model.json"]) == {"a": 1}


def test_estimator_in_a_store_leaves_its_description() -> None:
    function = FunctionFiles(CELL, "", estimators={"m": (b"zip", {})}, stored=frozenset({"m"}))
    files = lay_out(function, shipped=lambda name: f"# {name}\n")
    assert "models/m.skops" not in files
    assert json.loads(files["models/m.json"])["stored"]["size"] == 3
    assert files["faas_store.py"] == b"# action/model_store.py\n"


def test_beside_onnx_models_the_loader_of_estimators_has_its_own_name() -> None:
    function = FunctionFiles(CELL, "", models={"a": (b"", {})}, estimators={"b": (b"", {})})
    files = lay_out(function, shipped=lambda name: f"# {name}\n")
    assert files["faas_models.py"] == b"# action/models.py\n"
    assert files["faas_estimators.py"] == b"# action/estimators.py\n"


def test_arrays_includes_and_requirements_have_their_places() -> None:
    files = lay_out(
        FunctionFiles(
            CELL,
            "",
            arrays={"X": b"npy"},
            includes={"lib/a.py": b"a", "data/labels.csv": b"l"},
            requirements={"numpy": "2.4.6"},
        )
    )
    assert files["data/X.npy"] == b"npy"
    assert files["lib/a.py"] == b"a"
    assert files["data/labels.csv"] == b"l"
    assert files["requirements.txt"] == b"numpy==2.4.6\n"


@pytest.mark.parametrize(
    "path", ["function.py", "main__.py", "virtualenv/bin/python", "data/X.npy", "../x", "/x"]
)
def test_include_cannot_take_a_place_of_the_package(path: str) -> None:
    function = FunctionFiles(CELL, "", arrays={"X": b""}, includes={path: b""})
    with pytest.raises(BundleError, match=r"has a name that is reserved, already used"):
        lay_out(function)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("%%function a\nx = 1", "# %%function a\nx = 1\n"),
        ("\n \n%%function a\nx = 1\n", "# %%function a\nx = 1\n"),
        ("x = 1", "x = 1\n"),
        ("%%function a", "# %%function a\n"),
        ("%%function a\n\n\f\nx = '\u2028'", "# %%function a\n\n\f\nx = '\u2028'\n"),
    ],
)
def test_function_keeps_the_lines_of_the_cell(cell: str, text: str) -> None:
    assert function_text(cell) == text


def test_requirements_are_pinned_and_sorted() -> None:
    found = {"torch": "2.1.0+cpu", "Pillow": "11.0", "numpy": "2.4.6"}
    assert requirements_text(found) == "numpy==2.4.6\nPillow==11.0\ntorch==2.1.0\n"

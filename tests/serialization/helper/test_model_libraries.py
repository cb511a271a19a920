from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_faas.serialization.helper import model_libraries

LOOK = "from jupyter_faas.serialization.helper import model_libraries as m; print(m.is_imported())"


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("from sklearn.svm import SVC", True),
        ("import lightgbm as lgb", True),
        ("session = onnxruntime.InferenceSession(path)", True),
        ("sklearns = 1", False),
        ("print('größe')", False),
        ("", False),
        ("'\ud800'; import xgboost", True),
    ],
)
def test_libraries_are_found_in_the_text_of_a_cell(source: str, named: bool) -> None:
    assert model_libraries.is_named_in(source) is named


@pytest.mark.parametrize(("before", "imported"), [("import sklearn", True), ("import json", False)])
def test_imported_libraries_are_found(before: str, imported: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\n{LOOK}"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{imported}\n"


def test_libraries_are_found_in_the_file_of_a_notebook(tmp_path: Path) -> None:
    path = tmp_path / "study.ipynb"
    assert not model_libraries.is_named_in_file(path)
    path.write_text('{"cells": [{"source": ["import sklearn"]}]}')
    assert model_libraries.is_named_in_file(path)


def test_unknown_and_large_notebooks_are_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.ipynb"
    large.write_bytes(b"sklearn " * (1024 * 1024 + 1))
    assert not model_libraries.is_named_in_file(large)
    assert not model_libraries.is_named_in_file(None)

"""What is told from an action's files before any of them runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes.archive import scan_code


def test_modules_of_an_archive(tmp_path: Path) -> None:
    for name in ("__main__.py", "a.py", "b/c.py", "b/numpy/x.py", "d.cpython-311.so", "b/json.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert scan_code(tmp_path).modules == {"a", "b", "numpy", "d"}
    assert scan_code(tmp_path / "nothing").modules == frozenset()


def test_what_python_caches_is_no_module(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    assert scan_code(tmp_path).modules == frozenset()


@pytest.mark.parametrize(
    ("files", "heavy"),
    [
        ({"__main__.py": "import numpy as np"}, True),
        ({"__main__.py": "import helper", "helper.py": "import onnxruntime"}, True),
        ({"__main__.py": "import json"}, False),
        ({"__main__.py": "import json", "notes.txt": "numpy"}, False),
        ({"__main__.py": "import numpy", "numpy.py": ""}, False),
        ({"__main__.py": "import numpy", "virtualenv": ""}, False),
    ],
    ids=["imports it", "in a module", "does not", "in a text", "brings it", "in a virtualenv"],
)
def test_whether_it_is_heavy(tmp_path: Path, files: dict[str, str], heavy: bool) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert scan_code(tmp_path).heavy == heavy

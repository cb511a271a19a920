from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.workers.process import WorkerSpec

LAUNCHER = str(files("jupyter_faas") / "shipped" / "workers" / "launcher.py")

MakeSpec = Callable[..., WorkerSpec]


def a_folder(data_dir: Path) -> DataDirectory:
    folder = DataDirectory(data_dir)
    folder.create()
    return folder


@pytest.fixture
def spec(tmp_path: Path) -> MakeSpec:
    """How to start a worker on some source code."""

    def make(source: str, *, data_bytes: int = 0, main: str = "main", **init: str) -> WorkerSpec:
        # Never the same twice: Python takes a file of the same second and size for the same.
        directory = Path(tempfile.mkdtemp(dir=tmp_path))
        (directory / "__main__.py").write_text(source)
        return WorkerSpec(
            command=(sys.executable, LAUNCHER),
            directory=directory,
            main=main,
            environment={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUTF8": "1"},
            init=init,
            data_bytes=data_bytes,
        )

    return make

"""The program as a terminal runs it: a process with its own data folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """How the program ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """Stderr without the progress that work shows on a slow machine before it fails."""
        lines = self.err.splitlines(keepends=True)
        return "".join(dropwhile(lambda line: line.endswith("…\n"), lines))


@dataclass(frozen=True)
class Program:
    """Runs ``python -m jupyter_faas.cli`` with a data folder of its own.

    ``python`` is the interpreter, also that of the kernels and of the playground.
    """

    data_dir: Path
    environ: dict[str, str]
    python: str = sys.executable
    options: tuple[str, ...] = ("-m", "jupyter_faas.cli")

    @property
    def command(self) -> list[str]:
        """What every call begins with."""
        return [self.python, *self.options]

    def __call__(self, *words: str | Path) -> Done:
        done = subprocess.run(
            [*self.command, *map(str, words)],
            capture_output=True,
            text=True,
            env=self.environ,
            timeout=50,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def program(folder: Path, python: str = sys.executable) -> Program:
    """The program with everything it may write below ``folder``."""
    environ = {
        **os.environ,
        "JUPYTER_FAAS_DATA_DIR": str(folder / "faas"),
        "WSK_CONFIG_FILE": str(folder / "user-wskprops"),
        "PYTHONPATH": str(ROOT),
    }
    environ.pop("JUPYTER_FAAS_TARGET", None)
    return Program(folder / "faas", environ, python)


def stop_playground(data_dir: Path) -> None:
    """End the playground of a data folder, if one was started."""
    from jupyter_faas.playground import stop

    if data_dir.is_dir():
        stop(data_dir)


@pytest.fixture
def faas(tmp_path: Path) -> Iterator[Program]:
    """The program with an empty data folder; its playground ends with the test."""
    found = program(tmp_path)
    yield found
    stop_playground(found.data_dir)

"""The conductor as Apache's Python runtime runs it, out of a package."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.shipped.helpers.conductor import (
    State,
    action,
    conductor_files,
    function,
    let,
    mapped,
    within,
)
from tests.shipped.helpers.packages import launch


def test_package_runs_as_openwhisk_runs_it(tmp_path: Path) -> None:
    states = within("", function("more", "[0]"), action("increment", "[1]"))
    write(tmp_path, states, "import math\ndef more(p):\n    return {'n': math.floor(p['n'] + 1)}\n")
    (answer,), logs = launch(tmp_path, [{"n": 1.5}])
    assert (answer["action"], answer["params"]) == ("/_/increment", {"n": 2})
    assert "Entering composition[1]" in logs


def test_traceback_names_the_file_of_the_package(tmp_path: Path) -> None:
    write(tmp_path, [function("burst")], "def burst():\n    raise ValueError('odd')\n")
    (answer,), logs = launch(tmp_path, [{}])
    assert answer["error"].startswith("Function combinator threw an exception at AST node root")
    assert 'File "captured.py", line 2, in burst' in logs
    assert str(tmp_path) not in logs


def test_captured_code_that_is_too_new_is_told(tmp_path: Path) -> None:
    write(tmp_path, [function("f")], "f = lambda: 1\nelse\n")
    answers, logs = launch(tmp_path, [{}])
    assert answers == []
    assert "RuntimeError: captured.py, line 2, is not valid in Python 3" in logs


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13", "3.14"])
def test_package_answers_under_other_pythons(version: str, tmp_path: Path) -> None:
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode != 0:
        pytest.skip(f"Python {version} is not installed on this machine")
    states = [*let("", {"n": 1}, function("f")), *mapped("", action("increment", "[0]"))]
    write(
        tmp_path, states, "async def f(p):\n    global n\n    n += 1\n    return {'value': [n]}\n"
    )
    (answer,), _ = launch(tmp_path, [{}], python=python)
    assert "this action does not have an API key" in answer["error"]


def write(folder: Path, states: list[State], captured: str) -> None:
    for name, text in conductor_files(states, captured).items():
        (folder / name).write_text(text, "utf-8")

"""With pip, where there is no uv; with uv they are tested in tests/contract."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes.builds import BuildCache, BuildFailed, BuildOptions
from jupyter_faas.playground.runtimes.interpreters import Interpreters
from jupyter_faas.playground.runtimes.virtualenvs import Virtualenvs
from tests.contract.helpers.distributions import write_wheel
from tests.playground.conftest import a_folder
from tests.playground.helpers.loop import in_loop

PATH = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def virtualenvs(tmp_path: Path) -> Virtualenvs:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    write_wheel(shelf, "ping")
    environ = {**PATH, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf)}
    builds = BuildCache(a_folder(tmp_path), BuildOptions())
    return Virtualenvs(builds, environ, Interpreters(), lambda path: None)


def action(tmp_path: Path, requirements: str) -> Path:
    folder = tmp_path / "action"
    folder.mkdir()
    (folder / "requirements.txt").write_text(requirements)
    return folder


@in_loop
async def test_pip_installs(tmp_path: Path) -> None:
    folder = action(tmp_path, "ping==1.0")
    prefix = await virtualenvs(tmp_path).get(folder, sys.executable, PATH, 25)
    assert prefix is not None
    assert (prefix / "bin/python").exists()
    (module,) = prefix.glob("lib/python3.*/site-packages/ping.py")
    assert "1.0" in module.read_text()


@in_loop
async def test_pip_that_fails_names_the_requirement(tmp_path: Path) -> None:
    folder = action(tmp_path, "ping\nno_such_thing==9\n")
    with pytest.raises(BuildFailed, match=r"\('no-such-thing==9'\)\. See logs") as failed:
        await virtualenvs(tmp_path).get(folder, sys.executable, PATH, 25)
    assert b"No matching distribution" in failed.value.output


@in_loop
async def test_interpreter_that_does_not_run(tmp_path: Path) -> None:
    folder = action(tmp_path, "ping")
    with pytest.raises(BuildFailed, match="/bin/false does not run"):
        await virtualenvs(tmp_path).get(folder, "/bin/false", PATH, 25)

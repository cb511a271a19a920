from __future__ import annotations

import os
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions, version
from pathlib import Path

from packaging.utils import canonicalize_name

from jupyter_faas.playground.runtimes.interpreters import Interpreters

ENVIRON = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def test_look_at_our_own() -> None:
    found = Interpreters().probe(sys.executable, ENVIRON)
    assert found is not None
    assert found.version == platform.python_version()
    assert found.platform.startswith(sys.implementation.cache_tag or "")
    assert found.installed["pytest"] == version("pytest")
    names = {canonicalize_name(each) for each in found.installed}
    assert names == {
        canonicalize_name(each.metadata["Name"]) for each in distributions(path=sys.path[1:])
    }
    assert found.markers["sys_platform"] == sys.platform


def test_looks_again_when_something_was_installed(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    calls = tmp_path / "calls"
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\necho x >> {calls}\nPYTHONPATH={shelf} exec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    interpreters = Interpreters()
    for _ in range(2):
        found = interpreters.probe(str(python), ENVIRON)
        assert found is not None
        assert "fresh" not in found.installed
    assert calls.read_text() == "x\n"
    (shelf / "fresh-1.0+cpu.dist-info").mkdir()
    (shelf / "old_one.egg-info").mkdir()
    (shelf / "old_one.egg-info/PKG-INFO").write_text("Name: old-one\nVersion: 2\n\nVersion: 3\n")
    (shelf / "file-5-py3.egg-info").write_text("Metadata-Version: 1\nName: file\nVersion: 5\n")
    (shelf / "damaged.egg-info").mkdir()
    found = interpreters.probe(str(python), ENVIRON)
    assert found is not None
    assert found.installed["fresh"] == "1.0+cpu"
    assert found.installed["old-one"] == "2"
    assert found.installed["file"] == "5"
    assert "damaged" not in found.installed


def test_who_comes_while_another_looks_waits_for_that(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho x >> {calls}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    interpreters = Interpreters()
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: interpreters.probe(str(python), ENVIRON), range(2)))
    assert found[0] is found[1] is not None
    assert calls.read_text() == "x\n"


def test_look_at_what_is_none(tmp_path: Path) -> None:
    assert Interpreters().probe(str(tmp_path / "python"), ENVIRON) is None
    assert Interpreters().probe("/bin/false", ENVIRON) is None

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.playground import environments
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.environments import (
    Environment,
    EnvironmentCache,
    newest_of_version,
    read,
    register,
)

HERE = {"id": "abc", "executable": sys.executable, "prefix": sys.prefix, "version": "3.11.7"}


def test_registered_environment_is_read(tmp_path: Path) -> None:
    assert register(tmp_path, HERE) == "abc"
    assert register(tmp_path, HERE) == "abc"
    assert read(DataDirectory(tmp_path), "abc") == Environment(**HERE)


def test_environment_of_a_version(tmp_path: Path) -> None:
    register(tmp_path, {**HERE, "id": "gone", "executable": str(tmp_path / "python")})
    assert newest_of_version(DataDirectory(tmp_path), "3.11") is None
    for number, each in enumerate(("old", "new", "other")):
        version = "3.10.1" if each == "other" else "3.11.2"
        register(tmp_path, {**HERE, "id": each, "version": version})
        os.utime(tmp_path / f"playground/environments/{each}.json", (number, number))
    found = newest_of_version(DataDirectory(tmp_path), "3.11")
    assert found is not None
    assert found.id == "new"
    assert newest_of_version(DataDirectory(tmp_path), "3.9") is None


def test_minor_version() -> None:
    assert Environment(**HERE).minor == "3.11"


@pytest.mark.parametrize("environment_id", ["other", "../abc", "", 3, None, "a/b"])
def test_environment_that_is_unknown(tmp_path: Path, environment_id: object) -> None:
    register(tmp_path, HERE)
    assert read(DataDirectory(tmp_path), environment_id) is None


def test_environment_whose_interpreter_is_gone(tmp_path: Path) -> None:
    register(tmp_path, {**HERE, "executable": str(tmp_path / "python")})
    assert read(DataDirectory(tmp_path), "abc") is None


def test_environment_file_that_is_damaged(tmp_path: Path) -> None:
    register(tmp_path, HERE)
    (tmp_path / "playground/environments/abc.json").write_text("{")
    assert read(DataDirectory(tmp_path), "abc") is None


def test_cache_reads_a_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(tmp_path, HERE)
    cache = EnvironmentCache(DataDirectory(tmp_path))
    assert not cache.has("abc")
    assert cache.find("abc") == Environment(**HERE)
    assert cache.has("abc")
    monkeypatch.setattr(environments, "read", None)
    assert cache.find("abc") == Environment(**HERE)


def test_cache_reads_a_file_that_has_changed(tmp_path: Path) -> None:
    cache = EnvironmentCache(DataDirectory(tmp_path))
    for changed in (HERE, {**HERE, "version": "3.12.1"}):
        register(tmp_path, changed)
        assert not cache.has("abc")
        assert cache.find("abc") == Environment(**changed)


def test_cache_does_not_find_what_is_gone(tmp_path: Path) -> None:
    interpreter = tmp_path / "python"
    interpreter.symlink_to(sys.executable)
    register(tmp_path, {**HERE, "executable": str(interpreter)})
    cache = EnvironmentCache(DataDirectory(tmp_path))
    assert cache.find("abc") is not None
    interpreter.unlink()
    assert cache.find("abc") is None
    (tmp_path / "playground/environments/abc.json").unlink()
    assert not cache.has("abc")
    assert cache.find("abc") is None


@pytest.mark.parametrize("environment_id", ["other", "../abc", "", 3, None, "a/b"])
def test_cache_does_not_find_what_is_unknown(tmp_path: Path, environment_id: object) -> None:
    register(tmp_path, HERE)
    cache = EnvironmentCache(DataDirectory(tmp_path))
    assert cache.find(environment_id) is None
    assert not cache.has(environment_id)


@pytest.mark.parametrize(
    "change", [{"id": "../x"}, {"id": ""}, {"executable": None}, {"version": 3}]
)
def test_register_when_malformed(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        register(tmp_path, {**HERE, **change})

"""The interpreter that runs the playground."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from jupyter_faas.errors import NotInstalled
from jupyter_faas.playground import host_python as hosts
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.host_python import host_python, record_host_python


@pytest.fixture
def folder(tmp_path: Path) -> DataDirectory:
    return DataDirectory(tmp_path)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this environment lack a library."""
    monkeypatch.setattr(hosts, "LIBRARIES", ("no_such_server",))


def test_this_environment_is_used_and_recorded(folder: DataDirectory, tmp_path: Path) -> None:
    assert host_python(folder) == sys.executable
    record_host_python(tmp_path)
    assert json.loads(folder.host_python.read_text()) == {"executable": sys.executable}
    assert folder.host_python.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("bare")
def test_recorded_environment_is_used_where_this_one_lacks_libraries(
    folder: DataDirectory, tmp_path: Path
) -> None:
    folder.create()
    folder.host_python.write_text(json.dumps({"executable": sys.executable}))
    record_host_python(tmp_path)
    assert host_python(folder) == sys.executable


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("record", ["", "[]", '{"executable": "/no/such/python"}'])
def test_without_any_environment_the_command_is_named(folder: DataDirectory, record: str) -> None:
    folder.create()
    folder.host_python.write_text(record)
    with pytest.raises(NotInstalled, match="The playground needs no_such_server") as found:
        host_python(folder)
    assert "[playground]" in found.value.hint

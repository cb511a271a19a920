"""A data folder that two machines or containers share. Namespaces of the kernel stand in for them.

docs/guarantees.md describes the trial with two machines and NFS.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground import repair, start, status, stop
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.workspace import Workspace
from tests.playground.helpers.containers import container
from tests.playground.helpers.mounts import sshfs
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A data directory whose playground runs elsewhere, with a pid that is a process here too."""
    with container(tmp_path) as process:
        yield tmp_path
        process.communicate("\n")


def test_playground_elsewhere_is_named_and_left_alone(elsewhere: Path) -> None:
    folder = DataDirectory(elsewhere)
    folder.records.touch()
    # A process of this machine that has the same pid. It must not get a signal.
    assert folder.lock_holder() == 1
    for call in (status, start, stop, repair):
        with pytest.raises(PlaygroundError, match="in another container: elsewhere") as caught:
            call(elsewhere)
        assert caught.value.hint.startswith("Use it there, or stop it there")


def test_workspace_goes_on_while_the_playground_is_elsewhere(elsewhere: Path) -> None:
    DataDirectory(elsewhere).write_wskprops(
        "http://127.0.0.1:3233", DataDirectory(elsewhere).auth()
    )
    workspace = Workspace.open(elsewhere)
    state = workspace.target
    assert (state.state, "elsewhere" in state.message) == ("unreachable", True)
    assert workspace.status()["target"]["state"] == "unreachable"
    workspace.playground.prestart(wait=True)
    cell = "%%function hello\ndef hello():\n    return {}\n"
    packaged = workspace.package(function_request(cell, "hello"), run_cell(cell))
    assert "elsewhere" in str(packaged.card)
    with pytest.raises(PlaygroundError, match="elsewhere"):
        workspace.deploy(packaged.record.id)
    with pytest.raises(PlaygroundError, match="elsewhere"):
        workspace.invoke("any", {})


def test_lock_of_a_playground_that_was_killed_elsewhere_is_taken(tmp_path: Path) -> None:
    container(tmp_path).communicate("\n")
    info = start(tmp_path, port=0)
    assert stop(tmp_path)
    assert not info.already_running


def test_lock_that_cannot_be_seen_here_is_not_taken(tmp_path: Path) -> None:
    """sshfs does not show the locks of other machines, so two could write to one database."""
    there = tmp_path / "there"
    container(there).communicate("\n")
    with sshfs(there, tmp_path / "mount") as folder:
        lock = folder / "playground" / "lock"
        with pytest.raises(
            PlaygroundError, match=r"may be running on another .*: elsewhere"
        ) as caught:
            DataDirectory(folder).acquire_lock()
        assert f"If it was killed, delete {lock} and try again." in caught.value.hint
        lock.unlink()
        descriptor = DataDirectory(folder).acquire_lock()
        assert descriptor is not None
        os.close(descriptor)


def test_folder_whose_playground_ended_elsewhere_is_used(tmp_path: Path) -> None:
    there = tmp_path / "there"
    container(there, "end").communicate("\n")
    with sshfs(there, tmp_path / "mount") as folder:
        descriptor = DataDirectory(folder).acquire_lock()
        assert descriptor is not None
        os.close(descriptor)


def test_lock_of_this_machine_before_its_restart_is_taken(tmp_path: Path) -> None:
    there = tmp_path / "there"
    container(there, host=socket.gethostname()).communicate("\n")
    with sshfs(there, tmp_path / "mount") as folder:
        descriptor = DataDirectory(folder).acquire_lock()
        assert descriptor is not None
        os.close(descriptor)

"""Verbs that read what a stopped playground has kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.errors import TargetNotReachable
from jupyter_faas.playground import status, stop
from jupyter_faas.workspace import Workspace
from tests.playground.helpers.loop import wait_until
from tests.workspace.helpers.requests import function_request

GREET = "%%function greet\ndef greet(name: str):\n    print('hi')\n    return {'greeting': name}\n"
READING = {
    "activations": "greet",
    "cost": "greet",
    "sessions": "No sessions yet.",
    "session {id}": "greet",
    "logs {id}": "hi",
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of a playground that ran ``greet`` once."""
    folder = tmp_path_factory.mktemp("faas")
    workspace = Workspace.open(data_dir=folder)
    packaged = workspace.package(function_request(cell_text=GREET, name="greet"), {})
    workspace.deploy(packaged.record.id)
    workspace.invoke("greet", {"name": "Ada"})
    yield folder
    stop(folder)


def run(workspace: Workspace, line: str, said: list[str]) -> Outcome:
    call = parse("cli", line.split())
    assert isinstance(call, Call)
    return call.run(workspace, said.append)


@pytest.mark.parametrize(("line", "words"), READING.items())
def test_what_was_kept_is_read_where_the_playground_was_stopped(
    data_dir: Path, line: str, words: str
) -> None:
    workspace = Workspace.open(data_dir=data_dir)
    listed: Any = run(workspace, "activations", []).to_json()
    (latest,) = listed["activations"]
    stop(data_dir)
    said: list[str] = []
    outcome = run(workspace, line.format(id=latest["id"]), said)
    assert said[0] == "Starting the local playground…"
    assert words in "\n".join(outcome.lines)
    assert status(data_dir) is not None


SLOW = """%%function slow
def slow(path: str):
    import pathlib, time
    pathlib.Path(path).touch()
    time.sleep(600)
    return 1
"""


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "faas"
    stop(tmp_path / "faas")


def test_a_stop_during_a_call_tells_the_caller_and_names_the_run(
    fresh: Path, tmp_path: Path
) -> None:
    workspace = Workspace.open(data_dir=fresh)
    packaged = workspace.package(function_request(cell_text=SLOW, name="slow"), {})
    workspace.deploy(packaged.record.id)
    begun = tmp_path / "begun"
    with ThreadPoolExecutor() as threads:
        called = threads.submit(workspace.invoke, "slow", {"path": str(begun)})
        wait_until(begun.exists)
        lines = run(Workspace.open(data_dir=fresh), "playground stop", []).lines
        record = called.result()
    error = "The playground was stopped during this run, which may already have had effects."
    assert (record.ok, record.result) == (False, {"error": error})
    assert lines == (
        "The playground has stopped.",
        "This ended 1 run, which may already have had effects:",
        f"  slow (activation {record.id})",
    )
    listed: Any = run(workspace, "activations --name slow", []).to_json()
    assert [each["id"] for each in listed["activations"]] == [record.id]


@pytest.mark.parametrize("line", READING)
def test_a_playground_that_never_ran_has_nothing_to_start_for(tmp_path: Path, line: str) -> None:
    workspace = Workspace.open(data_dir=tmp_path)
    with pytest.raises(TargetNotReachable, match="The local playground is not running") as refused:
        run(workspace, line.format(id="0" * 32), [])
    assert refused.value.hint == "Start it with: %faas playground start"
    assert status(tmp_path) is None


def test_asking_without_a_verb_starts_nothing(data_dir: Path) -> None:
    stop(data_dir)
    with pytest.raises(TargetNotReachable):
        Workspace.open(data_dir=data_dir).activations()
    assert status(data_dir) is None

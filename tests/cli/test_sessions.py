"""Sessions in a terminal, on a real playground."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_faas.client import Client, read_wskprops
from jupyter_faas.whisk import Activation
from tests.cli.conftest import Program, program, stop_playground
from tests.workspace.helpers.samples import sample
from tests.workspace.helpers.sessions import STEP, TOLD, action


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    found = program(tmp_path_factory.mktemp("sessions"))
    assert found("playground", "start").code == 0
    yield found
    stop_playground(found.data_dir)


@pytest.fixture(scope="module")
def ran(place: Program) -> str:
    """The session of a composition that another tool has put there."""
    client = Client(read_wskprops(place.data_dir / "playground" / "wskprops"))
    client.put_action("step", {"exec": {"kind": "python:default", "code": STEP}})
    graph = {"type": "sequence", "components": [action("step"), action("step")]}
    script = [
        {"say": ["Entering composition", "Entering composition[0]"], "action": "step"},
        {"say": ["Entering composition[1]"], "action": "step"},
    ]
    client.put_action(
        "flow",
        {
            "exec": {"kind": "python:default", "code": TOLD},
            "parameters": [{"key": "script", "value": script}],
            "annotations": [{"key": "conductor", "value": graph}],
        },
    )
    found = client.invoke("flow", {})
    client.close()
    assert isinstance(found, Activation)
    return found.activation_id


def test_session_as_json(place: Program, ran: str) -> None:
    done = place("session", ran, "--json")
    assert done.code == 0, done.err
    assert list(done.json) == list(sample("session"))
    assert (done.json["calls"], done.json["nodes"]["[1]"]) == (2, {"visits": 1, "failed": 0})


def test_session_as_text(place: Program, ran: str) -> None:
    done = place("session", ran)
    assert done.out.startswith("flow 0.0.1 · composition · success · ")
    path = [" ".join(line.split()) for line in done.out.splitlines()[3:6]]
    assert path == ["sequence ×1", "├─ step ×1", "└─ step ×1"]


def test_sessions(place: Program, ran: str) -> None:
    head, line = place("sessions").out.splitlines()
    assert head.startswith("NAME")
    assert line.endswith(ran)
    (entry,) = place("sessions", "--json").json["sessions"]
    assert (entry["id"], entry["calls"]) == (ran, 2)


def test_session_that_there_is_not(place: Program) -> None:
    done = place("session", "0" * 32)
    assert done.code == 4
    assert "no activation 000" in done.err

from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.client import Client, RunDetails, RunningActivation, SessionsClient
from jupyter_faas.errors import NotAuthorized, TargetNotReachable
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, serving

ID = "c41e09ab6f1e4f0d9e09ab6f1e1f0d22"
TREE = {"type": "empty"}


def told(status: int, body: Any) -> RunDetails | None:
    with serving(lambda _: Answer(status, body)) as host:
        client = SessionsClient(target_at(host.url))
        found = client.of(ID)
        client.close()
    assert host.asked[0].path == f"/faas/sessions/{ID}"
    assert "authorization" in host.asked[0].headers
    return found


def test_run_that_has_ended() -> None:
    body = {"activation": ID, "running": None, "graph": TREE}
    assert told(200, body) == RunDetails(None, TREE)


def test_run_that_goes_on() -> None:
    running = {
        "path": "guest/a",
        "version": "0.0.1",
        "kind": "composition",
        "started": 7,
        "cause": None,
        "parts": ["x"],
        "going": [
            {
                "activation": "y",
                "path": "guest/b",
                "version": "0.0.2",
                "kind": "function",
                "started": 8,
                "cause": ID,
                "parts": [],
            }
        ],
    }
    going = RunningActivation("guest/b", "0.0.2", "function", 8, ID)
    under_way = RunningActivation(
        "guest/a", "0.0.1", "composition", 7, None, ("x",), (("y", going),)
    )
    assert told(200, {"activation": ID, "running": running, "graph": None}) == RunDetails(
        under_way, None
    )


def test_run_that_it_does_not_know() -> None:
    assert told(404, {"error": "The requested resource does not exist."}) is None


def test_key_that_is_refused() -> None:
    with pytest.raises(NotAuthorized):
        told(401, {"error": "The supplied authentication is invalid"})


def test_something_else_answers() -> None:
    with pytest.raises(TargetNotReachable):
        told(502, None)
    assert told(200, []) is None


def test_parts_of_runs_are_asked_for() -> None:
    with serving(lambda _: Answer(body=[])) as host:
        Client(target_at(host.url)).list_activations(200, cause=f"{ID},{ID}", docs=True)
    assert f"cause={ID}%2C{ID}" in host.asked[0].path


def running(answer: Answer) -> list[tuple[str, RunningActivation]]:
    with serving(lambda _: answer) as host:
        client = SessionsClient(target_at(host.url))
        found = client.under_way()
        client.close()
    return found


def test_what_runs_now() -> None:
    entry = {"activation": ID, "path": "guest/a", "version": "1.0.0", "kind": "sequence"}
    answer = Answer(body=[{**entry, "started": 7, "cause": None, "parts": []}])
    assert running(answer) == [(ID, RunningActivation("guest/a", "1.0.0", "sequence", 7))]


def test_playground_that_does_not_tell_what_runs() -> None:
    assert running(Answer(404, {"error": "The requested resource could not be found."})) == []

"""Which actions a composition calls, and whether a host has them; with how many questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.composer import parse, sequence
from jupyter_faas.workspace.compositions.dependencies import (
    CalledAction,
    TargetActions,
    called,
    calls_of,
)
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, Asked, FakeHost, serving

NODE = {"type": "action", "name": "/_/iris"}


def action(name: str, namespace: str = "guest", **more: Any) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "version": "0.0.1", "exec": {}, **more}


LISTED = [
    action("iris"),
    action("crop", "guest/models"),
    action("flow", annotations=[{"key": "conductor", "value": NODE}]),
    action("odd", annotations=[{"key": "conductor", "value": {"type": "from the future"}}]),
    action("row", annotations=[{"key": "exec", "value": "sequence"}]),
]
ROW = action("row", exec={"kind": "sequence", "components": ["/guest/iris", "/other/tools/x"]})
WHOLE = {"guest/actions/row": ROW, "guest/actions/bound/scale": action("scale", "other/tools")}


def script(asked: Asked) -> Answer:
    path = asked.path.partition("?")[0].removeprefix("/api/v1/namespaces/")
    path = path.replace("_/", "guest/", 1)
    if path == "guest/actions":
        return Answer(body=LISTED if "skip=0" in asked.path else [])
    if path.startswith("secret/"):
        return Answer(403, {"error": "The supplied authentication is not authorized."})
    if path in WHOLE:
        return Answer(body=WHOLE[path])
    return Answer(404, {"error": "The requested resource does not exist."})


@contextmanager
def asked_of() -> Iterator[tuple[FakeHost, TargetActions]]:
    with serving(script) as host:
        client = Client(target_at(host.url))
        yield host, TargetActions(client, "guest")
        client.close()


@pytest.mark.parametrize(
    ("name", "state", "questions"),
    [
        ("/_/iris", "deployed", 1),
        ("/guest/iris", "deployed", 1),
        ("/_/models/crop", "deployed", 1),
        ("/_/nobody", "missing", 1),
        ("/_/bound/scale", "deployed", 2),
        ("/_/models/nothing", "missing", 2),
        ("/other/nothing", "missing", 1),
        ("/secret/thing", "unknown", 1),
    ],
    ids=["own", "named", "package", "none", "binding", "none in package", "other", "forbidden"],
)
def test_the_state_of_an_action(name: str, state: str, questions: int) -> None:
    with asked_of() as (host, actions):
        assert actions.state(name) == state
        assert actions.state(name) == state
        assert len(host.asked) == questions + (state == "unknown")


def test_the_list_is_asked_for_once() -> None:
    with asked_of() as (host, actions):
        names = ["/_/iris", "/_/flow", "/_/nobody", "/_/models/crop"]
        assert [actions.state(name) for name in names] == [
            *("deployed", "deployed", "missing", "deployed"),
        ]
        assert len(host.asked) == 1


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("/_/flow", ["/_/iris"]),
        ("/_/row", ["/guest/iris", "/other/tools/x"]),
        ("/_/iris", []),
        ("/_/odd", []),
        ("/_/nobody", []),
        ("/secret/thing", []),
    ],
    ids=["composition", "sequence", "action", "unreadable", "missing", "forbidden"],
)
def test_what_an_action_calls_in_turn(name: str, wanted: list[str]) -> None:
    with asked_of() as (_, actions):
        assert actions.components(name) == wanted


def test_calls_are_told_as_people_write_them() -> None:
    node = sequence("iris", "/guest/models/crop", "iris", "/other/tools/x", "mine", "brought")
    with asked_of() as (_, actions):
        found = list(called(node, actions, {"mine": "5a4b", "iris": "3c2d"}, {"/_/brought"}))
    assert found == [
        CalledAction("iris", ("[0]", "[2]"), "deployed"),
        CalledAction("models/crop", ("[1]",), "deployed"),
        CalledAction("/other/tools/x", ("[3]",), "missing"),
        CalledAction("mine", ("[4]",), "notebook", "5a4b"),
        CalledAction("brought", ("[5]",), "notebook", brought=True),
    ]
    assert found[0].where == "root[0] and root[2]"
    assert CalledAction("a", ("[0]", "[1]", ".test")).where == "root[0], root[1] and root.test"


def test_without_a_target_states_are_unknown_but_for_the_notebook_s_own() -> None:
    found = list(called(sequence("iris", "mine"), None, {"mine": "5a4b"}))
    assert [(each.name, each.state) for each in found] == [
        ("iris", "unknown"),
        ("mine", "notebook"),
    ]


def test_a_target_that_fails_leaves_states_unknown() -> None:
    with serving(lambda _: Answer(500, {"error": "no"})) as host:
        client = Client(target_at(host.url))
        found = list(called(sequence("a", "b"), TargetActions(client, "guest"), {}))
        client.close()
    assert [each.state for each in found] == ["unknown", "unknown"]


def test_a_graph_that_nobody_here_reads_calls_nothing() -> None:
    assert calls_of({"type": "from the future"}) == {}
    assert calls_of(parse(NODE).to_json()) == {"/_/iris": [""]}

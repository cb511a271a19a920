from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.resolved_action import ResolvedAction, as_text, resolve_action
from jupyter_faas.whisk import (
    Action,
    ActionLimits,
    Exec,
    FullName,
    KeyValue,
    KeyValues,
    PackageName,
    as_dict,
)


def plan(parameters: KeyValues = (), **annotations: Any) -> ResolvedAction:
    return resolve_action(
        DeployedAction(
            Action(
                namespace="guest",
                name="a",
                version="0.0.1",
                publish=False,
                exec=Exec("python:3.11"),
                parameters=parameters,
                annotations=tuple(
                    KeyValue(key.replace("_", "-"), value) for key, value in annotations.items()
                ),
                limits=ActionLimits(timeout=2500, logs=1),
                updated=0,
            ),
            7,
        )
    )


def test_payload_wins_over_parameters() -> None:
    made = plan((KeyValue("a", 1), KeyValue("b", 2)))
    assert made.arguments({"b": 3, "c": 4}) == {"a": 1, "b": 3, "c": 4}
    assert made.arguments({}) == {"a": 1, "b": 2}


def test_init_parameters_go_to_the_environment() -> None:
    made = plan((KeyValue("a", 1), KeyValue("secret", {"x": 1}, init=True)))
    assert made.init == {"secret": '{"x":1}'}
    assert made.arguments({"b": 2, "secret": "mine"}) == {"a": 1, "b": 2}


def test_final_parameters_cannot_be_named() -> None:
    made = plan((KeyValue("a", 1), KeyValue("free", None)), final=True)
    made.check({"b": 1, "free": 2})
    with pytest.raises(InputError, match=r"^Request defines parameters that are not allowed"):
        made.check({"a": 2})


def test_parameters_can_be_named_without_final() -> None:
    made = plan((KeyValue("a", 1),), final=False)
    made.check({"a": 2})
    assert made.arguments({"a": 2}) == {"a": 2}


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [({}, True), ({"provide_api_key": False}, False), ({"provide_api_key": True}, True)],
)
def test_key_is_wanted(annotations: dict[str, Any], expected: bool) -> None:
    assert plan((), **annotations).wants_key is expected


def test_conductor() -> None:
    assert plan((), conductor={"composition": []}).is_conductor
    assert not plan((), conductor=False).is_conductor


def test_limits() -> None:
    made = plan()
    assert made.timeout_s == 2.5
    assert made.log_limit == 1024 * 1024
    assert made.memory_mb == 256


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (3, "3"),
        (1.5, "1.5"),
        ("x y", "x y"),
        ([1, {"a": 2}], '[1,{"a":2}]'),
    ],
)
def test_as_text(value: object, text: str) -> None:
    assert as_text(value) == text


def test_behind_a_binding() -> None:
    deployed = DeployedAction(plan().action, 7)
    name = FullName("me", "mine", "a")
    bound = resolve_action(deployed, name, caller_namespace="me", binding=PackageName("me", "mine"))
    assert (bound.name, bound.path) == (name, "guest/a")
    assert as_dict(bound.annotations)["binding"] == "me/mine"


def test_workers_are_shared_by_runs_of_one_namespace_and_environment() -> None:
    secret = (KeyValue("secret", "x", init=True),)

    def key(parameters: KeyValues, namespace: str) -> object:
        action = replace(plan().action, parameters=parameters)
        return resolve_action(DeployedAction(action, 7), caller_namespace=namespace).warm_key

    assert key((), "me") == key((KeyValue("a", 1),), "me")
    assert key((), "me") != key((), "you")
    assert key((), "me") != key(secret, "me")

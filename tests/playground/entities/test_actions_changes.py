from __future__ import annotations

import base64
from typing import Any

import pytest

from jupyter_faas.errors import InputError, LimitOutOfRange
from jupyter_faas.playground.entities.actions import (
    apply_change,
    is_binary,
    next_version,
    read_action_change,
)
from jupyter_faas.playground.errors import Malformed, TooLarge
from jupyter_faas.whisk import Action, ActionLimits, Exec, FullName, SystemLimits, as_dict
from jupyter_faas.whisk.kinds import runtimes_with_python

RUNTIMES = runtimes_with_python("3.11")
BOUNDS = SystemLimits()
NAME = FullName("guest", None, "a")
CODE = {"kind": "python:default", "code": "def main(p): return p"}


def put(body: object, old: Action | None = None, bounds: SystemLimits = BOUNDS) -> Action:
    change = read_action_change(body, RUNTIMES, bounds, NAME.namespace)
    return apply_change(change, old, NAME, 1234, bounds)


def test_create() -> None:
    assert put({"exec": CODE, "name": "ignored", "something": 1}) == Action(
        namespace="guest",
        name="a",
        version="0.0.1",
        publish=False,
        exec=Exec("python:3.11", CODE["code"]),
        parameters=(),
        annotations=put({"exec": CODE}).annotations,
        limits=ActionLimits(),
        updated=1234,
    )


def test_create_adds_system_annotations() -> None:
    action = put({"exec": CODE, "annotations": [{"key": "exec", "value": "mine"}]})
    assert as_dict(action.annotations) == {"exec": "python:3.11", "provide-api-key": False}


def test_create_keeps_the_wish_for_a_key() -> None:
    action = put({"exec": CODE, "annotations": [{"key": "provide-api-key", "value": True}]})
    assert action.annotation("provide-api-key") is True


@pytest.mark.parametrize("body", [{}, {"limits": {"memory": 256}}])
def test_create_without_code(body: object) -> None:
    with pytest.raises(InputError, match=r"^exec undefined"):
        put(body)


def test_update_bumps_the_version_and_keeps_the_rest() -> None:
    old = put(
        {
            "exec": CODE,
            "parameters": [{"key": "a", "value": 1}],
            "limits": {"memory": 512, "timeout": 1000},
            "publish": True,
        }
    )
    new = put({"limits": {"memory": 128}}, old)
    assert new.version == "0.0.2"
    assert new.parameters == old.parameters
    assert new.limits == ActionLimits(timeout=1000, memory=128)
    assert new.publish
    assert new.exec.kind == "python:3.11"


def test_update_merges_annotations_and_replaces_parameters() -> None:
    old = put(
        {
            "exec": CODE,
            "annotations": [{"key": "a", "value": 1}, {"key": "b", "value": 2}],
            "parameters": [{"key": "x", "value": 1}, {"key": "y", "value": 2}],
        }
    )
    body = {
        "annotations": [{"key": "b", "value": 3}, {"key": "c", "value": 4}],
        "delAnnotations": ["a"],
        "parameters": [{"key": "z", "value": 3}],
    }
    new = put(body, old)
    assert as_dict(new.annotations) == {
        "b": 3,
        "c": 4,
        "provide-api-key": False,
        "exec": "python:3.11",
    }
    assert as_dict(new.parameters) == {"z": 3}


def test_update_does_not_bring_back_the_key_annotation() -> None:
    old = put({"exec": CODE})
    new = put({"delAnnotations": ["provide-api-key"]}, old)
    assert as_dict(new.annotations) == {"exec": "python:3.11"}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        *(("1.2.3", "1.2.3"), ("1", "1.0.0"), ("1.0", "1.0.0"), ("1.2.", "1.2.0")),
        *(("01.2.3.4", "1.2.3"), ("2147483647", "2147483647.0.0"), (None, "0.0.1")),
    ],
)
def test_version_of_the_body_wins(version: str | None, expected: str) -> None:
    assert put({"exec": CODE, "version": version}).version == expected


@pytest.mark.parametrize(
    "version",
    ["0.0.0", "-1.0.0", "x", 1, "", ".1", "1..2", "1.2.3-x", "2147483648", " 1"],
)
def test_version_that_is_none(version: object) -> None:
    with pytest.raises(Malformed, match="semantic version malformed"):
        put({"exec": CODE, "version": version})


SEQUENCE = {"kind": "Sequence", "components": ["/_/a", "/you/models/b", "guest/c"]}


def test_sequence() -> None:
    action = put({"exec": SEQUENCE, "parameters": [{"key": "mine", "value": 1}]})
    names = ["/guest/a", "/you/models/b", "/guest/c"]
    assert action.to_json()["exec"] == {"kind": "sequence", "components": names}
    assert as_dict(action.parameters) == {"_actions": names}
    assert action.annotation("exec") == "sequence"


def test_parameters_of_a_sequence_are_not_to_be_changed() -> None:
    old = put({"exec": SEQUENCE})
    assert put({"parameters": [{"key": "mine", "value": 1}]}, old).parameters == old.parameters


def test_parameters_of_a_sequence_are_nothing_to_the_action_it_becomes() -> None:
    old = put({"exec": SEQUENCE})
    assert put({"exec": CODE}, old).parameters == ()
    given = [{"key": "mine", "value": 1}]
    assert as_dict(put({"exec": CODE, "parameters": given}, old).parameters) == {"mine": 1}


def test_action_becomes_a_sequence() -> None:
    old = put({"exec": CODE, "parameters": [{"key": "mine", "value": 1}]})
    action = put({"exec": SEQUENCE}, old)
    assert as_dict(action.parameters).keys() == {"_actions"}
    assert action.annotation("exec") == "sequence"
    assert action.version == "0.0.2"


def test_next_version() -> None:
    assert next_version("0.0.9") == "0.0.10"
    assert next_version("1.2.3") == "1.2.4"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exec": "code"}, "JSON object expected"),
        ({"exec": {"code": ""}}, "'kind' must be a string"),
        ({"exec": {"kind": "python:3"}}, "'code' must be a string .* 'python:3.11' actions"),
        ({"exec": {"kind": "cobol", "code": ""}}, "The specified runtime 'cobol' is not supported"),
        ({"exec": {"kind": "sequence"}}, "'components' must be defined for sequence kind"),
        ({"exec": {"kind": "sequence", "components": "/_/a"}}, "'components' must be an array"),
        (
            {"exec": {"kind": "sequence", "components": ["a"]}},
            "must contain at least the namespace",
        ),
        ({"exec": {"kind": "sequence", "components": [7]}}, "fully qualified name malformed"),
        ({"exec": {"kind": "sequence", "components": ["/_/?"]}}, "invalid parts ArraySeq"),
        ({"exec": {"kind": "blackbox"}}, "'image' must be a string .* 'blackbox' actions"),
        ({"exec": {"kind": "blackbox", "image": "a b"}}, "could not parse image name"),
        ({"exec": {"kind": "blackbox", "image": "x", "code": 1}}, "attachment record: 1"),
        ({"exec": {"kind": "blackbox", "image": "x", "main": 1}}, "'main' be a string"),
        ({"exec": {"kind": "java:8", "code": ""}}, "'main' must be a string"),
        ({"exec": {**CODE, "main": 3}}, "if defined, 'main' be a string"),
        ({"parameters": [{"key": "a"}]}, "parameters malformed!"),
        ({"annotations": {"a": 1}}, "parameters malformed!"),
        ({"delAnnotations": "a"}, 'Expected Array as JsArray, but got "a"'),
        ({"delAnnotations": [1]}, "Expected String as JsString, but got 1"),
        ({"limits": [1]}, "Object expected in field 'timeout'"),
        ({"limits": {"memory": 1.5}}, "memory limit must be whole number"),
        ({"publish": "yes"}, 'Expected JsBoolean, but got "yes"'),
    ],
)
def test_body_that_is_malformed(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Malformed, match=f"^The request content was malformed:\n.*{words}"):
        put({"exec": CODE, **change})


@pytest.mark.parametrize("body", [None, [], "text", 3, True])
def test_body_that_is_no_object(body: object) -> None:
    with pytest.raises(Malformed, match="Object expected"):
        put(body)


def test_limits_out_of_bounds_are_not_called_malformed() -> None:
    with pytest.raises(LimitOutOfRange) as error:
        put({"exec": CODE, "limits": {"memory": 1024}})
    assert error.value.message == (
        "requirement failed: memory size 1024 MB exceeds allowed threshold of 512 MB"
    )


def test_sizes() -> None:
    bounds = SystemLimits(max_code_bytes=10, max_parameter_bytes=10, max_annotation_bytes=10)
    with pytest.raises(TooLarge, match=r"^exec larger than allowed: 11 > 10 bytes\."):
        put({"exec": {"kind": "python:3", "code": "x" * 11}}, bounds=bounds)
    with pytest.raises(TooLarge, match=r"^exec larger than allowed: 12 > 10 bytes\."):
        put({"exec": {"kind": "python:3", "code": "ä" * 6}}, bounds=bounds)
    with pytest.raises(TooLarge, match=r"^parameters larger than allowed: 13 > 10 bytes\."):
        put({"parameters": [{"key": "a", "value": "x" * 10}]}, bounds=bounds)
    with pytest.raises(TooLarge, match=r"^annotations larger than allowed: 13 > 10 bytes\."):
        put({"annotations": [{"key": "a", "value": "x" * 10}]}, bounds=bounds)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (base64.b64encode(b"PK...").decode(), True),
        ("  " + base64.b64encode(b"PK..").decode() + "\n", True),
        ("main", True),  # Beware: this is what upstream says too.
        ("def main(p): return p", False),
        ("", False),
        ("abc", False),
        ("ab==ab==", False),
        ("abc\nabcd", False),
    ],
)
def test_is_binary(code: str, expected: bool) -> None:
    assert is_binary(code) is expected

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import Action, ActionLimits, Exec, FullName, KeyValue

ACTION = Action(
    namespace="guest",
    name="iris",
    version="0.0.2",
    publish=False,
    exec=Exec("python:3.11", "def main(p): return p", main="main"),
    parameters=(KeyValue("a", 1),),
    annotations=(KeyValue("exec", "python:3.11"), KeyValue("faas-bundle", "3f0c")),
    limits=ActionLimits(memory=512),
    updated=1795565990000,
)


def test_entity_is_read_back() -> None:
    assert Action.from_json(ACTION.to_json()) == ACTION


def test_entity_without_code() -> None:
    obj = ACTION.to_json(code=False)
    assert obj["exec"] == {"kind": "python:3.11", "binary": False, "main": "main"}
    assert Action.from_json(obj).exec.code is None


def test_sequence_has_components_and_no_code() -> None:
    components = (FullName("guest", None, "a"), FullName("guest", "models", "b"))
    sequence = replace(ACTION, exec=Exec("sequence", components=components))
    for code in (True, False):
        obj = sequence.to_json(code=code)
        assert obj["exec"] == {"kind": "sequence", "components": ["/guest/a", "/guest/models/b"]}
        assert Action.from_json(obj) == sequence
    assert sequence.summary_json()["exec"] == {"binary": False}


def test_summary_has_the_kind_in_its_annotation_only() -> None:
    obj = ACTION.summary_json()
    assert obj["exec"] == {"binary": False}
    assert set(obj) == {
        *("namespace", "name", "version", "publish", "exec", "annotations", "limits", "updated")
    }
    action = Action.from_json(obj)
    assert action.exec == Exec("python:3.11")
    assert action.parameters == ()


def test_entity_of_a_foreign_server() -> None:
    action = Action.from_json(
        {
            "name": "chain",
            "namespace": "other/pkg",
            "exec": {"kind": "sequence", "components": ["/_/a"]},
            "limits": {"instances": 2, "memory": 128},
            "something": "new",
        }
    )
    assert action.exec == Exec("sequence", components=(FullName("_", None, "a"),))
    assert action.limits == ActionLimits(memory=128, instances=2)
    assert action.full_name == FullName("other", "pkg", "chain")


def test_entity_that_is_none() -> None:
    with pytest.raises(InputError, match="no name"):
        Action.from_json({"error": "nope"})


def test_annotation() -> None:
    assert ACTION.annotation("faas-bundle") == "3f0c"
    assert ACTION.annotation("missing") is None


def test_full_name_of_the_default_package() -> None:
    assert ACTION.full_name == FullName("guest", None, "iris")
    assert replace(ACTION, namespace="guest/models").full_name.path == "guest/models/iris"

from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import FullName, KeyValue, Rule

RULE = Rule(
    namespace="guest",
    name="r",
    version="0.0.2",
    publish=True,
    trigger=FullName("guest", None, "t"),
    action=FullName("guest", "models", "iris"),
    annotations=(KeyValue("a", 1),),
    updated=1795565990000,
)


def test_entity_is_read_back() -> None:
    assert Rule.from_json(RULE.to_json("active")) == RULE
    assert Rule.from_json(RULE.summary_json()) == RULE


def test_entity_tells_the_status_and_a_list_entry_does_not() -> None:
    assert RULE.to_json("inactive") == {**RULE.summary_json(), "status": "inactive"}
    assert "status" not in RULE.summary_json()


def test_entity_that_is_none() -> None:
    with pytest.raises(InputError, match="not a rule"):
        Rule.from_json({"name": "r"})

from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import FullName, KeyValue, RuleLink, Trigger
from jupyter_faas.whisk.triggers import ACTIVE, INACTIVE

RULE = FullName("guest", None, "r")
TRIGGER = Trigger(
    namespace="guest",
    name="t",
    version="0.0.2",
    publish=False,
    parameters=(KeyValue("a", 1),),
    annotations=(KeyValue("feed", "/whisk.system/alarms/alarm"),),
    updated=1795565990000,
)
LINK = RuleLink(FullName("guest", "models", "iris"), ACTIVE)


def test_entity_is_read_back() -> None:
    linked = TRIGGER.linked(RULE, LINK)
    assert Trigger.from_json(linked.to_json()) == linked
    assert Trigger.from_json(TRIGGER.to_json()) == TRIGGER


def test_rules_of_the_entity() -> None:
    assert TRIGGER.linked(RULE, LINK).to_json()["rules"] == {
        "guest/r": {"action": {"path": "guest/models", "name": "iris"}, "status": "active"}
    }


def test_entity_without_rules() -> None:
    assert set(TRIGGER.to_json()) == {
        *("namespace", "name", "version", "publish", "parameters", "annotations", "limits"),
        "updated",
    }
    assert TRIGGER.to_json()["limits"] == {}


def test_status_of_a_rule() -> None:
    linked = TRIGGER.linked(RULE, LINK)
    assert linked.status_of(RULE) == ACTIVE
    assert linked.unlinked(RULE).status_of(RULE) == INACTIVE
    # The trigger shows from then on that it has no rules.
    assert "rules" not in TRIGGER.to_json()
    assert linked.unlinked(RULE).to_json() == {**TRIGGER.to_json(), "rules": {}}


def test_entity_that_is_none() -> None:
    with pytest.raises(InputError, match="not a trigger"):
        Trigger.from_json({"name": "t"})

from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.playground.entities.triggers import (
    apply_rule_change,
    apply_trigger_change,
    read_rule_change,
    read_status,
    read_trigger_change,
)
from jupyter_faas.playground.errors import Malformed, TooLarge
from jupyter_faas.whisk import FullName, KeyValue, Rule, RuleLink, SystemLimits, Trigger, as_dict

BOUNDS = SystemLimits()
NAME = FullName("guest", None, "x")
BOTH = {"trigger": "/_/t", "action": "/_/models/a"}


def trigger(body: object, old: Trigger | None = None) -> Trigger:
    return apply_trigger_change(read_trigger_change(body, BOUNDS), old, NAME, 1234)


def rule(body: object, old: Rule | None = None) -> Rule:
    return apply_rule_change(read_rule_change(body, "guest", BOUNDS), old, NAME, 1234)


def test_trigger_of_an_empty_body() -> None:
    assert trigger({}) == Trigger("guest", "x", "0.0.1", False, (), (), 1234)


def test_update_of_a_trigger_replaces_what_it_names() -> None:
    old = trigger(
        {
            "parameters": [{"key": "a", "value": 1}],
            "annotations": [{"key": "b", "value": 2}],
            "publish": True,
        }
    ).linked(NAME, RuleLink(NAME, "active"))
    new = trigger({"annotations": [{"key": "c", "value": 3}], "limits": {"any": 1}}, old)
    assert (new.version, new.publish) == ("0.0.2", True)
    assert as_dict(new.annotations) == {"c": 3}
    assert new.parameters == (KeyValue("a", 1),)
    assert new.rules == old.rules


@pytest.mark.parametrize("feed", ["alarm", "alarms/alarm", "/whisk.system/alarms/alarm"])
def test_feed(feed: str) -> None:
    assert trigger({"annotations": [{"key": "feed", "value": feed}]}).annotations[0].value == feed


@pytest.mark.parametrize("feed", ["", "/", "a/ b", "a$b", 3, None, {"name": "a"}])
def test_feed_that_is_none(feed: object) -> None:
    with pytest.raises(InputError) as error:
        trigger({"annotations": [{"key": "feed", "value": feed}]})
    assert error.value.message == "Feed name is not valid"


def test_rule_is_updated_in_what_the_body_names() -> None:
    old = rule({**BOTH, "annotations": [{"key": "a", "value": 1}]})
    new = rule({"trigger": "/_/other"}, old)
    assert new.trigger == FullName("guest", None, "other")
    assert (new.action, new.annotations) == (old.action, old.annotations)
    assert (old.version, new.version) == ("0.0.1", "0.0.2")


@pytest.mark.parametrize("body", [{}, {"trigger": "/_/t"}, {"action": "/_/a"}])
def test_rule_that_lacks_a_side(body: object) -> None:
    with pytest.raises(InputError, match=r"^rule requires a valid trigger and a valid action"):
        rule(body)


@pytest.mark.parametrize("field", ["trigger", "action"])
def test_rule_with_a_name_that_is_none(field: str) -> None:
    with pytest.raises(Malformed, match="must contain at least the namespace"):
        rule({**BOTH, field: "simple"})


@pytest.mark.parametrize("body", [[], "text", 3])
def test_body_that_is_no_object(body: object) -> None:
    with pytest.raises(Malformed, match="Object expected"):
        trigger(body)
    with pytest.raises(Malformed, match="Object expected"):
        rule(body)


def test_sizes() -> None:
    bounds = SystemLimits(max_parameter_bytes=10, max_annotation_bytes=10)
    entry = [{"key": "a", "value": "x" * 10}]
    with pytest.raises(TooLarge, match=r"^parameters larger than allowed: 13 > 10 bytes\."):
        read_trigger_change({"parameters": entry}, bounds)
    with pytest.raises(TooLarge, match=r"^annotations larger than allowed: 13 > 10 bytes\."):
        read_trigger_change({"annotations": entry}, bounds)
    with pytest.raises(TooLarge, match=r"^annotations larger than allowed: 13 > 10 bytes\."):
        read_rule_change({"annotations": entry}, "guest", bounds)


def test_status() -> None:
    assert read_status({"status": "inactive"}) == "inactive"


@pytest.mark.parametrize("body", [None, {}, {"status": "on"}, {"status": ["active"]}, []])
def test_status_that_is_none(body: object) -> None:
    with pytest.raises(Malformed):
        read_status(body)

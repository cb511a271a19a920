"""Triggers, rules and the feed protocol, against a host that answers by script."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_faas.client import ALARM, INTERVAL, Client, Feed, TriggersClient, feed_of
from jupyter_faas.errors import (
    ActionConflict,
    NameNotAllowed,
    RuleNotFound,
    TargetNotReachable,
    TargetRefused,
    TriggerNotFound,
)
from jupyter_faas.whisk import FullName, Trigger
from tests.client.conftest import SECRET, UUID, target_at
from tests.client.helpers.server import Answer, Asked, FakeHost, serving

TRIGGER = {"namespace": "guest", "name": "t", "version": "0.0.1", "annotations": []}
RULE = {
    "namespace": "guest",
    "name": "r",
    "version": "0.0.1",
    "trigger": {"path": "guest", "name": "t"},
    "action": {"path": "guest/models", "name": "iris"},
}
GONE = Answer(404, {"error": "The requested resource does not exist."})
FEED = Feed(INTERVAL, {"minutes": 5})


def ran(result: Any, *, success: bool = True) -> Answer:
    """A blocking invoke's answer."""
    response = {
        "status": "success" if success else "application error",
        "success": success,
        "result": result,
    }
    record = {
        "activationId": "c41e09ab6f1e4f0d9e09ab6f1e1f0d22",
        "namespace": "guest",
        "name": "interval",
        "version": "1.0.0",
        "subject": "guest",
        "start": 1,
        "end": 2,
        "duration": 1,
        "response": response,
        "logs": [],
        "annotations": [],
        "publish": False,
    }
    return Answer(200 if success else 502, record)


def asking(
    script: Callable[[Asked], Answer], ask: Callable[[TriggersClient], Any]
) -> tuple[FakeHost, Any]:
    with serving(script) as host:
        client = Client(target_at(host.url))
        events = TriggersClient(client)
        try:
            return host, ask(events)
        finally:
            events.close()
            client.close()


def test_feed_is_told_of_a_new_trigger() -> None:
    def script(asked: Asked) -> Answer:
        return Answer(body=TRIGGER) if asked.method == "PUT" else ran({"status": "success"})

    host, made = asking(script, lambda events: events.create_trigger("t", {"n": 1}, {}, FEED))
    assert made.name == "t"
    put, fed = host.asked
    assert put.path == "/api/v1/namespaces/_/triggers/t?overwrite=false"
    assert json.loads(put.body) == {
        "parameters": [{"key": "n", "value": 1}],
        "annotations": [{"key": "feed", "value": INTERVAL}],
    }
    assert fed.path.startswith("/api/v1/namespaces/whisk.system/actions/alarms/interval?")
    assert "blocking=true" in fed.path
    assert json.loads(fed.body) == {
        "minutes": 5,
        "lifecycleEvent": "CREATE",
        "triggerName": "/guest/t",
        "authKey": f"{UUID}:{SECRET}",
    }


def refusing(feed: Answer) -> tuple[FakeHost, TargetRefused]:
    """What a feed's refusal becomes."""

    def script(asked: Asked) -> Answer:
        return feed if "whisk.system" in asked.path else Answer(body=TRIGGER)

    with serving(script) as host:
        client = Client(target_at(host.url))
        with pytest.raises(TargetRefused) as caught:
            TriggersClient(client).create_trigger("t", {}, {}, FEED)
    return host, caught.value


@pytest.mark.parametrize(
    "feed",
    [
        GONE,
        Answer(403, {"error": "not authorized to access this resource"}),
        ran({"error": {"error": "no"}}, success=False),
        Answer(202, {"activationId": "c41e09ab6f1e4f0d9e09ab6f1e1f0d22"}),
    ],
    ids=["missing", "not shared", "refused", "too slow"],
)
def test_trigger_is_deleted_when_its_feed_does_not_take_it(feed: Answer) -> None:
    host, _ = refusing(feed)
    assert [asked.method for asked in host.asked] == ["PUT", "POST", "DELETE"]
    assert host.asked[-1].path == "/api/v1/namespaces/_/triggers/t"


def test_host_without_alarms_says_what_to_do() -> None:
    _, error = refusing(GONE)
    assert error.message == (
        f"lab.example does not support schedules: {INTERVAL} is missing or not shared."
    )
    assert "openwhisk-package-alarms" in error.hint
    assert "jupyter faas trigger fire t --target lab" in error.hint


def test_words_of_a_feed_are_shown_without_the_key() -> None:
    words = f"key {UUID}:{SECRET} may not set alarms"
    _, error = refusing(ran({"error": {"error": words}}, success=False))
    assert error.message == (
        f"{INTERVAL} on lab.example rejected the request: key ••• may not set alarms"
    )
    assert SECRET not in repr(error) + str(error)


def test_feed_of_another_tool_is_cancelled_as_its_trigger_says() -> None:
    other = {**TRIGGER, "annotations": [{"key": "feed", "value": ALARM}]}
    trigger = Trigger.from_json(other)
    assert feed_of(trigger) == ALARM
    host, _ = asking(lambda _: ran({}), lambda events: events.cancel_feed(trigger))
    assert json.loads(host.asked[0].body)["lifecycleEvent"] == "DELETE"


def test_trigger_without_a_feed_has_nothing_to_cancel() -> None:
    host, _ = asking(lambda _: GONE, lambda events: events.cancel_feed(Trigger.from_json(TRIGGER)))
    assert host.asked == []


def test_fired_without_an_active_rule() -> None:
    host, fired = asking(lambda _: Answer(204, raw=b""), lambda events: events.fire("t", {"n": 1}))
    assert fired is None
    assert json.loads(host.asked[0].body) == {"n": 1}


def test_fired() -> None:
    _, fired = asking(
        lambda _: Answer(202, {"activationId": "abc"}), lambda events: events.fire("t", {})
    )
    assert fired == "abc"


def test_status_of_a_rule_is_acknowledged_in_plain_text() -> None:
    ok = Answer(200, raw=b"OK", content_type="text/plain; charset=UTF-8")
    host, _ = asking(lambda _: ok, lambda events: events.set_rule("r", False))
    assert json.loads(host.asked[0].body) == {"status": "inactive"}


def test_plain_text_that_is_no_success_is_not_openwhisk() -> None:
    with pytest.raises(TargetNotReachable, match="not return a valid OpenWhisk response"):
        asking(
            lambda _: Answer(503, raw=b"busy", content_type="text/plain"),
            lambda events: events.set_rule("r", True),
        )


def test_rule_names_its_ends_whole() -> None:
    host, rule = asking(
        lambda _: Answer(body=RULE), lambda events: events.create_rule("r", "t", "models/iris")
    )
    assert json.loads(host.asked[0].body) == {"trigger": "/_/t", "action": "/_/models/iris"}
    assert rule.action == FullName("guest", "models", "iris")


def test_rule_with_its_status() -> None:
    def told(status: str) -> bool:
        answer = Answer(body={**RULE, "status": status})
        _, (rule, active) = asking(lambda _: answer, lambda events: events.get_rule("r"))
        assert rule.name == "r"
        return bool(active)

    assert told("active")
    assert not told("inactive")


def test_long_lists_are_read_to_their_end() -> None:
    def script(asked: Asked) -> Answer:
        first = "skip=0" in asked.path
        return Answer(body=[{**TRIGGER, "name": f"t{n}"} for n in range(50 if first else 3)])

    host, found = asking(script, lambda events: events.list_triggers())
    assert len(found) == 53
    assert len(host.asked) == 2


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda events: events.get_trigger("t"), TriggerNotFound),
        (lambda events: events.fire("t", {}), TriggerNotFound),
        (lambda events: events.drop_trigger("t"), TriggerNotFound),
        (lambda events: events.get_rule("t"), RuleNotFound),
        (lambda events: events.set_rule("t", True), RuleNotFound),
        (lambda events: events.delete_rule("t"), RuleNotFound),
    ],
    ids=["get trigger", "fire", "drop", "get rule", "set rule", "delete rule"],
)
def test_name_that_there_is_not(ask: Callable[[TriggersClient], Any], error: type) -> None:
    with pytest.raises(error, match=r"no (trigger|rule) 't' on lab.example"):
        asking(lambda _: GONE, ask)


def test_name_that_is_taken() -> None:
    taken = Answer(409, {"error": "resource already exists"})
    with pytest.raises(ActionConflict):
        asking(lambda _: taken, lambda events: events.create_trigger("t", {}, {}))


def test_name_that_is_none_is_not_sent() -> None:
    with pytest.raises(NameNotAllowed):
        asking(lambda _: GONE, lambda events: events.get_trigger("a/b"))

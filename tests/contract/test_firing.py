"""Contract §2.3, §2.5: firing triggers, and the records of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, Target, annotated, python
from tests.contract.helpers.triggers import Triggers, new_name
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives

ECHO = "def main(args):\n    return args\n"


def result(api: Api, line: dict[str, Any]) -> Any:
    """What the action of a rule returned."""
    return api.record(line["activationId"])["response"]["result"]


def test_fire(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger, action = triggers.trigger(version="1.0.0"), deploy(ECHO)
    rule = triggers.rule(trigger, action)
    response = triggers.fire(trigger, {"a": 1})
    assert response.status_code == 202
    activation_id = response.json()["activationId"]
    assert response.json() == {"activationId": activation_id}
    assert response.headers["x-openwhisk-activation-id"] == activation_id
    record = api.record(activation_id)
    (line,) = triggers.lines(response)
    assert record == {
        "namespace": triggers.namespace,
        "name": trigger,
        "version": "1.0.0",
        "subject": record["subject"],
        "activationId": activation_id,
        "start": record["start"],
        "response": {"status": "success", "success": True, "result": {"a": 1}},
        "logs": record["logs"],
        "annotations": [],
        "publish": False,
    }
    assert line == {
        "rule": f"{triggers.namespace}/{rule}",
        "action": f"{triggers.namespace}/{action}",
        "statusCode": 0,
        "success": True,
        "activationId": line["activationId"],
    }


def test_fire_runs_each_action_as_a_plain_invocation(
    api: Api, triggers: Triggers, deploy: Deploy
) -> None:
    trigger = triggers.trigger()
    actions = [deploy(ECHO), deploy(HELLO)]
    for action in actions:
        triggers.rule(trigger, action)
    lines = triggers.lines(triggers.fire(trigger, {"name": "you"}))
    assert [line["action"].partition("/")[2] for line in lines] == actions
    assert result(api, lines[1]) == {"greeting": "Hello you"}
    for action, line in zip(actions, lines, strict=True):
        record = api.record(line["activationId"])
        assert record["name"] == action
        assert "cause" not in record
        assert "causedBy" not in annotated(record)


def test_fire_two_rules(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    """Each runs with the same arguments and has its line, also when both have one action."""
    trigger, action = triggers.trigger(), deploy(ECHO)
    rules = [triggers.rule(trigger, action) for _ in range(2)]
    lines = triggers.lines(triggers.fire(trigger, {"n": 1}))
    assert [line["rule"].partition("/")[2] for line in lines] == rules
    ids = [line["activationId"] for line in lines]
    assert len(set(ids)) == 2
    assert [result(api, line)["n"] for line in lines] == [1, 1]
    assert {each["activationId"] for each in api.activations(name=action).json()} == set(ids)


def test_fire_a_rule_that_was_activated_again(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    rule = triggers.rule(trigger, deploy(ECHO))
    codes = []
    for status in ("inactive", "active"):
        triggers.set_status(rule, status)
        codes.append(triggers.fire(trigger, {}).status_code)
    assert codes == [204, 202]


def test_fire_after_an_update(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    """The record and the arguments are of the trigger as it is now."""
    trigger = triggers.trigger(parameters=[{"key": "a", "value": 1}])
    triggers.rule(trigger, deploy(ECHO))
    triggers.put(f"triggers/{trigger}", {"parameters": [{"key": "a", "value": 2}]}, overwrite=True)
    response = triggers.fire(trigger, {})
    (line,) = triggers.lines(response)
    assert result(api, line)["a"] == 2
    assert api.record(response.json()["activationId"])["version"] == "0.0.2"


@pytest.mark.parametrize("body", [None, {}])
def test_fire_with_nothing(
    api: Api, triggers: Triggers, deploy: Deploy, body: dict[str, Any] | None
) -> None:
    trigger = triggers.trigger()
    triggers.rule(trigger, deploy(ECHO))
    response = triggers.fire(trigger, body)
    assert api.record(response.json()["activationId"])["response"]["result"] == {}
    (line,) = triggers.lines(response)
    assert set(result(api, line)) == {"__ow_headers"}


def test_arguments(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger(
        parameters=[{"key": key, "value": "trigger"} for key in ("b", "c", "__ow_headers")]
    )
    action = deploy(ECHO, parameters=[{"key": key, "value": "action"} for key in ("a", "b", "c")])
    triggers.rule(trigger, action)
    response = triggers.fire(trigger, {"c": "payload"}, headers={"X-Mine": "yes"})
    (line,) = triggers.lines(response)
    arguments = result(api, line)
    headers = arguments.pop("__ow_headers")
    assert arguments == {"a": "action", "b": "trigger", "c": "payload"}
    assert headers["x-mine"] == "yes"
    assert {"content-type", "content-length"}.isdisjoint(headers)


def test_arguments_of_which_the_payload_wins(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    triggers.rule(trigger, deploy(ECHO))
    (line,) = triggers.lines(triggers.fire(trigger, {"__ow_headers": "mine"}))
    assert result(api, line) == {"__ow_headers": "mine"}


def test_key_does_not_travel_to_actions(
    api: Api, triggers: Triggers, deploy: Deploy, ours: None
) -> None:
    trigger = triggers.trigger()
    triggers.rule(trigger, deploy(ECHO))
    response = triggers.fire(trigger, {}, headers={"Cookie": "a=b"})
    (line,) = triggers.lines(response)
    assert {"authorization", "cookie"}.isdisjoint(result(api, line)["__ow_headers"])


def test_fire_without_active_rules(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    response = triggers.fire(trigger, {})
    assert (response.status_code, response.content) == (204, b"")
    rule = triggers.rule(trigger, deploy(ECHO))
    triggers.set_status(rule, "inactive")
    assert triggers.fire(trigger, {}).status_code == 204
    assert api.activations(name=trigger).json() == []


def test_action_behind_a_binding(api: Api, triggers: Triggers) -> None:
    package, binding = new_name(), new_name()
    triggers.put(f"packages/{package}", {"parameters": [{"key": "a", "value": "package"}]})
    triggers.put(f"actions/{package}/echo", python(ECHO))
    bound = {"binding": {"namespace": "_", "name": package}}
    assert triggers.put(f"packages/{binding}", bound).status_code == 200
    trigger = triggers.trigger()
    triggers.rule(trigger, f"{binding}/echo")
    (line,) = triggers.lines(triggers.fire(trigger, {"b": 1}))
    assert line["action"] == f"{triggers.namespace}/{binding}/echo"
    arguments = result(api, line)
    assert (arguments["a"], arguments["b"]) == ("package", 1)


def test_action_of_a_published_package(api: Api, triggers: Triggers) -> None:
    """The action is another namespace's, its record the caller's."""
    trigger, rule = triggers.trigger(), new_name()
    body = {"trigger": f"/_/{trigger}", "action": "/whisk.system/utils/echo"}
    assert triggers.put(f"rules/{rule}", body).status_code == 200
    (line,) = triggers.lines(triggers.fire(trigger, {"b": 1}))
    assert line["action"] == "whisk.system/utils/echo"
    assert api.record(line["activationId"])["namespace"] == triggers.namespace
    assert result(api, line)["b"] == 1


def test_rule_that_is_inactive(triggers: Triggers, deploy: Deploy) -> None:
    trigger, action = triggers.trigger(), deploy(ECHO)
    off, on = triggers.rule(trigger, action), triggers.rule(trigger, action)
    triggers.set_status(off, "inactive")
    lines = triggers.lines(triggers.fire(trigger, {}))
    namespace = triggers.namespace
    by_rule = {line["rule"]: line for line in lines}
    assert by_rule[f"{namespace}/{on}"]["success"] is True
    assert by_rule[f"{namespace}/{off}"] == {
        "rule": f"{namespace}/{off}",
        "action": f"{namespace}/{action}",
        "statusCode": 1,
        "success": False,
        "error": (
            f"Rule '{namespace}/{off}' is inactive, "
            f"action '{namespace}/{action}' was not activated."
        ),
    }


def test_action_that_is_gone(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger, action = triggers.trigger(), deploy(ECHO)
    rule = triggers.rule(trigger, action)
    triggers.rule(trigger, deploy(HELLO))
    api.delete(action)
    gone, there = triggers.lines(triggers.fire(trigger, {}))
    assert gone == {
        "rule": f"{triggers.namespace}/{rule}",
        "action": f"{triggers.namespace}/{action}",
        "statusCode": 1,
        "success": False,
        "error": "The requested resource does not exist.",
    }
    assert there["success"] is True


def test_action_that_refuses_the_payload(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    action = deploy(
        ECHO,
        parameters=[{"key": "a", "value": 1}],
        annotations=[{"key": "final", "value": True}],
    )
    triggers.rule(trigger, action)
    (line,) = triggers.lines(triggers.fire(trigger, {"a": 2}))
    assert (line["statusCode"], line["success"]) == (1, False)
    assert line["error"] == (
        "Request defines parameters that are not allowed (e.g., reserved properties)."
    )


def test_action_that_fails(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    """It was invoked, and that is all that the trigger's record tells."""
    trigger = triggers.trigger()
    triggers.rule(trigger, deploy("def main(args):\n    raise ValueError('no')\n"))
    (line,) = triggers.lines(triggers.fire(trigger, {}))
    assert line["success"] is True
    assert api.record(line["activationId"])["response"]["success"] is False


@pytest.mark.parametrize("payload", [[1], "text", 3])
def test_payload_that_is_no_object(triggers: Triggers, payload: object) -> None:
    response = triggers.fire(triggers.trigger(), payload)
    assert response.status_code == 400
    assert response.json()["error"].startswith("The request content was malformed:\n")


def test_payload_that_is_too_large(triggers: Triggers) -> None:
    response = triggers.fire(triggers.trigger(), {"a": "x" * 1024 * 1024})
    assert response.status_code == 413
    assert response.json()["error"].startswith("Request larger than allowed: ")


def test_record_in_lists(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    triggers.rule(trigger, deploy(ECHO))
    made = [triggers.fire(trigger, {"n": n}).json()["activationId"] for n in range(2)]
    entries = api.activations(name=trigger).json()
    assert [each["activationId"] for each in entries] == made[::-1]
    assert set(entries[0]) == {
        *("namespace", "name", "version", "publish", "annotations", "activationId", "start")
    }
    assert entries[0]["annotations"] == []
    (record, _) = api.activations(name=trigger, docs=True).json()
    assert record == api.record(made[1])
    assert api.activations(name=trigger, count=True).json() == {"activations": 2}


def test_parts_of_a_record(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    triggers.rule(trigger, deploy(ECHO))
    activation_id = triggers.fire(trigger, {"n": 1}).json()["activationId"]
    logs = api.record(activation_id)["logs"]
    assert api.activation(activation_id, "/logs").json() == {"logs": logs}
    assert api.activation(activation_id, "/result").json() == {
        "status": "success",
        "success": True,
        "result": {"n": 1},
    }


def test_all_of_it_survives_the_end_of_the_playground(tmp_path: Path, ours: None) -> None:
    first, info = _started(tmp_path)
    first.api.put("echo", python(ECHO))
    trigger = first.trigger(parameters=[{"key": "a", "value": 1}])
    rules = [first.rule(trigger, "echo") for _ in range(3)]
    first.set_status(rules[1], "inactive")
    first.api.request("DELETE", f"rules/{rules[2]}")
    before = first.get(f"triggers/{trigger}")
    listed = first.api.request("GET", "rules").json()
    fired = first.fire(trigger, {"n": 1})
    record = first.api.record(fired.json()["activationId"])
    os.kill(info.pid, signal.SIGKILL)
    wait_until(lambda: not lives(info.pid))
    again, _ = _started(tmp_path)
    assert again.get(f"triggers/{trigger}") == before
    assert again.api.request("GET", "rules").json() == listed
    assert again.get(f"rules/{rules[1]}")["status"] == "inactive"
    assert again.api.request("GET", f"rules/{rules[2]}").status_code == 404
    assert again.api.record(record["activationId"]) == record
    assert len(again.lines(again.fire(trigger, {}))) == 2
    for each in (first, again):
        each.api.session.close()
    stop(tmp_path)


def _started(data_dir: Path) -> tuple[Triggers, PlaygroundInfo]:
    info = start(data_dir, port=0, wait_s=30)
    auth = info.wskprops.read_text().partition("AUTH=")[2].splitlines()[0]
    return Triggers(Api(Target(info.apihost, auth, True)), "guest"), info

"""Contract §2.4: rules."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api
from tests.contract.helpers.triggers import Triggers, new_name

TOO_SHORT = (
    "The fully qualified name of the entity must contain at least the namespace and the name of "
    "the entity."
)


def link(triggers: Triggers, trigger: str, rule: str) -> Any:
    """What the trigger says of the rule; None when it does not know it."""
    rules = triggers.get(f"triggers/{trigger}").get("rules", {})
    return rules.get(f"{triggers.namespace}/{rule}")


def test_create(triggers: Triggers, deploy: Deploy) -> None:
    trigger, action, name = triggers.trigger(), deploy(HELLO), new_name()
    body = {"trigger": f"/_/{trigger}", "action": f"/_/{action}", "status": "", "name": name}
    response = triggers.put(f"rules/{name}", body)
    assert response.status_code == 200
    rule = response.json()
    assert rule == {
        "namespace": triggers.namespace,
        "name": name,
        "version": "0.0.1",
        "publish": False,
        "status": "active",
        "trigger": {"path": triggers.namespace, "name": trigger},
        "action": {"path": triggers.namespace, "name": action},
        "annotations": [],
        "updated": rule["updated"],
    }
    assert triggers.get(f"rules/{name}") == rule
    assert link(triggers, trigger, name) == {"action": rule["action"], "status": "active"}


def test_create_with_paths_and_names(triggers: Triggers, deploy: Deploy) -> None:
    trigger, action, name = triggers.trigger(), deploy(HELLO), new_name()
    body = {
        "trigger": {"path": triggers.namespace, "name": trigger},
        "action": {"path": "_", "name": action},
    }
    rule = triggers.put(f"rules/{name}", body).json()
    assert rule["trigger"] == body["trigger"]
    assert rule["action"] == {"path": triggers.namespace, "name": action}


def test_create_for_an_action_in_a_package(triggers: Triggers, api: Api, deploy: Deploy) -> None:
    trigger, package = triggers.trigger(), new_name()
    triggers.put(f"packages/{package}")
    action = {"exec": {"kind": "python:default", "code": HELLO}}
    assert triggers.put(f"actions/{package}/hello", action).status_code == 200
    rule = triggers.rule(trigger, f"{package}/hello")
    assert triggers.get(f"rules/{rule}")["action"] == {
        "path": f"{triggers.namespace}/{package}",
        "name": "hello",
    }


def test_create_when_it_exists(triggers: Triggers, deploy: Deploy) -> None:
    trigger, action = triggers.trigger(), deploy(HELLO)
    name = triggers.rule(trigger, action)
    body = {"trigger": f"/_/{trigger}", "action": f"/_/{action}"}
    response = triggers.put(f"rules/{name}", body)
    assert (response.status_code, response.json()["error"]) == (409, "resource already exists")


def test_create_without_its_trigger(triggers: Triggers, deploy: Deploy) -> None:
    name = new_name()
    body = {"trigger": "/_/missing", "action": f"/_/{deploy(HELLO)}"}
    response = triggers.put(f"rules/{name}", body)
    assert response.status_code == 400
    assert response.json()["error"] == f"trigger /{triggers.namespace}/missing does not exist"
    assert triggers.api.request("GET", f"rules/{name}").status_code == 404


@pytest.mark.parametrize(
    ("action", "status", "error"),
    [
        ("missing", 400, "action /{} does not exist"),
        ("missing_package/a", 404, "The requested resource does not exist."),
        ("a/b/c", 404, "The requested resource does not exist."),
    ],
)
def test_create_without_its_action(
    triggers: Triggers, action: str, status: int, error: str
) -> None:
    trigger = triggers.trigger()
    body = {"trigger": f"/_/{trigger}", "action": f"/_/{action}"}
    response = triggers.put(f"rules/{new_name()}", body)
    assert response.status_code == status
    assert response.json()["error"] == error.format(f"{triggers.namespace}/{action}")
    assert "rules" not in triggers.get(f"triggers/{trigger}")


@pytest.mark.parametrize("body", [{}, {"trigger": "/_/t"}, {"action": "/_/a"}])
def test_create_with_one_side_only(triggers: Triggers, body: dict[str, str]) -> None:
    response = triggers.put(f"rules/{new_name()}", body)
    assert response.status_code == 400
    assert response.json()["error"] == "rule requires a valid trigger and a valid action"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        *((each, f"requirement failed: {TOO_SHORT}") for each in ("alone", "/alone")),
        ("/_/a$b", "requirement failed: path contains invalid parts ArraySeq(_, a$b)"),
        ("", "requirement failed: path undefined"),
        ("/", "requirement failed: path undefined"),
    ],
)
def test_create_with_a_name_that_is_not_absolute(triggers: Triggers, name: str, words: str) -> None:
    response = triggers.put(f"rules/{new_name()}", {"trigger": name, "action": "/_/a"})
    assert response.status_code == 400
    assert response.json()["error"] == f"The request content was malformed:\n{words}"


@pytest.mark.parametrize("side", ["trigger", "action"])
def test_create_with_another_namespaces(triggers: Triggers, deploy: Deploy, side: str) -> None:
    body = {"trigger": f"/_/{triggers.trigger()}", "action": f"/_/{deploy(HELLO)}"}
    response = triggers.put(f"rules/{new_name()}", {**body, side: "/other/x"})
    assert response.status_code == 403
    assert response.json()["error"] == (
        "The supplied authentication is not authorized to access 'other/x'."
    )


def test_create_with_the_name_of_a_trigger(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    body = {"trigger": f"/_/{trigger}", "action": f"/_/{deploy(HELLO)}"}
    response = triggers.api.request("PUT", f"rules/{trigger}", json=body)
    assert response.status_code == 409
    assert response.json()["error"] == (
        "Resource by this name exists but is not in this collection."
    )


def test_update_keeps_the_status(triggers: Triggers, deploy: Deploy) -> None:
    trigger, action, other = triggers.trigger(), deploy(HELLO), deploy(HELLO)
    name = triggers.rule(trigger, action, annotations=[{"key": "a", "value": 1}])
    triggers.set_status(name, "inactive")
    rule = triggers.put(f"rules/{name}", {"action": f"/_/{other}"}, overwrite=True).json()
    assert (rule["version"], rule["status"]) == ("0.0.2", "inactive")
    assert rule["annotations"] == [{"key": "a", "value": 1}]
    assert rule["action"]["name"] == other
    assert link(triggers, trigger, name) == {"action": rule["action"], "status": "inactive"}


def test_update_to_another_trigger(triggers: Triggers, deploy: Deploy) -> None:
    first, second = triggers.trigger(), triggers.trigger()
    name = triggers.rule(first, deploy(HELLO))
    response = triggers.put(f"rules/{name}", {"trigger": f"/_/{second}"}, overwrite=True)
    assert response.json()["status"] == "active"
    assert link(triggers, first, name) is None
    assert link(triggers, second, name)["status"] == "active"


def test_update_with_nothing_bumps_the_version(triggers: Triggers, deploy: Deploy) -> None:
    name = triggers.rule(triggers.trigger(), deploy(HELLO))
    before = triggers.get(f"rules/{name}")
    rule = triggers.put(f"rules/{name}", {}, overwrite=True).json()
    assert rule == {**before, "version": "0.0.2", "updated": rule["updated"]}
    assert triggers.put(f"rules/{name}", {}, overwrite=True).json()["version"] == "0.0.3"
    change = {"version": "2.0.0", "annotations": [{"key": "a", "value": 1}], "publish": True}
    rule = triggers.put(f"rules/{name}", change, overwrite=True).json()
    assert {key: rule[key] for key in change} == change


@pytest.mark.parametrize("side", ["trigger", "action"])
def test_update_when_a_side_is_gone(triggers: Triggers, deploy: Deploy, side: str) -> None:
    sides = {"trigger": triggers.trigger(), "action": deploy(HELLO)}
    name = triggers.rule(sides["trigger"], sides["action"])
    triggers.api.request("DELETE", f"{side}s/{sides[side]}")
    response = triggers.put(f"rules/{name}", {}, overwrite=True)
    assert response.status_code == 400
    assert response.json()["error"] == (
        f"{side} /{triggers.namespace}/{sides[side]} does not exist"
    )
    assert triggers.get(f"rules/{name}")["version"] == "0.0.1"


def test_update_to_a_trigger_that_does_not_exist(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    name = triggers.rule(trigger, deploy(HELLO))
    response = triggers.put(f"rules/{name}", {"trigger": "/_/missing"}, overwrite=True)
    assert response.status_code == 400
    assert link(triggers, trigger, name)["status"] == "active"


def test_sides_of_other_collections(triggers: Triggers, deploy: Deploy) -> None:
    trigger, action, name = triggers.trigger(), deploy(HELLO), new_name()
    for body in (
        {"trigger": f"/_/{action}", "action": f"/_/{action}"},
        {"trigger": f"/_/{trigger}", "action": f"/_/{trigger}"},
    ):
        assert triggers.put(f"rules/{name}", body).status_code == 400
    assert triggers.api.request("GET", f"rules/{name}").status_code == 404


def test_trigger_with_several_rules(triggers: Triggers, deploy: Deploy) -> None:
    """Of one action, too."""
    trigger, action = triggers.trigger(), deploy(HELLO)
    rules = [triggers.rule(trigger, action) for _ in range(2)]
    triggers.api.request("DELETE", f"rules/{rules[0]}")
    assert link(triggers, trigger, rules[0]) is None
    assert link(triggers, trigger, rules[1])["status"] == "active"


@pytest.mark.parametrize(
    ("method", "resource"),
    [("GET", "rules"), *((each, "rules/x") for each in ("GET", "PUT", "DELETE", "POST"))],
)
def test_rules_of_another_namespace(api: Api, method: str, resource: str) -> None:
    body = {"status": "active"} if method == "POST" else {}
    response = api.elsewhere(method, "other", resource, json=body)
    assert response.status_code == 403
    assert response.json()["error"] == (
        "The supplied authentication is not authorized to access "
        f"'other{resource.removeprefix('rules')}'."
    )


def test_method_that_is_not_allowed(api: Api) -> None:
    response = api.request("PATCH", "rules/x")
    assert response.status_code == 404
    assert response.json()["error"] == "The requested resource could not be found."


def test_name_that_is_refused(triggers: Triggers) -> None:
    response = triggers.put("rules/a$b", {"trigger": "/_/t", "action": "/_/a"})
    assert response.status_code == 400
    assert response.json()["error"] == "The name of the entity contains illegal characters."


def test_status(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    name = triggers.rule(trigger, deploy(HELLO))
    for status in ("inactive", "inactive", "active", "active"):
        response = triggers.set_status(name, status)
        assert (response.status_code, response.text) == (200, "OK")
        assert response.headers["Content-Type"].startswith("text/plain")
        rule = triggers.get(f"rules/{name}")
        assert (rule["status"], rule["version"]) == (status, "0.0.1")
        assert link(triggers, trigger, name)["status"] == status


def test_status_is_answered_in_text_whatever_is_accepted(
    triggers: Triggers, deploy: Deploy
) -> None:
    name = triggers.rule(triggers.trigger(), deploy(HELLO))
    # npm's client and Adobe's accept JSON only.
    response = triggers.api.request(
        "POST",
        f"rules/{name}",
        json={"status": "inactive"},
        headers={"Accept": "application/json"},
    )
    assert (response.status_code, response.text) == (200, "OK")


@pytest.mark.parametrize("status", ["", "on", None, 1])
def test_status_that_is_none(triggers: Triggers, deploy: Deploy, status: object) -> None:
    name = triggers.rule(triggers.trigger(), deploy(HELLO))
    response = triggers.set_status(name, status)
    assert response.status_code == 400
    assert response.json()["error"].startswith("The request content was malformed:\n")
    assert triggers.get(f"rules/{name}")["status"] == "active"


def test_status_when_the_trigger_is_gone(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    name = triggers.rule(trigger, deploy(HELLO))
    triggers.api.request("DELETE", f"triggers/{trigger}")
    assert triggers.get(f"rules/{name}")["status"] == "inactive"
    assert triggers.set_status(name, "inactive").text == "OK"
    response = triggers.set_status(name, "active")
    assert response.status_code == 404
    assert response.json()["error"] == "Only rules with existing triggers can be activated"


def test_status_when_the_trigger_was_made_anew(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    name = triggers.rule(trigger, deploy(HELLO))
    triggers.api.request("DELETE", f"triggers/{trigger}")
    triggers.put(f"triggers/{trigger}")
    assert triggers.get(f"rules/{name}")["status"] == "inactive"
    assert triggers.fire(trigger).status_code == 204
    assert triggers.set_status(name, "active").text == "OK"
    assert triggers.fire(trigger).status_code == 202


@pytest.mark.parametrize("status", ["active", "inactive"])
def test_delete(triggers: Triggers, deploy: Deploy, status: str) -> None:
    trigger = triggers.trigger()
    name = triggers.rule(trigger, deploy(HELLO))
    triggers.set_status(name, status)
    rule = triggers.get(f"rules/{name}")
    response = triggers.api.request("DELETE", f"rules/{name}")
    assert (response.status_code, response.json()) == (200, {**rule, "status": "inactive"})
    assert link(triggers, trigger, name) is None
    for method in ("GET", "DELETE"):
        response = triggers.api.request(method, f"rules/{name}")
        assert response.status_code == 404
        assert response.json()["error"] == "The requested resource does not exist."
    assert triggers.set_status(name, "active").status_code == 404


def test_delete_with_a_body_of_null(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    for path in (f"rules/{triggers.rule(trigger, deploy(HELLO))}", f"triggers/{trigger}"):
        response = triggers.api.request("DELETE", path, data=b"null")
        assert response.status_code == 200


def test_rules_that_are_made_at_once(triggers: Triggers, deploy: Deploy) -> None:
    trigger, action = triggers.trigger(), deploy(HELLO)
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: triggers.rule(trigger, action), range(8)))
    linked = triggers.get(f"triggers/{trigger}")["rules"]
    assert set(linked) == {f"{triggers.namespace}/{name}" for name in names}


def test_delete_after_the_trigger(triggers: Triggers, deploy: Deploy) -> None:
    trigger = triggers.trigger()
    name = triggers.rule(trigger, deploy(HELLO))
    triggers.api.request("DELETE", f"triggers/{trigger}")
    response = triggers.api.request("DELETE", f"rules/{name}")
    assert (response.status_code, response.json()["status"]) == (200, "inactive")


def test_list(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger, action = triggers.trigger(), deploy(HELLO)
    names = [triggers.rule(trigger, action) for _ in range(3)]
    for path in ("rules", "rules/"):
        found = api.request("GET", path, params={"limit": "200"}).json()
        assert [each["name"] for each in found if each["name"] in names] == names[::-1]
    rule = triggers.get(f"rules/{names[-1]}")
    del rule["status"]
    assert found[0] == rule


def test_list_in_pages(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    trigger, action = triggers.trigger(), deploy(HELLO)
    names = [triggers.rule(trigger, action) for _ in range(3)]
    page = api.request("GET", "rules?limit=1&skip=1").json()
    assert [each["name"] for each in page] == [names[1]]
    total = len(api.request("GET", "rules?limit=0").json())
    assert api.request("GET", "rules?count=true&skip=1").json() == {"rules": total - 1}
    response = api.request("GET", "rules?limit=201")
    assert response.status_code == 400
    assert "The value '201' is not in the range of 0 to 200 for rules." in response.json()["error"]

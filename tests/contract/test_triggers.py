"""Contract §1.2, §1.3, §2.3: triggers as entities."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, python
from tests.contract.helpers.triggers import Triggers, new_name

MB = 1024 * 1024
OTHER_COLLECTION = "Resource by this name exists but is not in this collection."


def test_create(triggers: Triggers) -> None:
    name = new_name()
    response = triggers.put(f"triggers/{name}")
    assert response.status_code == 200
    trigger = response.json()
    assert trigger["updated"] > 1_700_000_000_000
    assert trigger == {
        "namespace": triggers.namespace,
        "name": name,
        "version": "0.0.1",
        "publish": False,
        "annotations": [],
        "parameters": [],
        "limits": {},
        "updated": trigger["updated"],
    }
    assert triggers.get(f"triggers/{name}") == trigger


def test_create_with_a_body(triggers: Triggers) -> None:
    body = {
        "parameters": [{"key": "a", "value": [1]}],
        "annotations": [{"key": "b", "value": {"c": None}}],
        "publish": True,
        "version": "1.2.3",
        "name": "ignored",
        "namespace": "_",
    }
    name = triggers.trigger(**body)
    trigger = triggers.get(f"triggers/{name}")
    for key in ("parameters", "annotations", "publish", "version"):
        assert trigger[key] == body[key]
    assert trigger["name"] == name


def test_create_when_it_exists(triggers: Triggers) -> None:
    response = triggers.put(f"triggers/{triggers.trigger()}")
    assert response.status_code == 409
    assert response.json()["error"] == "resource already exists"


def test_update(triggers: Triggers) -> None:
    name = triggers.trigger(
        annotations=[{"key": "a", "value": 1}], parameters=[{"key": "p", "value": 1}]
    )
    second = triggers.put(f"triggers/{name}", {}, overwrite=True).json()
    assert second["version"] == "0.0.2"
    assert second["annotations"] == [{"key": "a", "value": 1}]
    change = {
        "annotations": [{"key": "b", "value": 2}],
        "parameters": [{"key": "q", "value": 2}],
    }
    third = triggers.put(f"triggers/{name}", change, overwrite=True).json()
    assert third["version"] == "0.0.3"
    assert third["annotations"] == [{"key": "b", "value": 2}]
    assert third["parameters"] == [{"key": "q", "value": 2}]


def test_update_of_nothing(triggers: Triggers) -> None:
    """It is created."""
    response = triggers.put(f"triggers/{new_name()}", {}, overwrite=True)
    assert (response.status_code, response.json()["version"]) == (200, "0.0.1")


def test_update_to_a_version(triggers: Triggers) -> None:
    name = triggers.trigger()
    made = triggers.put(f"triggers/{name}", {"version": "2.0.0", "publish": True}, overwrite=True)
    assert (made.json()["version"], made.json()["publish"]) == ("2.0.0", True)
    assert triggers.put(f"triggers/{name}", {}, overwrite=True).json()["version"] == "2.0.1"


def test_rules_as_a_trigger_shows_them(triggers: Triggers, api: Api, deploy: Deploy) -> None:
    """By their paths, with the action that they run, also one in a package."""
    name, package, action = triggers.trigger(), new_name(), deploy(HELLO)
    assert "rules" not in triggers.get(f"triggers/{name}")
    triggers.put(f"packages/{package}")
    triggers.put(f"actions/{package}/hello", python())
    plain, packaged = triggers.rule(name, action), triggers.rule(name, f"{package}/hello")
    triggers.set_status(plain, "inactive")
    own = triggers.namespace
    assert triggers.get(f"triggers/{name}")["rules"] == {
        f"{own}/{plain}": {"action": {"path": own, "name": action}, "status": "inactive"},
        f"{own}/{packaged}": {
            "action": {"path": f"{own}/{package}", "name": "hello"},
            "status": "active",
        },
    }


def test_update_keeps_the_rules(triggers: Triggers, deploy: Deploy) -> None:
    name = triggers.trigger()
    triggers.rule(name, deploy(HELLO))
    before = triggers.get(f"triggers/{name}")["rules"]
    assert triggers.put(f"triggers/{name}", {}, overwrite=True).json()["rules"] == before


def test_delete_gives_what_was_deleted(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    name = triggers.trigger(parameters=[{"key": "a", "value": 1}])
    triggers.rule(name, deploy(HELLO))
    trigger = triggers.get(f"triggers/{name}")
    response = api.request("DELETE", f"triggers/{name}")
    assert (response.status_code, response.json()) == (200, trigger)
    for method in ("GET", "DELETE", "POST"):
        response = api.request(method, f"triggers/{name}")
        assert response.status_code == 404
        assert response.json()["error"] == "The requested resource does not exist."


def test_list(api: Api, triggers: Triggers) -> None:
    names = [triggers.trigger() for _ in range(3)]
    triggers.put(f"triggers/{names[0]}", {}, overwrite=True)
    for path in ("triggers", "triggers/"):
        found = api.request("GET", path, params={"limit": "200"}).json()
        ordered = [each["name"] for each in found if each["name"] in names]
        assert ordered == [names[0], names[2], names[1]]
    assert set(found[0]) == {*("namespace", "name", "version", "publish", "annotations", "updated")}


def test_list_in_pages(api: Api, triggers: Triggers) -> None:
    names = [triggers.trigger() for _ in range(3)]
    page = api.request("GET", "triggers?limit=1&skip=1").json()
    assert [each["name"] for each in page] == [names[1]]
    total = len(api.request("GET", "triggers?limit=0").json())
    assert api.request("GET", "triggers?count=true&skip=1").json() == {"triggers": total - 1}


def test_list_beyond_its_limit(api: Api) -> None:
    response = api.request("GET", "triggers?limit=201")
    assert response.status_code == 400
    assert (
        "The value '201' is not in the range of 0 to 200 for triggers." in response.json()["error"]
    )


@pytest.mark.parametrize(
    "feed", ["f", "p/f", "/_/f", "/_/p/f", "/whisk.system/alarms/alarm", "a b/c@d.e-f", "a//b"]
)
def test_feed_annotation(triggers: Triggers, feed: str) -> None:
    annotations = [{"key": "feed", "value": feed}]
    name = triggers.trigger(annotations=annotations)
    assert triggers.get(f"triggers/{name}")["annotations"] == annotations


NO_FEEDS = ["a$b", "", "/", "a/ b", "x" * 257, 3, None, True, ["f"]]


@pytest.mark.parametrize("feed", NO_FEEDS, ids=lambda feed: str(feed)[:9])
def test_feed_annotation_that_is_no_name(triggers: Triggers, feed: object) -> None:
    name = new_name()
    response = triggers.put(f"triggers/{name}", {"annotations": [{"key": "feed", "value": feed}]})
    assert (response.status_code, response.json()["error"]) == (400, "Feed name is not valid")
    assert triggers.api.request("GET", f"triggers/{name}").status_code == 404


def test_name_that_is_refused(triggers: Triggers) -> None:
    response = triggers.put("triggers/a$b")
    assert response.status_code == 400
    assert response.json()["error"] == "The name of the entity contains illegal characters."


def test_name_with_blanks(triggers: Triggers) -> None:
    name = f"{new_name()} @.& x"
    assert triggers.put(f"triggers/{name}").json()["name"] == name


def test_name_that_an_action_has(triggers: Triggers, deploy: Deploy) -> None:
    name = deploy(HELLO)
    for method in ("PUT", "GET", "DELETE", "POST"):
        response = triggers.api.request(method, f"triggers/{name}", json={})
        assert response.status_code == 409
        assert response.json()["error"] == OTHER_COLLECTION


def test_name_that_a_package_has(triggers: Triggers) -> None:
    name = new_name()
    assert triggers.put(f"packages/{name}").status_code == 200
    response = triggers.api.request("PUT", f"triggers/{name}", json={})
    assert response.status_code == 409
    assert response.json()["error"] == OTHER_COLLECTION


def test_name_of_a_trigger_is_no_actions_or_packages(api: Api, triggers: Triggers) -> None:
    name = triggers.trigger()
    for overwrite in (False, True):
        for response in (
            api.put(name, python(), overwrite=overwrite),
            triggers.put(f"packages/{name}", {}, overwrite=overwrite),
        ):
            assert response.status_code == 409
            assert response.json()["error"] == OTHER_COLLECTION


def test_create_by_two_at_once(triggers: Triggers) -> None:
    name = new_name()
    paths = [f"triggers/{name}", f"packages/{name}"] * 4
    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(lambda path: triggers.put(path).status_code, paths))
    assert codes == [200] + [409] * 7


def test_parameters_that_are_malformed(triggers: Triggers) -> None:
    response = triggers.put(f"triggers/{new_name()}", {"parameters": [{"key": "a"}]})
    assert response.status_code == 400
    assert response.json()["error"] == ("The request content was malformed:\nparameters malformed!")


def test_sizes_that_are_refused(triggers: Triggers) -> None:
    for field in ("parameters", "annotations"):
        body = {field: [{"key": "a", "value": "x" * MB}]}
        response = triggers.put(f"triggers/{new_name()}", body)
        assert response.status_code == 413
        assert response.json()["error"] == (f"{field} larger than allowed: {MB + 3} > {MB} bytes.")


@pytest.mark.parametrize("resource", ["triggers", "triggers/x"])
def test_triggers_of_another_namespace(api: Api, resource: str) -> None:
    url = f"{api.target.apihost}/api/v1/namespaces/other/{resource}"
    response = api.session.get(url, timeout=60)
    assert response.status_code == 403
    assert response.json()["error"] == (
        "The supplied authentication is not authorized to access "
        f"'other{resource.removeprefix('triggers')}'."
    )


def test_method_that_is_not_allowed(api: Api) -> None:
    response = api.request("PATCH", "triggers/x")
    assert response.status_code == 404
    assert response.json()["error"] == "The requested resource could not be found."


def test_feed_is_not_called_by_the_host(api: Api, triggers: Triggers, deploy: Deploy) -> None:
    """That is for the client to do."""
    feed = deploy(HELLO, annotations=[{"key": "feed", "value": True}])
    annotations = [{"key": "feed", "value": f"/_/{feed}"}]
    name = triggers.trigger(annotations=annotations)
    assert triggers.put(f"triggers/{name}", {}, overwrite=True).status_code == 200
    assert api.request("DELETE", f"triggers/{name}").status_code == 200
    # The only run is the one that is asked for.
    activation_id = api.invoke(feed).json()["activationId"]
    assert [each["activationId"] for each in api.activations(name=feed).json()] == [activation_id]

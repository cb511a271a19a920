"""Contract §1.2: several namespaces, and what one may do in another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_faas.playground import PlaygroundInfo
from jupyter_faas.playground.entities.namespaces import add_namespace, remove_namespace
from tests.contract.helpers.api import Api, annotated, python
from tests.contract.helpers.packages import ARGS, values


def denied(resource: str) -> str:
    return f"The supplied authentication is not authorized to access '{resource}'."


@pytest.fixture
def shop(neighbour: Api) -> Iterator[str]:
    """A published package of the neighbour's, with an action ``a``."""
    neighbour.put_package("shop", {"publish": True, "parameters": values(p=1)}, overwrite=True)
    neighbour.put("shop/a", python(ARGS), overwrite=True)
    yield "shop"
    neighbour.delete_package("shop", force=True)


@pytest.fixture
def private(neighbour: Api) -> Iterator[str]:
    """A package of the neighbour's that is not published, with an action ``a``."""
    neighbour.put_package("private", {}, overwrite=True)
    neighbour.put("private/a", python(ARGS), overwrite=True)
    yield "private"
    neighbour.delete_package("private", force=True)


def test_namespace_of_a_key(api: Api, neighbour: Api) -> None:
    for each, own in ((api, "guest"), (neighbour, "neighbour")):
        for path in ("namespaces", "namespaces/"):
            response = each.session.get(f"{each.target.apihost}/api/v1/{path}", timeout=30)
            assert response.json() == [own]


def test_same_name_in_two_namespaces(api: Api, neighbour: Api, name: str) -> None:
    api.put(name, python())
    assert neighbour.get(name).status_code == 404
    assert neighbour.put(name, python(ARGS)).json()["namespace"] == "neighbour"
    assert api.invoke(name, result=True).json() == {"greeting": "Hello stranger"}
    record = neighbour.invoke(name).json()
    assert record["response"]["result"] == {"args": {}}
    assert (record["namespace"], record["subject"]) == ("neighbour", "neighbour")
    assert api.activation(record["activationId"]).status_code == 404
    assert neighbour.activation(record["activationId"]).status_code == 200
    assert neighbour.delete(name).status_code == 200
    assert api.get(name).status_code == 200


def test_lists_are_ones_own(api: Api, neighbour: Api, name: str) -> None:
    api.put(name, python())
    activation_id = api.invoke(name).json()["activationId"]
    for path in ("actions?limit=0", "activations?limit=0"):
        assert name not in neighbour.request("GET", path).text
        assert name in api.request("GET", path).text
    assert activation_id not in neighbour.request("GET", "activations?limit=0").text


def test_published_package_may_be_read_and_run(api: Api, shop: str) -> None:
    package = api.elsewhere("GET", "neighbour", f"packages/{shop}").json()
    assert [each["name"] for each in package["actions"]] == ["a"]
    (entry,) = api.elsewhere("GET", "neighbour", f"actions/{shop}/").json()
    assert entry["namespace"] == f"neighbour/{shop}"
    action = api.elsewhere("GET", "neighbour", f"actions/{shop}/a").json()
    assert action["parameters"] == values(p=1)
    record = api.elsewhere(
        "POST", "neighbour", f"actions/{shop}/a?blocking=true", json={"x": 1}
    ).json()
    assert record["response"]["result"] == {"args": {"p": 1, "x": 1}}
    assert (record["namespace"], record["subject"]) == ("guest", "guest")
    assert annotated(record)["path"] == f"neighbour/{shop}/a"
    assert "binding" not in annotated(record)


def test_missing_action_of_a_published_package(api: Api, shop: str) -> None:
    response = api.elsewhere("GET", "neighbour", f"actions/{shop}/nothing")
    assert response.status_code == 404
    assert response.json()["error"] == "The requested resource does not exist."


def test_published_package_may_not_be_changed(api: Api, shop: str) -> None:
    for method, path, resource in (
        ("PUT", f"actions/{shop}/b", f"neighbour/{shop}/b"),
        ("PUT", f"actions/{shop}/a?overwrite=true", f"neighbour/{shop}/a"),
        ("DELETE", f"actions/{shop}/a", f"neighbour/{shop}/a"),
        ("PUT", f"packages/{shop}?overwrite=true", f"neighbour/{shop}"),
        ("DELETE", f"packages/{shop}", f"neighbour/{shop}"),
    ):
        response = api.elsewhere(method, "neighbour", path, json=python())
        assert (response.status_code, response.json()["error"]) == (403, denied(resource))


def test_what_is_not_published_is_refused_like_what_is_not_there(api: Api, private: str) -> None:
    for package in (private, "no_such_package"):
        for method, path, resource in (
            ("GET", f"packages/{package}", f"neighbour/{package}"),
            ("GET", f"actions/{package}/", f"neighbour/{package}"),
            ("GET", f"actions/{package}/a", f"neighbour/{package}"),
            ("POST", f"actions/{package}/a", f"neighbour/{package}"),
            ("PUT", f"actions/{package}/a", f"neighbour/{package}/a"),
            ("DELETE", f"actions/{package}/a", f"neighbour/{package}/a"),
        ):
            response = api.elsewhere(method, "neighbour", path, json={})
            assert (response.status_code, response.json()["error"]) == (403, denied(resource))


def test_action_outside_of_packages_is_its_owners(api: Api, neighbour: Api) -> None:
    neighbour.put("a", python(), overwrite=True)
    for name in ("a", "no_such_action"):
        for method in ("GET", "POST", "PUT", "DELETE"):
            response = api.elsewhere(method, "neighbour", f"actions/{name}", json={})
            assert (response.status_code, response.json()["error"]) == (
                403,
                denied(f"neighbour/{name}"),
            )


def test_packages_of_another_namespace(api: Api, shop: str, private: str) -> None:
    found = api.elsewhere("GET", "neighbour", "packages?limit=0").json()
    names = [each["name"] for each in found]
    assert shop in names
    assert private not in names
    assert all(each["publish"] for each in found)
    count = api.elsewhere("GET", "neighbour", "packages?count=true").json()
    assert count == {"packages": len(names)}


def test_unknown_namespace(api: Api) -> None:
    assert api.elsewhere("GET", "nobody", "packages").json() == []
    for path in ("actions", "activations", "limits", "packages/x"):
        response = api.elsewhere("GET", "nobody", path)
        resource = "nobody/x" if path == "packages/x" else "nobody"
        assert (response.status_code, response.json()["error"]) == (403, denied(resource))


def test_namespaces_share_no_worker(api: Api, neighbour: Api) -> None:
    code = "STATE = []\ndef main(args):\n    STATE.append(1)\n    return {'runs': len(STATE)}\n"
    neighbour.put_package("counting", {"publish": True}, overwrite=True)
    neighbour.put("counting/a", python(code), overwrite=True)
    assert neighbour.invoke("counting/a", result=True).json() == {"runs": 1}
    answer = api.elsewhere(
        "POST", "neighbour", "actions/counting/a?blocking=true&result=true", json={}
    )
    assert answer.json() == {"runs": 1}


def test_action_of_another_gets_the_callers_key_and_namespace(api: Api, neighbour: Api) -> None:
    code = (
        "import os\n"
        "def main(args):\n"
        "    return {'namespace': os.environ['__OW_NAMESPACE'],"
        " 'mine': os.environ['__OW_API_KEY'] == args['key']}\n"
    )
    annotations = values(**{"provide-api-key": True})
    neighbour.put_package("asking", {"publish": True}, overwrite=True)
    neighbour.put("asking/a", python(code, annotations=annotations), overwrite=True)
    answer = api.elsewhere(
        "POST",
        "neighbour",
        "actions/asking/a?blocking=true&result=true",
        json={"key": api.target.auth},
    )
    assert answer.json() == {"namespace": "guest", "mine": True}


def test_namespace_that_comes_and_goes_while_the_playground_runs(
    api: Api, playground: PlaygroundInfo, ours: None
) -> None:
    data_dir = playground.wskprops.parent.parent
    lines = add_namespace(data_dir, "passing").read_text().splitlines()
    auth = dict(line.split("=", 1) for line in lines)["AUTH"]
    visitor = Api(type(api.target)(playground.apihost, auth, True))
    assert visitor.request("GET", "actions").json() == []
    remove_namespace(data_dir, "passing")
    response = visitor.request("GET", "actions")
    assert response.status_code == 401
    assert response.json()["error"] == "The supplied authentication is invalid"
    visitor.session.close()

"""Contract §2.2, §3.1: bindings of one's own packages and of others'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.helpers.api import Api, annotated, python
from tests.contract.helpers.packages import ARGS, ENVIRONMENT, values

ON_BINDING = "Operation not permitted on package binding."


def denied(resource: str) -> str:
    return f"The supplied authentication is not authorized to access '{resource}'."


@pytest.fixture
def provider(api: Api, package: str) -> str:
    """A package with parameters and an action ``a``."""
    api.put_package(package, {"parameters": values(p=1, q=1, r=1, s=1)})
    api.put(f"{package}/a", python(ARGS, parameters=values(r=3, s=3)))
    return package


@pytest.fixture
def published(neighbour: Api) -> Iterator[str]:
    """A package of the neighbour's that everybody may use."""
    name = "published"
    neighbour.put_package(name, {"publish": True, "parameters": values(p=1)}, overwrite=True)
    neighbour.put(f"{name}/a", python(ARGS), overwrite=True)
    yield name
    neighbour.delete_package(name, force=True)


def bind(api: Api, binding: str, provider: str, **more: Any) -> dict[str, Any]:
    response = api.put_package(binding, {"binding": {"namespace": "_", "name": provider}, **more})
    assert response.status_code == 200, response.text
    made: dict[str, Any] = response.json()
    return made


def test_create(api: Api, provider: str, binding: str) -> None:
    made = bind(api, binding, provider, parameters=values(q=2))
    own = made["namespace"]
    assert made["binding"] == {"namespace": own, "name": provider}
    assert annotated(made) == {"binding": {"namespace": own, "name": provider}}
    assert made["parameters"] == values(q=2)


def test_get_shows_the_providers_actions_and_both_parameters(
    api: Api, provider: str, binding: str
) -> None:
    made = bind(api, binding, provider, parameters=values(q=2))
    found = api.get_package(binding).json()
    assert (found["namespace"], found["name"]) == (made["namespace"], binding)
    assert found["binding"] == made["binding"]
    assert found["parameters"] == values(p=1, q=2, r=1, s=1)
    assert [each["name"] for each in found["actions"]] == ["a"]


def test_actions_are_shown_where_they_lie(api: Api, provider: str, binding: str) -> None:
    own = bind(api, binding, provider, parameters=values(q=2))["namespace"]
    (entry,) = api.request("GET", f"actions/{binding}/").json()
    assert (entry["namespace"], entry["name"]) == (f"{own}/{provider}", "a")
    action = api.get(f"{binding}/a").json()
    assert action["namespace"] == f"{own}/{provider}"
    assert action["parameters"] == values(p=1, q=2, r=3, s=3)


def test_run(api: Api, provider: str, binding: str) -> None:
    own = bind(api, binding, provider, parameters=values(q=2, r=2, s=2))["namespace"]
    record = api.invoke(f"{binding}/a", {"s": 4}).json()
    assert record["response"]["result"] == {"args": {"p": 1, "q": 2, "r": 3, "s": 4}}
    assert annotated(record)["path"] == f"{own}/{provider}/a"
    assert annotated(record)["binding"] == f"{own}/{binding}"
    ids = [each["activationId"] for each in api.activations(name=f"{binding}/a").json()]
    assert ids == [record["activationId"]]


def test_init_parameters_of_package_and_binding_have_workers_of_their_own(
    api: Api, package: str, binding: str
) -> None:
    secret = {"key": "secret", "value": "package", "init": True}
    api.put_package(package, {"parameters": [secret]})
    api.put(f"{package}/a", python(ENVIRONMENT))
    bind(api, binding, package, parameters=[{**secret, "value": "binding"}])
    for _ in range(2):
        assert api.invoke(f"{package}/a", result=True).json()["seen"] == "package"
        assert api.invoke(f"{binding}/a", result=True).json()["seen"] == "binding"


def test_provider_that_changed(api: Api, provider: str, binding: str) -> None:
    bind(api, binding, provider)
    api.invoke(f"{binding}/a")
    api.put_package(provider, {"parameters": values(new=1)}, overwrite=True)
    answer = api.invoke(f"{binding}/a", result=True).json()
    assert answer == {"args": {"new": 1, "r": 3, "s": 3}}


def test_update_keeps_what_is_bound(api: Api, provider: str, binding: str) -> None:
    made = bind(api, binding, provider, annotations=values(binding="mine", a=1))
    assert annotated(made) == {"a": 1, "binding": made["binding"]}
    body = {"annotations": values(b=2, binding="mine")}
    again = api.put_package(binding, body, overwrite=True).json()
    assert again["version"] == "0.0.2"
    assert again["binding"] == made["binding"]
    assert annotated(again) == {"b": 2, "binding": made["binding"]}


def test_package_does_not_become_a_binding(api: Api, provider: str, binding: str) -> None:
    api.put_package(binding)
    response = api.put_package(
        binding, {"binding": {"namespace": "_", "name": provider}}, overwrite=True
    )
    assert response.status_code == 409
    assert response.json()["error"] == (
        "Resource is a package and cannot be converted into a binding."
    )


def test_provider_that_is_missing(api: Api, binding: str) -> None:
    body = {"binding": {"namespace": "_", "name": "no_such_package"}}
    response = api.put_package(binding, body)
    assert response.status_code == 400
    assert response.json()["error"] == "Binding references a package that does not exist."


def test_provider_that_is_a_binding(api: Api, provider: str, binding: str) -> None:
    bind(api, binding, provider)
    response = api.put_package(f"{binding}2", {"binding": {"namespace": "_", "name": binding}})
    assert response.status_code == 400
    assert response.json()["error"] == "Cannot bind to another package binding."


def test_provider_that_is_an_action(api: Api, name: str, binding: str) -> None:
    api.put(name, python())
    response = api.put_package(binding, {"binding": {"namespace": "_", "name": name}})
    assert response.status_code == 409
    assert response.json()["error"] == "Cannot bind to a resource that is not a package."


def test_empty_binding_is_none(api: Api, package: str) -> None:
    assert api.put_package(package, {"binding": {}}).json()["binding"] == {}


def test_put_and_delete_through_a_binding(api: Api, provider: str, binding: str) -> None:
    bind(api, binding, provider)
    for response in (
        api.put(f"{binding}/b", python()),
        api.put(f"{binding}/a", python(), overwrite=True),
        api.delete(f"{binding}/a"),
    ):
        assert (response.status_code, response.json()["error"]) == (400, ON_BINDING)


def test_provider_that_was_deleted(api: Api, provider: str, binding: str) -> None:
    own = bind(api, binding, provider)["namespace"]
    api.delete_package(provider, force=True)
    named = api.get_package(binding)
    assert named.status_code == 404
    assert named.json()["error"] == f"The requested resource '{own}/{binding}' does not exist."
    response = api.invoke(f"{binding}/a")
    assert response.status_code == 404
    assert response.json()["error"] == "The requested resource does not exist."
    assert api.delete_package(binding).status_code == 200


def test_binding_of_anothers_package(api: Api, published: str, binding: str) -> None:
    body = {
        "binding": {"namespace": "neighbour", "name": published},
        "parameters": values(q=2),
    }
    made = api.put_package(binding, body).json()
    assert made["binding"] == {"namespace": "neighbour", "name": published}
    record = api.invoke(f"{binding}/a", {"r": 3}).json()
    assert record["namespace"] == made["namespace"]
    assert record["response"]["result"] == {"args": {"p": 1, "q": 2, "r": 3}}
    assert annotated(record)["path"] == f"neighbour/{published}/a"
    assert annotated(record)["binding"] == f"{made['namespace']}/{binding}"
    assert api.get_package(binding).json()["parameters"] == values(p=1, q=2)


def test_package_that_is_published_no_longer(
    api: Api, neighbour: Api, published: str, binding: str
) -> None:
    own = api.put_package(
        binding, {"binding": {"namespace": "neighbour", "name": published}}
    ).json()["namespace"]
    assert api.invoke(f"{binding}/a").status_code == 200
    neighbour.put_package(published, {"publish": False}, overwrite=True)
    response = api.invoke(f"{binding}/a")
    assert (response.status_code, response.json()["error"]) == (403, denied(f"{own}/{binding}"))
    response = api.get_package(binding)
    assert (response.status_code, response.json()["error"]) == (403, denied(f"{own}/{binding}"))


@pytest.mark.parametrize("name", ["private", "no_such_package"])
def test_binding_of_what_is_not_published_tells_nothing(
    api: Api, neighbour: Api, binding: str, name: str
) -> None:
    neighbour.put_package("private", {}, overwrite=True)
    response = api.put_package(binding, {"binding": {"namespace": "neighbour", "name": name}})
    assert (response.status_code, response.json()["error"]) == (403, denied(f"neighbour/{name}"))


def test_binding_of_anothers_is_not_for_third_parties(
    api: Api, neighbour: Api, provider: str, binding: str
) -> None:
    """A binding is its owner's alone, published or not."""
    own = bind(api, binding, provider, publish=True)["namespace"]
    for method, path in (("GET", f"actions/{binding}/a"), ("POST", f"actions/{binding}/a")):
        response = neighbour.elsewhere(method, own, path)
        assert response.status_code == 403
        assert response.json()["error"] == denied(f"{own}/{binding}")

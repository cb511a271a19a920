"""Contract §1.1: the document at /api/v1/api-docs, and whether it tells the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from openapi_spec_validator import validate

from tests.contract.helpers.api import TIMEOUT_S, Api, Target, python
from tests.contract.helpers.openapi import Document

NS = "/api/v1/namespaces/{namespace}"

Do = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def document(target: Target) -> Document:
    if not target.is_playground:
        pytest.skip("upstream's tells less")
    response = requests.get(f"{target.apihost}/api/v1/api-docs", timeout=TIMEOUT_S)
    assert response.status_code == 200
    return Document(response.json())


@pytest.fixture
def do(api: Api, document: Document) -> Do:
    """Send a request, and hold the reply against what the document tells of its path."""

    def send(method: str, told: str, path: str, status: int, **options: Any) -> requests.Response:
        response = api.request(method, path, **options)
        assert response.status_code == status, response.text
        document.check(method, f"{NS}/{told}", response)
        return response

    return send


@pytest.fixture
def entities(api: Api, name: str) -> Iterator[str]:
    """A name for one of each; whatever gets it is deleted."""
    yield name
    for path in (f"rules/{name}_r", f"triggers/{name}_t", f"packages/{name}_p?force=true"):
        api.request("DELETE", path)


def test_it_asks_for_no_key_and_is_openapi(document: Document) -> None:
    validate(document.content)


def test_where_it_is_said_to_be(target: Target, document: Document) -> None:
    info = requests.get(f"{target.apihost}/api/v1", timeout=TIMEOUT_S)
    where = info.json()["swagger_paths"]["api-docs"]
    response = requests.get(f"{target.apihost}/api/v1{where}", timeout=TIMEOUT_S)
    assert response.json() == document.content
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/", "/api/v1", "/api/v1/api-docs", "/ping"])
def test_host(target: Target, document: Document, path: str) -> None:
    document.check("GET", path, requests.get(f"{target.apihost}{path}", timeout=TIMEOUT_S))


def test_namespaces(api: Api, document: Document, do: Do) -> None:
    response = api.session.get(f"{api.target.apihost}/api/v1/namespaces", timeout=TIMEOUT_S)
    document.check("GET", "/api/v1/namespaces", response)
    do("GET", "limits", "limits", 200)


def test_actions(do: Do, entities: str) -> None:
    one, path = "actions/{name}", f"actions/{entities}"
    do("GET", one, path, 404)
    body = {
        **python(),
        "parameters": [{"key": "name", "value": 1, "init": True}, {"key": "b", "value": None}],
        "annotations": [{"key": "a", "value": [1]}],
    }
    do("PUT", one, path, 200, json=body)
    do("PUT", one, path, 409, json=body)
    do("PUT", one, path, 400, data=b"{", headers={"Content-Type": "application/json"})
    do("PUT", one, path, 415, data=b"{}", headers={"Content-Type": "text/plain"})
    do("GET", one, path, 200)
    do("GET", one, f"{path}?code=false", 200)
    do("GET", "actions", "actions", 200)
    do("GET", "actions", "actions?count=true", 200)
    do("GET", "actions", "actions?limit=1000", 400)
    do("DELETE", one, path, 200)


def test_runs(do: Do, entities: str) -> None:
    one, path = "actions/{name}", f"actions/{entities}"
    code = "def main(args):\n    return {'error': 'no'} if 'fail' in args else args\n"
    do("PUT", one, path, 200, json=python(code))
    ran = do("POST", one, f"{path}?blocking=true", 200, json={}).json()
    do("POST", one, f"{path}?blocking=true&result=true", 200, json={"a": 1})
    do("POST", one, path, 202, json={})
    do("POST", one, f"{path}?blocking=true", 502, json={"fail": True})
    do("POST", one, path, 400, json=[])
    do("GET", "activations", f"activations?name={entities}", 200)
    do("GET", "activations", f"activations?name={entities}&docs=true", 200)
    do("GET", "activations", "activations?count=true", 200)
    do("GET", "activations", "activations?since=x", 400)
    record = f"activations/{ran['activationId']}"
    for part in ("", "/result", "/logs"):
        do("GET", f"activations/{{activation_id}}{part}", f"{record}{part}", 200)
    do("GET", "activations/{activation_id}", f"activations/{'0' * 32}", 404)


def test_blackbox(do: Do, entities: str) -> None:
    one, path = "actions/{name}", f"actions/{entities}"
    do("PUT", one, path, 200, json={"exec": {"kind": "blackbox", "image": "some/image"}})
    do("GET", one, path, 200)
    do("POST", one, f"{path}?blocking=true", 502, json={})


def test_sequences(do: Do, entities: str) -> None:
    part, whole = f"{entities}_p/a", f"actions/{entities}"
    do("PUT", "packages/{package}", f"packages/{entities}_p", 200, json={})
    do("PUT", "actions/{package}/{name}", f"actions/{part}", 200, json=python())
    sequence = {"exec": {"kind": "sequence", "components": [f"/_/{part}"]}}
    do("PUT", "actions/{name}", whole, 200, json=sequence)
    do("GET", "actions/{name}", whole, 200)
    do("GET", "actions", "actions", 200)
    ran = do("POST", "actions/{name}", f"{whole}?blocking=true", 200, json={}).json()
    do("GET", "activations/{activation_id}", f"activations/{ran['activationId']}", 200)
    do("GET", "activations", f"activations?name={entities}", 200)


def test_packages(do: Do, entities: str) -> None:
    package, binding = f"{entities}_p", entities
    one = "packages/{package}"
    do("PUT", one, f"packages/{package}", 200, json={"parameters": [{"key": "a", "value": 1}]})
    inside = "actions/{package}/{name}"
    do("PUT", inside, f"actions/{package}/a", 200, json=python())
    feed = {**python(), "annotations": [{"key": "feed", "value": True}]}
    do("PUT", inside, f"actions/{package}/feed", 200, json=feed)
    do("GET", inside, f"actions/{package}/a", 200)
    do("POST", inside, f"actions/{package}/a?blocking=true", 200, json={})
    do("GET", "actions/{package}/", f"actions/{package}/", 200)
    do("GET", one, f"packages/{package}", 200)
    bound = {"binding": {"namespace": "_", "name": package}}
    do("PUT", one, f"packages/{binding}", 200, json=bound)
    do("GET", one, f"packages/{binding}", 200)
    do("GET", "packages", "packages", 200)
    do("GET", "packages", "packages?count=true", 200)
    do("DELETE", one, f"packages/{binding}", 200)
    do("DELETE", inside, f"actions/{package}/a", 200)
    do("DELETE", one, f"packages/{package}", 409)
    do("DELETE", one, f"packages/{package}?force=true", 200)


def test_triggers_and_rules(do: Do, entities: str) -> None:
    trigger, rule = "triggers/{name}", "rules/{name}"
    t, r = f"triggers/{entities}_t", f"rules/{entities}_r"
    do("PUT", trigger, t, 200, json={})
    do("POST", trigger, t, 204, json={})
    do("PUT", "actions/{name}", f"actions/{entities}", 200, json=python())
    body = {"trigger": f"/_/{entities}_t", "action": f"/_/{entities}"}
    do("PUT", rule, r, 200, json=body)
    do("GET", rule, r, 200)
    do("GET", "rules", "rules", 200)
    do("GET", "triggers", "triggers", 200)
    do("GET", trigger, t, 200)
    fired = do("POST", trigger, t, 202, json={"a": 1}).json()
    # A trigger's record, which has no end.
    do("GET", "activations/{activation_id}", f"activations/{fired['activationId']}", 200)
    do("GET", "activations", f"activations?name={entities}_t", 200)
    do("POST", rule, r, 200, json={"status": "inactive"})
    do("POST", rule, r, 400, json={"status": "asleep"})
    do("DELETE", rule, r, 200)
    do("DELETE", trigger, t, 200)
    do("GET", trigger, t, 404)


def test_refusals_of_keys(api: Api, document: Document) -> None:
    url = f"{api.target.apihost}/api/v1/namespaces/_/actions"
    document.check("GET", f"{NS}/actions", requests.get(url, timeout=TIMEOUT_S))
    response = api.elsewhere("GET", "other", "actions")
    assert response.status_code == 403
    document.check("GET", f"{NS}/actions", response)

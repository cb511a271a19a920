"""An action of a package, named as lists spell its namespace: ``ns/pkg`` as one segment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.contract.helpers.api import Api, python


@pytest.fixture
def listed(api: Api, package: str) -> Iterator[str]:
    """The namespace that the list tells for an action ``hello`` of a package."""
    assert api.put_package(package).status_code == 200
    assert api.put(f"{package}/hello", python()).status_code == 200
    (entry,) = api.request("GET", f"actions/{package}/").json()
    assert entry["namespace"].endswith(f"/{package}")
    yield entry["namespace"]


def ask(api: Api, method: str, namespace: str) -> requests.Response:
    segment = namespace.replace("/", "%2F")
    url = f"{api.target.apihost}/api/v1/namespaces/{segment}/actions/hello"
    return api.session.request(method, url, params={"blocking": "true"}, timeout=60)


def test_action_is_read_in_the_namespace_of_its_list_entry(api: Api, listed: str) -> None:
    response = ask(api, "GET", listed)
    assert response.status_code == 200
    assert response.json()["namespace"] == listed


def test_action_is_invoked_in_the_namespace_of_its_list_entry(api: Api, listed: str) -> None:
    response = ask(api, "POST", listed)
    assert response.json()["response"]["result"] == {"greeting": "Hello stranger"}


def test_action_is_deleted_in_the_namespace_of_its_list_entry(api: Api, listed: str) -> None:
    assert ask(api, "DELETE", listed).status_code == 200
    assert ask(api, "GET", listed).status_code == 404

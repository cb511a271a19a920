"""What ``aio rt activation logs`` asks for before it reads logs (contract §6)."""

from __future__ import annotations

import pytest
import requests

from tests.contract.helpers.api import CHALLENGE, Api

pytestmark = pytest.mark.usefixtures("ours")


def forwarding(api: Api, namespace: str, method: str = "GET") -> requests.Response:
    url = f"{api.target.apihost}/runtime/namespaces/{namespace}/logForwarding"
    return api.session.request(method, url, timeout=30)


@pytest.mark.parametrize("namespace", ["guest", "_"])
def test_logs_are_forwarded_nowhere(api: Api, namespace: str) -> None:
    response = forwarding(api, namespace)
    assert response.status_code == 200
    assert response.json() == {"adobe_io_runtime": {}}


def test_log_forwarding_is_refused_without_a_key(api: Api) -> None:
    url = f"{api.target.apihost}/runtime/namespaces/guest/logForwarding"
    response = api.session.get(url, auth=lambda request: request, timeout=30)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == CHALLENGE


def test_log_forwarding_is_refused_for_another_namespace(neighbour: Api) -> None:
    response = forwarding(neighbour, "guest")
    assert response.status_code == 403
    assert "is not authorized to access 'guest'" in response.json()["error"]


def test_log_forwarding_cannot_be_changed(api: Api) -> None:
    assert forwarding(api, "guest", "PUT").status_code == 405

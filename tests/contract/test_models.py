"""The playground's own model store: put with the key, read with an address of its own."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest
import requests

from tests.contract.helpers.api import TIMEOUT_S, Api

pytestmark = pytest.mark.usefixtures("ours")


def model() -> tuple[str, bytes]:
    data = os.urandom(3_000_000)
    return hashlib.sha256(data).hexdigest(), data


def ask(api: Api, method: str, path: str = "", **options: Any) -> requests.Response:
    url = f"{api.target.apihost}/faas/models{path}"
    return api.session.request(method, url, timeout=TIMEOUT_S, **options)


def read(api: Api, url: str) -> requests.Response:
    """As an action reads: without a key."""
    return requests.get(f"{api.target.apihost}{url}", timeout=TIMEOUT_S)


def sent(api: Api) -> tuple[str, bytes, str]:
    sha256, data = model()
    answer = ask(api, "PUT", f"/{sha256}", data=data)
    assert answer.status_code == 200, answer.text
    return sha256, data, answer.json()["url"]


def entry(api: Api, sha256: str) -> dict[str, Any]:
    (found,) = (each for each in ask(api, "GET").json() if each["sha256"] == sha256)
    return dict(found)


def test_model_is_put_and_read(api: Api) -> None:
    sha256, data, url = sent(api)
    assert url.startswith(f"/faas/stored/{sha256}?")
    answer = read(api, url)
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert ask(api, "GET", f"/{sha256}").json() == {"sha256": sha256, "url": url}


def test_downloads_are_counted(api: Api) -> None:
    sha256, data, url = sent(api)
    assert entry(api, sha256) == {"sha256": sha256, "size": len(data), "downloads": 0}
    read(api, url)
    assert entry(api, sha256)["downloads"] == 1


def test_model_of_another_sha256_is_refused(api: Api) -> None:
    sha256, data = model()
    answer = ask(api, "PUT", f"/{sha256}", data=data[1:])
    assert answer.status_code == 400
    assert "does not match its address" in answer.json()["error"]
    assert ask(api, "GET", f"/{sha256}").status_code == 404


@pytest.mark.parametrize("name", ["x", "A" * 64, "0" * 63])
def test_model_that_no_sha256_names_is_refused(api: Api, name: str) -> None:
    assert ask(api, "PUT", f"/{name}", data=b"x").status_code == 400


def test_model_too_large_for_onnx_is_refused(api: Api) -> None:
    # Its length alone is told: nobody sends two gigabytes for this.
    headers = {"Content-Length": str(2**31), "Connection": "close"}
    url = f"{api.target.apihost}/faas/models/{'0' * 64}"
    auth = api.session.auth
    answer = requests.put(url, data=b"", headers=headers, auth=auth, timeout=TIMEOUT_S)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/{}"), ("PUT", "/{}"), ("DELETE", "/{}")],
    ids=["list", "get", "put", "delete"],
)
def test_models_ask_for_the_key(api: Api, method: str, path: str) -> None:
    url = f"{api.target.apihost}/faas/models{path.format('0' * 64)}"
    for auth in (None, ("a", "b")):
        assert requests.request(method, url, auth=auth, timeout=TIMEOUT_S).status_code == 401


def test_address_opens_one_model_only(api: Api) -> None:
    sha256, _, url = sent(api)
    other, _, _ = sent(api)
    refused = [url.replace(sha256, other), url[:-1], url.partition("?")[0], f"{url[:-3]}é"]
    for each in refused:
        answer = read(api, each)
        assert answer.status_code == 403, each
        assert "WWW-Authenticate" not in answer.headers


def test_key_does_not_read_in_the_place_of_an_address(api: Api) -> None:
    sha256, _, _ = sent(api)
    url = f"{api.target.apihost}/faas/stored/{sha256}"
    assert api.session.get(url, timeout=TIMEOUT_S).status_code == 403


def test_models_of_another_namespace_are_not_seen(api: Api, neighbour: Api) -> None:
    sha256, _, _ = sent(api)
    assert ask(neighbour, "GET", f"/{sha256}").status_code == 404
    assert ask(neighbour, "DELETE", f"/{sha256}").status_code == 404
    assert sha256 not in ask(neighbour, "GET").text


def test_model_that_is_removed(api: Api) -> None:
    sha256, _, url = sent(api)
    assert ask(api, "DELETE", f"/{sha256}").status_code == 200
    assert read(api, url).status_code == 404
    assert ask(api, "DELETE", f"/{sha256}").status_code == 404

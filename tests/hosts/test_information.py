"""Where each host tells its kinds and limits, and a deploy to it without any flag."""

from __future__ import annotations

from dataclasses import replace

import pytest
import requests

from jupyter_faas.client import Client, Target
from jupyter_faas.errors import NotAuthorized, TargetNotReachable
from tests.client.helpers.server import Answer, Asked, serving
from tests.hosts.helpers.digitalocean import DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless
from tests.hosts.helpers.provider import Provider

AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64


def client_of(host: Provider) -> Client:
    return Client(
        Target("cloud", "cloud", "openwhisk", host.url, host.key, profile=host.profile.name)
    )


def asked_for(host: Provider, since: int) -> list[str]:
    return [each.path for each in host.asked[since:]]


def test_openserverless_tells_at_api_info(openserverless: OpenServerless) -> None:
    since = len(openserverless.asked)
    info = client_of(openserverless).info()
    assert asked_for(openserverless, since) == ["/", "/api/v1", "/api/info/"]
    assert (info.told, info.limits.max_memory) == (True, 2048)
    assert info.resolve("python:3") == "python:3"
    assert [each for each in info.kinds if each.startswith("python")] == [
        "python:3",
        "python:3.11",
        "python:3.12",
        "python:3.13",
        "python:310",
    ]


def test_digitalocean_tells_at_api_v1_without_credentials(digitalocean: DigitalOcean) -> None:
    since = len(digitalocean.asked)
    info = client_of(digitalocean).info()
    assert asked_for(digitalocean, since) == ["/", "/api/v1"]
    assert all("authorization" not in each.headers for each in digitalocean.asked[since:])
    # /api/v1 tells no limits, so those of the profile count.
    assert (info.told, info.limits.max_memory, info.limits.max_timeout) == (True, 1024, 900_000)


def deaf(asked: Asked) -> Answer:
    """A host of OpenWhisk's API that lists its kinds nowhere."""
    if asked.path == "/api/v1/namespaces":
        return Answer(body=["produ"])
    return Answer(200, content_type="text/html", raw=b"<p>Welcome")


def test_a_host_that_lists_no_kinds_has_the_documented_ones() -> None:
    target = Target("cloud", "cloud", "openwhisk", "http://h", AUTH, profile="digitalocean")
    with serving(deaf) as host:
        info = Client(replace(target, apihost=host.url)).info()
    assert not info.told
    assert "python:3.13" in info.kinds
    assert info.limits.max_memory == 1024


def test_a_web_site_is_not_a_host() -> None:
    def site(asked: Asked) -> Answer:
        return Answer(200, content_type="text/html", raw=b"<p>Welcome")

    with (
        serving(site) as host,
        pytest.raises(
            TargetNotReachable,
            match=r"not return a valid OpenWhisk response \(status 200, text/html",
        ),
    ):
        Client(Target("lab", "lab", "openwhisk", host.url, AUTH)).info()


def test_a_host_that_lists_no_kinds_and_refuses_the_key_says_so() -> None:
    def closed(asked: Asked) -> Answer:
        if asked.path == "/api/v1/namespaces":
            return Answer(401, {"error": "The supplied authentication is invalid"})
        return deaf(asked)

    with serving(closed) as host, pytest.raises(NotAuthorized, match="authentication is invalid"):
        Client(Target("lab", "lab", "openwhisk", host.url, AUTH)).info()


def test_a_redirect_at_the_root_is_not_followed(openserverless: OpenServerless) -> None:
    def moved(asked: Asked) -> Answer:
        if asked.path == "/":
            return Answer(302, None, headers={"Location": "https://www.example.com/login"})
        return openserverless.answer(asked)

    with serving(moved) as host:
        info = Client(Target("lab", "lab", "openwhisk", host.url, AUTH)).info()
    assert "python:310" in info.kinds


def test_only_the_published_paths_lead_to_openserverless(openserverless: OpenServerless) -> None:
    assert requests.get(f"{openserverless.url}/", timeout=5).headers["Content-Type"] == "text/html"
    assert requests.get(f"{openserverless.url}/faas/usage", timeout=5).status_code == 404
    assert "runtimes" not in requests.get(f"{openserverless.url}/api/v1", timeout=5).json()
    assert "runtimes" in requests.get(f"{openserverless.url}/api/info", timeout=5).json()

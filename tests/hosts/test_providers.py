"""The stand-ins themselves: a function really answers behind them, by the rules of the host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from jupyter_faas.errors import ActivationNotFound, NotAuthorized, TargetRefused
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.results import silent
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.hosts.helpers.digitalocean import KEY, TOKEN, DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless
from tests.hosts.helpers.provider import Provider
from tests.hosts.test_information import client_of
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

HALF = """\
%%function half --web
def half(n: int, halves: int = 1):
    for _ in range(halves):
        n = n / 2
    return {"half": n}
"""
ECHO = "def main(args):\n    return {'event': args}\n"


@pytest.fixture(scope="module")
def echoes(openserverless: OpenServerless, digitalocean: DigitalOcean) -> None:
    """An action on both hosts that returns what it gets."""
    for host in (openserverless, digitalocean):
        client_of(host).put_action(
            "echo",
            {
                "exec": {"kind": "python:3.11", "code": ECHO},
                "annotations": [{"key": "web-export", "value": True}],
            },
        )


@contextmanager
def using(host: Provider, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    monkeypatch.setenv("CLOUD_AUTH", host.key)
    workspace = Workspace.open(folder / "faas")
    workspace.target_registry.add(
        TargetSettings(
            "cloud", apihost=host.url, auth_variable="CLOUD_AUTH", profile=host.profile.name
        )
    )
    workspace.use_target("cloud")
    yield workspace


@pytest.mark.parametrize("name", ["openserverless", "digitalocean"])
def test_a_function_is_deployed_without_a_flag_and_answers(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host: Provider = request.getfixturevalue(name)
    with using(host, tmp_path, monkeypatch) as workspace:
        made = workspace.package(function_request(HALF, "half", web=True), run_cell(HALF))
        workspace.deploy(made.record.id)
        found = workspace.invoke("half", {"n": 5})
        assert (found.ok, found.result) == (True, {"half": 2.5})
        assert workspace.activation(found.id).result == {"half": 2.5}
        assert host.zips["half"][:2] == b"PK"
        reply = requests.post(
            f"{host.url}/api/v1/web/{host.namespace}/default/half.json", json={"n": 3}, timeout=20
        )
        assert (reply.status_code, reply.json()) == (200, {"half": 1.5})


@pytest.mark.parametrize("name", ["openserverless", "digitalocean"])
def test_a_function_is_listed_rolled_back_and_removed(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host: Provider = request.getfixturevalue(name)
    with using(host, tmp_path, monkeypatch) as workspace:
        for word in ("one", "two"):
            cell = f"%%function word\ndef word(n: int = 1):\n    return {{'word': {word!r}}}\n"
            made = workspace.package(function_request(cell, "word"), run_cell(cell))
            workspace.deploy(made.record.id)
        assert workspace.invoke("word", {}).result == {"word": "two"}
        assert (
            workspace.deployments.rollback(
                "word", to=None, force=False, progress=silent
            ).rollback_to
            == "0.0.1"
        )
        assert workspace.invoke("word", {}).result == {"word": "one"}
        assert "word" in {one.name for one in workspace.functions()}
        assert {one.name for one in workspace.activations(limit=10, name="word")} == {"word"}
        workspace.remove("word")
        assert not workspace.has("word")


def test_costs_are_those_of_the_type_of_host(
    openserverless: OpenServerless,
    digitalocean: DigitalOcean,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {}
    for host in (openserverless, digitalocean):
        with using(host, tmp_path / host.namespace, monkeypatch) as workspace:
            found[host.profile.name] = workspace.costs.prices.get().name
            workspace.costs.prices.choose("google-run")
            assert workspace.costs.prices.get().name == "google-run"
    assert found == {"openserverless": "digitalocean", "digitalocean": "digitalocean"}


def test_openserverless_passes_web_calls_as_openwhisk_does(
    openserverless: OpenServerless, echoes: None
) -> None:
    url = f"{openserverless.url}/api/my/default/echo.json?n=4"
    event = requests.get(url, timeout=20).json()["event"]
    assert event["n"] == "4"
    assert event["__ow_method"] == "get"


def test_digitalocean_passes_web_calls_as_one_parameter(
    digitalocean: DigitalOcean, echoes: None
) -> None:
    url = f"{digitalocean.url}/api/v1/web/{digitalocean.namespace}/default/echo.json?n=4"
    event = requests.get(url, timeout=20).json()["event"]
    assert set(event) == {"http", "n"}
    assert event["n"] == "4"
    assert (event["http"]["method"], event["http"]["queryString"]) == ("GET", "n=4")


def test_a_web_call_leaves_no_record_at_digitalocean(
    digitalocean: DigitalOcean, echoes: None
) -> None:
    url = f"{digitalocean.url}/api/v1/web/{digitalocean.namespace}/default/echo.json"
    made = requests.get(url, timeout=20).headers["x-openwhisk-activation-id"]
    client = client_of(digitalocean)
    with pytest.raises(ActivationNotFound, match="no activation") as caught:
        client.get_activation(made)
    assert "does not keep records of web requests" in caught.value.hint
    assert "more than 3 days ago" in caught.value.hint
    assert made not in {each.activation_id for each in client.list_activations(limit=100)}


def test_a_blocking_call_is_held_for_the_hosts_time_only(
    digitalocean: DigitalOcean, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(digitalocean)
    code = "import time\ndef main(args):\n    time.sleep(0.6)\n    return {'slept': True}\n"
    client.put_action("sleepy", {"exec": {"kind": "python:3.11", "code": code}})
    monkeypatch.setattr(digitalocean, "wait_ms", 50)
    assert isinstance(client.invoke("sleepy", {}), str)


def test_the_client_waits_as_long_as_the_host_holds_a_call(digitalocean: DigitalOcean) -> None:
    assert client_of(digitalocean).profile.wait_ms == digitalocean.wait_ms == 30_000


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("digitalocean", {"exec": {"kind": "python:3.10", "code": ECHO}}, "'python:3.10' is not"),
        (
            "digitalocean",
            {"exec": {"kind": "python:3.11", "code": ECHO}, "limits": {"memory": 2048}},
            "2048 MB exceeds allowed threshold of 1024 MB",
        ),
        (
            "openserverless",
            {"exec": {"kind": "python:3", "code": ECHO}, "limits": {"timeout": 900_000}},
            "900000 milliseconds exceeds allowed threshold of 300000",
        ),
    ],
    ids=["kind", "memory", "timeout"],
)
def test_what_the_host_does_not_allow_is_refused(
    name: str, body: dict[str, object], words: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(TargetRefused, match=words):
        client_of(request.getfixturevalue(name)).put_action("refused", body)


def test_kinds_and_limits_are_shown_as_they_were_set(
    openserverless: OpenServerless, digitalocean: DigitalOcean
) -> None:
    made = client_of(openserverless).put_action(
        "kind", {"exec": {"kind": "python:3", "code": ECHO}}
    )
    assert made.exec is not None
    assert made.exec.kind == "python:3"
    exec_ = {"kind": "python:3.11", "code": ECHO}
    body = {"exec": exec_, "limits": {"timeout": 900_000}}
    assert client_of(digitalocean).put_action("long", body).limits.timeout == 900_000


@pytest.mark.parametrize("name", ["openserverless", "digitalocean"])
def test_another_key_is_refused(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    host: Provider = request.getfixturevalue(name)
    client = client_of(host)
    assert client.namespaces() == [host.namespace]
    monkeypatch.setattr(host, "key", "another:key")
    with pytest.raises(NotAuthorized, match="authentication is invalid"):
        client.namespaces()


def test_a_login_at_openserverless_returns_the_key(openserverless: OpenServerless) -> None:
    url = f"{openserverless.url}/api/v1/web/whisk-system/nuv/login"
    given = {"login": "produ", "password": "s3cret"}
    assert requests.post(url, json=given, timeout=5).json()["AUTH"] == openserverless.key
    assert requests.post(url, json={**given, "password": "x"}, timeout=5).status_code == 401


def test_cron_runs_annotated_actions_without_parameters(openserverless: OpenServerless) -> None:
    client = client_of(openserverless)
    notes = [{"key": "cron", "value": "*/30 * * * *"}]
    body = {"exec": {"kind": "python:3.11", "code": ECHO}, "annotations": notes}
    client.put_action("tick", body)
    (made,) = openserverless.run_cron()
    assert client.get_activation(made).name == "tick"


def test_the_control_plane_of_digitalocean_keeps_triggers(digitalocean: DigitalOcean) -> None:
    base = f"{digitalocean.url}/v2/functions/namespaces"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert requests.get(base, timeout=5).status_code == 401
    (one,) = requests.get(base, headers=headers, timeout=5).json()["namespaces"]
    assert one["namespace"] == digitalocean.namespace
    url = f"{base}/{digitalocean.namespace}/triggers"
    trigger = {
        "name": "nightly",
        "function": "echo",
        "type": "SCHEDULED",
        "is_enabled": True,
        "scheduled_details": {"cron": "0 3 * * *", "body": {}},
    }
    requests.post(url, json=trigger, headers=headers, timeout=5).raise_for_status()
    assert requests.get(url, headers=headers, timeout=5).json() == {"triggers": [trigger]}
    assert requests.delete(f"{url}/nightly", headers=headers, timeout=5).status_code == 204
    assert digitalocean.triggers == {}


def test_credentials_have_the_form_of_each_hosts_tool(
    openserverless: OpenServerless, digitalocean: DigitalOcean, tmp_path: Path
) -> None:
    text = openserverless.write_wskprops(tmp_path / ".wskprops").read_text()
    assert f"APIHOST={openserverless.url}\nAUTH=" in text
    path = digitalocean.write_doctl(tmp_path / ".config")
    assert KEY in path.read_text()
    assert path.stat().st_mode & 0o077 == 0

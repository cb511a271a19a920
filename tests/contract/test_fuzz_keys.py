"""Every route, with no key, a wrong one and another's: nothing of a namespace is to be had."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from jupyter_faas.playground import PlaygroundInfo
from jupyter_faas.playground.http.routes import Resource, routes
from jupyter_faas.whisk.inputs import KEEP_INPUTS
from tests.contract.helpers.api import TIMEOUT_S, Api, Target, python
from tests.contract.helpers.apis import Apis

# Whoever wants may call these: the address of a model is its key, and web actions have theirs.
OPEN = frozenset(
    (
        *("/", "/ping", "/invokers", "/invokers/", "/api/v1", "/api/v1/", "/api/v1/api-docs"),
        *("/api/v1/web/{rest:path}", "/api/gw/{rest:path}", "/faas/stored/{sha256}"),
    )
)
# Nothing is there for anybody.
REFUSED = "/api/v1/namespaces/{namespace}/limits/{entity}"
SECRET = "walled_secret"
MODEL = b"walled_secret model"
SHA256 = hashlib.sha256(MODEL).hexdigest()
OPERATIONS = [
    (method, route.path)
    for route in routes()
    if isinstance(route.endpoint, Resource)
    for method in route.endpoint.methods
]
KEYED = [each for each in OPERATIONS if each[1] not in OPEN]

WRONG = (
    "Basic",
    "Basic QQ==",
    "Basic !!!",
    "Bearer x",
    "Basic " + base64.b64encode(b"guest:").decode(),
    "Basic " + base64.b64encode(b"23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + b"k" * 64).decode(),
)


class Walled:
    """Something of everything in guest's namespace, all named or holding ``SECRET``."""

    def __init__(self, api: Api) -> None:
        self.api = api
        kept = [{"key": KEEP_INPUTS, "value": {"last": 5}}, {"key": "web-export", "value": True}]
        parameters = [{"key": "a", "value": SECRET}]
        echo = python("def main(args):\n    return args\n", annotations=kept, parameters=parameters)
        api.put(SECRET, echo, overwrite=True)
        self.package = f"{SECRET}_package"
        api.put_package(self.package, {}, overwrite=True)
        api.put(f"{self.package}/{SECRET}", echo, overwrite=True)
        put = {"params": {"overwrite": "true"}}
        api.request("PUT", f"triggers/{SECRET}_trigger", json={}, **put)
        rule = {"trigger": f"/_/{SECRET}_trigger", "action": f"/_/{SECRET}"}
        api.request("PUT", f"rules/{SECRET}_rule", json=rule, **put)
        self.activation: str = api.invoke(SECRET, {"b": SECRET}).json()["activationId"]
        stored = self._model("PUT", data=MODEL)
        assert stored.status_code == 200, stored.text

    def close(self) -> None:
        self.api.request("DELETE", f"rules/{SECRET}_rule")
        self.api.request("DELETE", f"triggers/{SECRET}_trigger")
        self.api.request("DELETE", f"packages/{self.package}", params={"force": "true"})
        self.api.delete(SECRET)
        self._model("DELETE")

    def path(self, template: str, namespace: str = "guest") -> str:
        of_its_own = {"triggers": f"{SECRET}_trigger", "rules": f"{SECRET}_rule"}
        collection = next((each for each in of_its_own if f"/{each}/" in template), "")
        fields = {
            "namespace": namespace,
            "package": self.package,
            "name": of_its_own.get(collection, SECRET),
            "activation_id": self.activation,
            "entity": "timeout",
            "sha256": SHA256,
            "rest:path": f"guest/default/{SECRET}",
        }
        return re.sub(r"\{([\w:]+)\}", lambda found: fields[found[1]], template)

    def all(self) -> dict[str, Any]:
        """What is there, to see that it is still there and as it was."""
        found = {
            each: self.api.request("GET", each).json()
            for each in ("actions", "packages", "triggers", "rules")
        }
        activations = self.api.activations(name=SECRET).json()
        return {**found, "activations": activations, "model": self._model("GET").status_code}

    def _model(self, method: str, **options: Any) -> requests.Response:
        url = f"{self.api.target.apihost}/faas/models/{SHA256}"
        return self.api.session.request(method, url, timeout=TIMEOUT_S, **options)


@pytest.fixture(scope="module")
def walled(api: Api, target: Target) -> Iterator[Walled]:
    if not target.is_playground:
        pytest.skip("this is the playground's own")
    found = Walled(api)
    yield found
    found.close()


def ask(url: str, method: str, key: str | None, **options: Any) -> requests.Response:
    headers = {} if key is None else {"Authorization": key}
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            method, url, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, **options
        )


def body(method: str) -> dict[str, Any]:
    return {"json": {}} if method in ("PUT", "POST") else {}


@pytest.mark.parametrize(("method", "template"), KEYED)
def test_without_a_key_of_the_playground(walled: Walled, method: str, template: str) -> None:
    url = walled.api.target.apihost + walled.path(template)
    for key in (None, *WRONG):
        response = ask(url, method, key, **body(method))
        assert response.status_code == 401, (key, response.text)
        assert response.headers["WWW-Authenticate"].startswith("Basic")
        assert set(response.json()) == {"error", "code"}


@pytest.mark.parametrize(
    # Of those that run now there is none.
    "template",
    [path for method, path in KEYED if method == "GET" and path not in ("/faas/sessions", REFUSED)],
)
def test_with_the_key_of_its_own(walled: Walled, template: str) -> None:
    """There is something to be had, or the others would prove nothing."""
    url = walled.api.target.apihost + walled.path(template)
    params = {"name": SECRET} if template == "/faas/inputs" else {}
    response = walled.api.session.get(url, params=params, timeout=TIMEOUT_S)
    assert response.status_code == 200, response.text
    assert response.json()


@pytest.mark.parametrize(("method", "template"), KEYED)
def test_with_the_key_of_another_namespace(
    walled: Walled, neighbour: Api, method: str, template: str
) -> None:
    before = walled.all()
    key = "Basic " + base64.b64encode(neighbour.target.auth.encode()).decode()
    url = walled.api.target.apihost + walled.path(template)
    response = ask(url, method, key, params={"overwrite": "true"}, **body(method))
    if template == REFUSED:  # as for its owner
        assert response.status_code == 400, response.text
    elif "{namespace}" in template:
        lists_packages = template.rstrip("/").endswith("/packages")
        assert response.status_code == (200 if lists_packages else 403), response.text
    else:
        assert response.status_code in (200, 400, 404), response.text
    if response.ok:  # What it was told of is its own: nothing, that is.
        assert SECRET not in response.text
        assert SHA256 not in response.text
    assert walled.all() == before


@pytest.mark.parametrize(("method", "template"), OPERATIONS)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1@evil.example", "127.0.0.1.evil:80"])
def test_host_of_someone_else(walled: Walled, method: str, template: str, host: str) -> None:
    path = walled.path(template)
    key = base64.b64encode(walled.api.target.auth.encode()).decode()
    port = int(walled.api.target.apihost.rpartition(":")[2])
    for target, header in ((path, host), (f"http://{host}{path}", "127.0.0.1")):
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
            connection.sendall(
                f"{method} {target} HTTP/1.1\r\nHost: {header}\r\nAuthorization: Basic {key}\r\n"
                "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        assert answer.startswith(b"HTTP/1.1 403 "), target
        assert SECRET.encode() not in answer


@pytest.mark.parametrize(
    "host",
    [
        *("localhost.", "LOCALHOST:1:2", "127.0.0.1/", "127.0.0.1#", "127.0.0.1?x", "[::1]x"),
        *("evil@127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "0", "[::ffff:7f00:1]", "::1"),
        *("localhost evil", "localhost,evil", "127.0.0.1\\@evil", "localhost:99999999"),
    ],
)
def test_host_that_is_nearly_this_machine(walled: Walled, host: str) -> None:
    port = int(walled.api.target.apihost.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        connection.sendall(f"GET /ping HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert re.match(rb"HTTP/1\.1 40[03] ", connection.recv(65536))


def test_two_hosts_are_one_too_many(walled: Walled) -> None:
    port = int(walled.api.target.apihost.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        connection.sendall(b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(("method", "template"), OPERATIONS)
def test_page_of_another_origin_has_nothing_of_the_users(
    walled: Walled, method: str, template: str
) -> None:
    """It may read what it gets, but no browser sends a key along for it."""
    url = walled.api.target.apihost + walled.path(template)
    for verb in (method, "OPTIONS"):
        origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": method}
        response = requests.request(verb, url, headers=origin, timeout=TIMEOUT_S)
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert response.headers.get("Access-Control-Allow-Origin", "*") == "*"
        assert "Set-Cookie" not in response.headers


def test_route_of_the_gateway_is_not_for_another_host(walled: Walled) -> None:
    apis = Apis(walled.api)
    url = apis.route("/walled", "/a", "get", SECRET)
    try:
        response = requests.get(f"{url}/a", headers={"Host": "evil.example"}, timeout=TIMEOUT_S)
        assert response.status_code == 403
    finally:
        apis.delete(basepath="/walled")


@pytest.mark.parametrize(
    "path",
    [
        *("/faas/models/..%2f..%2fnamespaces.json", "/faas/models/%2e%2e", "/faas/inputs/..%2f"),
        *("/faas/models/..%5c..", f"/faas/models/{SHA256}%00", f"/faas/models/{SHA256.upper()}"),
        *("/faas/models/./../../wskprops", "/faas/sessions/%2e%2e%2f", "/faas/inputs/%00"),
    ],
)
def test_path_that_leads_elsewhere(walled: Walled, path: str) -> None:
    request = requests.Request("GET", walled.api.target.apihost)
    prepared = walled.api.session.prepare_request(request)
    prepared.url = walled.api.target.apihost + path
    response = walled.api.session.send(prepared, timeout=TIMEOUT_S)
    # What is nowhere outside the API is 405 (contract §1).
    assert response.status_code in (400, 404, 405)
    assert set(response.json()) == {"error", "code"}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"namespace": "guest"},
        {"namespace": "guest", "token": "0" * 64},
        {"namespace": "../guest", "token": ""},
        {"namespace": "neighbour", "token": "\0"},
    ],
)
def test_model_without_its_address(walled: Walled, query: dict[str, str]) -> None:
    url = f"{walled.api.target.apihost}/faas/stored/{SHA256}"
    response = requests.get(url, params=query, timeout=TIMEOUT_S)
    assert response.status_code == 403
    assert MODEL not in response.content


def test_no_key_is_in_the_log(playground: PlaygroundInfo, walled: Walled, neighbour: Api) -> None:
    log = playground.wskprops.with_name("playground.log").read_text()
    for api in (walled.api, neighbour):
        assert api.target.auth.partition(":")[2] not in log

"""A playground that was started with ``--tls``: https as clients that insist on it use it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.contract.helpers.api import HELLO, TIMEOUT_S, Api, Target, annotated, node, python

HOST = """
import json, os, urllib.request

def main(args):
    host, key = os.environ["__OW_API_HOST"], os.environ["__OW_API_KEY"]
    login = urllib.request.HTTPPasswordMgrWithPriorAuth()
    login.add_password(None, host, *key.split(":"), is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(login))
    with opener.open(host + "/api/v1/namespaces") as answer:
        return {"host": host, "namespaces": json.load(answer)}
"""

CLIENT_JS = """
const openwhisk = require('openwhisk')
exports.main = async () => ({
  name: (await openwhisk().actions.get('client')).name,
  certificates: process.env.__OW_IGNORE_CERTS || 'checked'
})
"""


@pytest.fixture(scope="module")
def started(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundInfo]:
    if not target.is_playground:
        pytest.skip("this is the playground's own")
    data_dir: Path = tmp_path_factory.mktemp("playground_with_tls")
    yield start(data_dir, port=0, tls=True, wait_s=30)
    stop(data_dir)


@pytest.fixture
def secure(started: PlaygroundInfo) -> Iterator[Api]:
    """The API over https, its certificate checked."""
    api = over_https(started)
    yield api
    api.session.close()


def auth_of(info: PlaygroundInfo) -> str:
    (auth,) = (
        line.removeprefix("AUTH=")
        for line in info.wskprops.read_text().splitlines()
        if line.startswith("AUTH=")
    )
    return auth


def over_https(info: PlaygroundInfo) -> Api:
    assert info.https is not None
    api = Api(Target(info.https, auth_of(info), True))
    api.session.verify = str(info.ca)
    return api


def wrapped(info: PlaygroundInfo) -> ssl.SSLSocket:
    connection = socket.create_connection(("127.0.0.1", info.port), timeout=TIMEOUT_S)
    context = ssl.create_default_context(cafile=str(info.ca))
    return context.wrap_socket(connection, server_hostname="127.0.0.1")


def test_a_client_that_trusts_the_ca_can_do_everything(secure: Api) -> None:
    assert secure.put("hello", python(HELLO)).status_code == 200
    invoked = secure.invoke("hello", {"name": "TLS"})
    assert invoked.json()["response"]["result"] == {"greeting": "Hello TLS"}
    record = secure.record(invoked.json()["activationId"])
    assert annotated(record)["kind"].startswith("python:")
    assert secure.delete("hello").status_code == 200


def test_a_client_that_does_not_trust_it_is_not_served(started: PlaygroundInfo) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="certificate verify failed"):
        requests.get(f"{started.https}/ping", timeout=TIMEOUT_S)


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_client_that_checks_nothing_is_served(started: PlaygroundInfo) -> None:
    assert requests.get(f"{started.https}/ping", verify=False, timeout=TIMEOUT_S).text == "pong"


def test_the_environment_can_name_the_ca_to_requests(
    started: PlaygroundInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for lithops, whose ``insecure`` (a session's ``verify``) that variable overrules."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(started.ca))
    with requests.Session() as session:
        session.verify = False
        # A certificate that was not checked would be a warning, hence an error.
        assert session.get(f"{started.https}/ping", timeout=TIMEOUT_S).text == "pong"


def test_http_turned_into_https_finds_the_same_port(started: PlaygroundInfo) -> None:
    (apihost,) = (
        line.removeprefix("APIHOST=")
        for line in started.wskprops.read_text().splitlines()
        if line.startswith("APIHOST=")
    )
    assert apihost == f"http://127.0.0.1:{started.port}"
    rewritten = apihost.replace("http:", "https:")
    answer = requests.get(f"{rewritten}/ping", verify=str(started.ca), timeout=TIMEOUT_S)
    assert answer.text == "pong"


def test_plain_http_is_spoken_as_ever(started: PlaygroundInfo, secure: Api) -> None:
    plain = Api(Target(started.apihost, auth_of(started), True))
    assert plain.put("plain", python(HELLO)).status_code == 200
    assert secure.get("plain").json() == plain.get("plain").json()
    assert plain.delete("plain").status_code == 200
    plain.session.close()


def test_the_machine_may_be_called_localhost(started: PlaygroundInfo) -> None:
    url = f"https://localhost:{started.port}/ping"
    assert requests.get(url, verify=str(started.ca), timeout=TIMEOUT_S).text == "pong"


def test_curl_accepts_it(started: PlaygroundInfo) -> None:
    assert started.ca is not None
    command = ["curl", "--silent", "--show-error", "--cacert", str(started.ca)]
    command += ["--user", auth_of(started), f"{started.https}/api/v1/namespaces"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert (done.returncode, json.loads(done.stdout)) == (0, ["guest"])


def test_curl_without_the_ca_does_not(started: PlaygroundInfo) -> None:
    command = ["curl", "--silent", "--show-error", f"{started.https}/ping"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 60
    assert "certificate" in done.stderr


def test_node_accepts_it(started: PlaygroundInfo) -> None:
    code = """
    const show = answer => answer.on('data', each => console.log(each.toString()))
    require('https').get(process.argv[1], show)
    """
    done = subprocess.run(
        ["node", "-e", code, f"{started.https}/ping"],
        env={"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(started.ca)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert (done.stdout.strip(), done.stderr) == ("pong", "")


def test_connections_are_kept(started: PlaygroundInfo) -> None:
    request = b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with wrapped(started) as connection:
        for _ in range(3):
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"pong"):
                chunk = connection.recv(65536)
                assert chunk, answer
                answer += chunk
            assert answer.startswith(b"HTTP/1.1 200")


def test_target_in_absolute_form(started: PlaygroundInfo) -> None:
    with wrapped(started) as connection:
        head = f"GET {started.https}/ping HTTP/1.1\r\nHost: 127.0.0.1:{started.port}\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"pong")


def test_many_connections_at_once(started: PlaygroundInfo, secure: Api) -> None:
    secure.put("many", python("def main(args):\n    return {'n': args['n']}\n"))

    def one(n: int) -> int:
        api = over_https(started)
        try:
            found: int = api.invoke("many", {"n": n}, result=True).json()["n"]
        finally:
            api.session.close()
        return found

    with ThreadPoolExecutor(30) as threads:
        assert list(threads.map(one, range(60))) == list(range(60))
    secure.delete("many")


def test_a_large_payload_comes_back_whole(secure: Api) -> None:
    secure.put("echo", python("def main(args):\n    return args\n"))
    text = "é" * 160_000  # six bytes each on the way, below 1 MB
    assert secure.invoke("echo", {"text": text}, result=True).json() == {"text": text}
    secure.delete("echo")


def test_actions_are_told_a_host_that_needs_no_certificate(
    started: PlaygroundInfo, secure: Api
) -> None:
    annotations = [{"key": "provide-api-key", "value": True}]
    secure.put("host", python(HOST, annotations=annotations))
    found = secure.invoke("host", result=True).json()
    assert found == {"host": started.apihost, "namespaces": ["guest"]}
    secure.delete("host")


def test_the_openwhisk_client_in_an_action_needs_to_ignore_nothing(secure: Api) -> None:
    annotations = [{"key": "provide-api-key", "value": True}]
    secure.put("client", node(CLIENT_JS, annotations=annotations))
    found = secure.invoke("client", result=True).json()
    assert found == {"name": "client", "certificates": "checked"}
    secure.delete("client")

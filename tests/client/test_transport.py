from __future__ import annotations

import base64
import logging
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_faas.client import Timeouts
from jupyter_faas.client.transport import Transport
from jupyter_faas.errors import ParametersRejected, TargetNotReachable
from tests.client.conftest import SECRET, UUID, target_at
from tests.client.helpers.server import Answer, Asked, closed_port, serving

Connect = Callable[[str], Transport]


def plain(_: Asked) -> Answer:
    return Answer(body={"ok": True})


def in_turn(*answers: Answer) -> Callable[[Asked], Answer]:
    left = list(answers)
    return lambda _: left.pop(0)


def test_a_request_carries_key_agent_and_json(transport: Connect) -> None:
    with serving(plain) as host:
        reply = transport(host.url).send(
            "PUT", "/api/v1/x", query={"overwrite": "true"}, body={"ä": 1}
        )
    (asked,) = host.asked
    assert reply.body == {"ok": True}
    assert (asked.method, asked.path) == ("PUT", "/api/v1/x?overwrite=true")
    assert asked.body == '{"ä": 1}'.encode()
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"] == "jupyter_faas/test"
    encoded = base64.b64encode(f"{UUID}:{SECRET}".encode()).decode()
    assert asked.headers["authorization"] == f"Basic {encoded}"


def test_a_request_without_credentials_sends_no_key(
    transport: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(plain) as host:
        transport(host.url).send("GET", "/", credentials=False)
    assert "authorization" not in host.asked[0].headers


def test_requests_share_one_connection(transport: Connect) -> None:
    with serving(plain) as host:
        session = transport(host.url)
        for _ in range(3):
            session.send("GET", "/")
    assert len({asked.connection for asked in host.asked}) == 1


def test_a_connection_that_the_server_closed_while_idle_is_replaced(transport: Connect) -> None:
    with serving(lambda _: Answer(body={}, close=True)) as host:
        session = transport(host.url)
        session.send("POST", "/", body={})
        assert host.closed.wait(10)
        session.send("POST", "/", body={})
    assert len(host.asked) == 2


def test_a_refused_connection_is_tried_again_for_any_method(
    transport: Connect, pauses: list[float]
) -> None:
    with pytest.raises(TargetNotReachable, match=r"lab\.example is not reachable at http://127.*"):
        transport(f"http://127.0.0.1:{closed_port()}").send("POST", "/", body={})
    assert pauses == [0.1, 0.5]


def test_a_server_that_comes_up_between_tries_is_reached(pauses: list[float]) -> None:
    port = closed_port()
    url = f"http://127.0.0.1:{port}"
    running = []

    def start_server(_: float) -> None:
        context = serving(plain, port)
        context.__enter__()
        running.append(context)

    session = Transport(target_at(url), user_agent="x", timeouts=Timeouts(), pause=start_server)
    try:
        assert session.send("POST", "/", body={}).body == {"ok": True}
    finally:
        for context in running:
            context.__exit__(None, None, None)


def test_a_connection_timeout_is_tried_again(pauses: list[float]) -> None:
    # A listener whose queue is full drops further connection attempts.
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(address)
        session = Transport(
            target_at(f"http://127.0.0.1:{address[1]}"),
            user_agent="x",
            timeouts=Timeouts(connect_s=0.2, read_s=5, pauses_s=(0.1,)),
            pause=pauses.append,
        )
        with pytest.raises(TargetNotReachable, match="no connection in time"):
            session.send("POST", "/", body={})
    assert pauses == [0.1]


def test_a_get_is_repeated_after_a_reset(transport: Connect, pauses: list[float]) -> None:
    with serving(in_turn(Answer(reset=True), Answer(body={"ok": 1}))) as host:
        assert transport(host.url).send("GET", "/").body == {"ok": 1}
    assert len(host.asked) == 2
    assert pauses == [0.1]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_may_have_arrived_is_not_sent_again(
    transport: Connect, pauses: list[float], method: str
) -> None:
    with serving(lambda _: Answer(reset=True)) as host:
        with pytest.raises(TargetNotReachable, match=r"was lost before a response.*\n.*processed"):
            transport(host.url).send(method, "/", body={})
        assert len(host.asked) == 1
    assert pauses == []


def test_a_reset_of_a_kept_connection_does_not_repeat_a_post(transport: Connect) -> None:
    with serving(in_turn(Answer(body={}), Answer(reset=True))) as host:
        session = transport(host.url)
        session.send("POST", "/", body={})
        with pytest.raises(TargetNotReachable, match="was lost"):
            session.send("POST", "/", body={})
        assert len(host.asked) == 2


def test_a_slow_answer_ends_the_wait_and_is_not_asked_again(pauses: list[float]) -> None:
    release = threading.Event()
    with serving(lambda _: Answer(body={}, hold=release)) as host:
        session = Transport(
            target_at(host.url), user_agent="x", timeouts=Timeouts(), pause=pauses.append
        )
        try:
            with pytest.raises(TargetNotReachable, match="did not respond in time"):
                session.send("GET", "/", read_s=0.2)
        finally:
            release.set()
        assert len(host.asked) == 1
    assert pauses == []


@pytest.mark.parametrize(
    ("status", "hint"),
    [(200, "is the API host"), (404, "API host"), (413, "too large"), (502, "proxy")],
)
def test_a_web_page_is_not_openwhisk(transport: Connect, status: int, hint: str) -> None:
    page = Answer(status, raw=b"<html>hello</html>", content_type="text/html; charset=utf-8")
    with serving(lambda _: page) as host, pytest.raises(TargetNotReachable) as caught:
        transport(host.url).send("GET", "/")
    assert (
        f"not return a valid OpenWhisk response (status {status}, text/html)"
        in caught.value.message
    )
    assert hint in caught.value.hint


def test_an_empty_answer_has_no_body(transport: Connect) -> None:
    with serving(lambda _: Answer(204, raw=b"")) as host:
        assert transport(host.url).send("POST", "/", body={}).body is None


def test_a_redirect_is_not_followed_and_its_tokens_are_not_repeated(transport: Connect) -> None:
    with serving(plain) as elsewhere:
        moved = Answer(302, body={}, headers={"Location": f"{elsewhere.url}/login?token=abc"})
        with serving(lambda _: moved) as host, pytest.raises(TargetNotReachable) as caught:
            transport(host.url).send("GET", "/")
        assert elsewhere.asked == []
    assert f"redirects to {elsewhere.url}." in caught.value.message
    assert f"use {elsewhere.url} as the API host" in caught.value.hint
    assert "token" not in str(caught.value)


def test_cookies_are_not_kept(transport: Connect) -> None:
    with serving(lambda _: Answer(body={}, headers={"Set-Cookie": "a=b"})) as host:
        session = transport(host.url)
        session.send("GET", "/")
        session.send("GET", "/")
    assert "cookie" not in host.asked[1].headers


@pytest.mark.parametrize(
    "value", [float("nan"), object(), {1: {object()}}], ids=["nan", "object", "set"]
)
def test_what_is_not_json_is_never_sent(transport: Connect, value: object) -> None:
    with serving(plain) as host:
        with pytest.raises(ParametersRejected, match="not JSON"):
            transport(host.url).send("POST", "/", body={"x": value})
        assert host.asked == []


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    transport: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with serving(plain) as host:
        assert transport(host.url).send("GET", "/").status == 200


def test_the_key_is_in_no_error_and_no_log(
    transport: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(lambda _: Answer(reset=True)) as host:
        for url in (host.url, f"http://127.0.0.1:{closed_port()}"):
            session = transport(url)
            with pytest.raises(TargetNotReachable) as caught:
                session.send("POST", "/", body={})
            cause = caught.value.__cause__
            for text in (str(caught.value), repr(caught.value), repr(cause), repr(session)):
                assert SECRET not in text
    assert SECRET not in caplog.text
    assert base64.b64encode(SECRET.encode()).decode()[:20] not in caplog.text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    whole = folder / "both.pem"
    whole.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return whole


def test_tls_needs_an_accepted_certificate(certificate: Path, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(plain, tls=context) as host:
        with pytest.raises(
            TargetNotReachable, match=r"certificate of lab\.example is not accepted"
        ):
            Transport(target_at(host.url), user_agent="x", timeouts=Timeouts()).send("GET", "/")
        for options in ({"ca": certificate}, {"insecure": True}):
            session = Transport(target_at(host.url, **options), user_agent="x", timeouts=Timeouts())
            assert session.send("GET", "/").status == 200


def test_insecure_holds_against_a_bundle_named_by_the_environment(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import certifi

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(plain, tls=context) as host:
        session = Transport(target_at(host.url, insecure=True), user_agent="x", timeouts=Timeouts())
        session._session.trust_env = True  # as for a host that is not this machine
        assert session.send("GET", "/").status == 200

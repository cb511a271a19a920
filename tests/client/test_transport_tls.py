"""Certificates that are not accepted: why, and what to do about it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import certifi
import pytest

from jupyter_faas.client import Target, Timeouts
from jupyter_faas.client.direct_transport import DirectTransport
from jupyter_faas.client.transport import Transport
from jupyter_faas.errors import TargetNotReachable
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.webserver.certificate import LIFE, server_context
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, serving

NOW = datetime.now(timezone.utc)


@pytest.fixture
def folder(tmp_path: Path) -> DataDirectory:
    """The files of a certificate for this machine."""
    made = DataDirectory(tmp_path)
    made.create()
    server_context(made, NOW)
    return made


def server(folder: DataDirectory) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder.certificate)
    return context


Ask = Callable[[Target], int]


def by_requests(target: Target) -> int:
    transport = Transport(target, user_agent="x", timeouts=Timeouts(2, 10, ()))
    try:
        return transport.send("GET", "/").status
    finally:
        transport.close()


def directly(target: Target) -> int:
    async def send() -> int:
        transport = DirectTransport(target, Timeouts(2, 10, ()))
        try:
            # The second one is sent on the same connection.
            return [(await transport.send("GET", "/")).status for _ in range(2)][1]
        finally:
            transport.close()

    return asyncio.run(send())


@pytest.fixture(params=[by_requests, directly])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Send a request, and return the status."""
    found: Ask = request.param
    return found


def test_a_target_with_the_ca_is_trusted(ask: Ask, folder: DataDirectory) -> None:
    with serving(lambda _: Answer(), tls=server(folder)) as host:
        assert ask(target_at(host.url, ca=folder.ca)) == 200


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("how", ["ca", "insecure"])
def test_a_bundle_of_the_environment_defeats_neither_ca_nor_insecure(
    folder: DataDirectory, monkeypatch: pytest.MonkeyPatch, variable: str, how: str
) -> None:
    monkeypatch.setenv(variable, certifi.where())
    options: dict[str, object] = {"ca": folder.ca} if how == "ca" else {"insecure": True}
    with serving(lambda _: Answer(), tls=server(folder)) as host:
        transport = Transport(
            target_at(host.url, **options), user_agent="x", timeouts=Timeouts(2, 10, ())
        )
        transport._session.trust_env = True  # as for a host that is not this machine
        assert transport.send("GET", "/").status == 200
        transport.close()


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("lab", "target remove lab, .* --ca FILE, .*--insecure"),
        ("wskprops", "JUPYTER_FAAS_CA .*JUPYTER_FAAS_INSECURE=1"),
        ("playground", "playground start --tls"),
    ],
)
def test_one_that_is_not_trusted_tells_the_reason_and_the_way_out(
    ask: Ask, folder: DataDirectory, name: str, way_out: str
) -> None:
    reason = r"lab\.example is not accepted: unable to get local issuer certificate\.\n"
    with (
        serving(lambda _: Answer(), tls=server(folder)) as host,
        pytest.raises(TargetNotReachable, match=f"The certificate of {reason}.*{way_out}"),
    ):
        ask(target_at(host.url, name=name))


def test_another_host_than_the_certificates_is_named(ask: Ask, folder: DataDirectory) -> None:
    with (
        serving(lambda _: Answer(), address="127.0.0.2", tls=server(folder)) as host,
        pytest.raises(TargetNotReachable, match="is not accepted: IP address mismatch"),
    ):
        ask(target_at(host.url, ca=folder.ca))


def test_one_that_has_expired_is_called_so(ask: Ask, folder: DataDirectory, tmp_path: Path) -> None:
    old = DataDirectory(tmp_path / "old")
    old.create()
    server_context(old, NOW - LIFE - timedelta(days=1))
    with (
        serving(lambda _: Answer(), tls=server(old)) as host,
        pytest.raises(TargetNotReachable, match="is not accepted: certificate has expired"),
    ):
        ask(target_at(host.url, ca=old.ca))


def test_a_host_that_speaks_no_tls(ask: Ask, tmp_path: Path) -> None:
    words = r"TLS connection to lab\.example failed.*\n.*does not support HTTPS, use http:"
    with (
        serving(lambda _: Answer()) as host,
        pytest.raises(TargetNotReachable, match=words),
    ):
        ask(target_at(host.url.replace("http:", "https:")))

"""What a span says about the request that it belongs to."""

from __future__ import annotations

import pytest

from jupyter_faas.telemetry.origin import CALL, Origin, request_attributes


def test_url_of_a_client_has_neither_credentials_nor_query() -> None:
    found = request_attributes("POST", "https://user:s3cret@host.example/api/x?key=s3cret#s3cret")
    assert found == {
        "http.request.method": "POST",
        "url.full": "https://host.example/api/x",
        "server.address": "host.example",
        "server.port": 443,
    }


@pytest.mark.parametrize(
    ("host", "address", "port"),
    [
        ("localhost:3233", "localhost", 3233),
        ("localhost", "localhost", 80),
        ("[::1]:3233", "::1", 3233),
        ("", None, None),
        ("[half", None, None),
        ("host:99999", None, None),
    ],
)
def test_server_of_a_request(host: str, address: str | None, port: int | None) -> None:
    found = Origin.of_request("GET", "/", "http", host).attributes
    assert (found.get("server.address"), found.get("server.port")) == (address, port)


def test_unknown_method() -> None:
    found = Origin.of_request("BREW", "/", "http", "")
    assert found.attributes["http.request.method"] == "_OTHER"


def test_without_telemetry_nothing_is_kept() -> None:
    CALL.answered(200)
    assert not CALL.attributes


def test_timer() -> None:
    cron = Origin.of_timer(1_600_000_000_123, "* * * * *")
    assert cron.attributes == {
        "faas.time": "2020-09-13T12:26:40.123+00:00",
        "faas.cron": "* * * * *",
    }
    assert Origin.of_timer(0, None).attributes == {"faas.time": "1970-01-01T00:00:00.000+00:00"}

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from jupyter_faas.workspace.local.function import load_action_main
from tests.shipped.helpers.pictures import Answer, picture_server

IMAGES: Any = load_action_main().faas_images
FAILED: Any = IMAGES.DownloadFailed
# The module's own names; it is no module that could be imported.
NAMES: dict[str, Any] = IMAGES.download.__globals__


def download(uri: str, headers: dict[str, str] | None = None) -> bytes:
    data: bytes = IMAGES.download(uri, headers or {})
    return data


def test_the_body_is_what_lies_there() -> None:
    with picture_server(a=Answer(b"picture")) as server:
        assert download(f"{server.url}/a?size=1#top") == b"picture"
        assert server.asked[0][0] == "/a?size=1"


def test_letters_beyond_ascii_are_quoted() -> None:
    with picture_server() as server:
        with pytest.raises(FAILED, match="responded with 404"):
            download(f"{server.url}/grüße und %20.png?q=ä b")
        assert server.asked[0][0] == "/gr%C3%BC%C3%9Fe%20und%20%20.png?q=%C3%A4%20b"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int) -> None:
    with picture_server(b=Answer(b"picture")) as server:
        server.answers["a"] = Answer(status=status, headers={"Location": "/b"})
        assert download(f"{server.url}/a", {"X-Key": "s3cret"}) == b"picture"
        assert server.asked[1][1]["X-Key"] == "s3cret"


def test_headers_do_not_follow_to_another_origin() -> None:
    with picture_server(b=Answer(b"picture")) as other, picture_server() as server:
        server.answers["a"] = Answer(status=302, headers={"Location": f"{other.url}/b"})
        assert download(f"{server.url}/a", {"X-Key": "s3cret"}) == b"picture"
        assert "s3cret" not in str(other.asked)


def test_a_redirect_to_another_scheme_is_refused() -> None:
    with picture_server() as server:
        server.answers["a"] = Answer(status=302, headers={"Location": "file:///etc/passwd"})
        with pytest.raises(FAILED, match="refers to a file: URL"):
            download(f"{server.url}/a")


def test_a_redirect_in_a_circle_ends() -> None:
    with picture_server() as server:
        server.answers["a"] = Answer(status=302, headers={"Location": "/a"})
        with pytest.raises(FAILED, match=r"/a responded with 302 Found \(too many redirects"):
            download(f"{server.url}/a")
        assert len(server.asked) <= 6


def test_errors_show_neither_query_nor_headers() -> None:
    with picture_server() as server, pytest.raises(FAILED) as caught:
        download(f"{server.url}/gone?token=s3cret", {"Authorization": "s3cret"})
    assert (
        str(caught.value) == f"cannot be downloaded: {server.url}/gone responded with 404 Not Found"
    )


def test_a_server_that_is_not_there_is_told() -> None:
    with picture_server() as server:
        pass
    with pytest.raises(FAILED, match=rf"cannot be downloaded from {server.url}/a: .*refused"):
        download(f"{server.url}/a")


def test_a_host_that_is_not_there_is_told() -> None:
    with pytest.raises(FAILED, match=r"cannot be downloaded from http://nowhere\.invalid/a: "):
        download("http://nowhere.invalid/a")


def test_a_server_of_another_protocol_is_told() -> None:
    with picture_server(a=Answer(b"x")) as server:
        uri = server.url.replace("http", "https")
        with pytest.raises(FAILED, match=r"cannot be downloaded from https://127\.0\.0\.1:\d+/a: "):
            download(f"{uri}/a")


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_what_is_too_large_is_not_read_to_its_end(told: bool) -> None:
    sent = 0

    def write(file: Any) -> None:
        nonlocal sent
        for _ in range(400):
            file.write(bytes(100_000))
            sent += 100_000

    headers = {"Content-Length": str(40_000_000)} if told else {}
    answer = Answer(headers=headers, write=write)
    with picture_server(a=answer) as server, pytest.raises(FAILED, match="is larger than 20 MB"):
        download(f"{server.url}/a")
    assert sent < 40_000_000


def test_a_server_that_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, "TOTAL_TIMEOUT_S", 0.2)
    enough = threading.Event()

    def write(file: Any) -> None:
        while not enough.wait(0.02):
            file.write(b".")
            file.flush()

    with picture_server(a=Answer(write=write)) as server:
        try:
            with pytest.raises(FAILED, match=r"/a took more than 0\.2 s"):
                download(f"{server.url}/a")
        finally:
            enough.set()


def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, "TIMEOUT_S", 0.2)
    enough = threading.Event()
    silent = Answer(headers={"Content-Length": "5"}, write=lambda _: enough.wait(10))
    with picture_server(a=silent) as server:
        try:
            with pytest.raises(FAILED, match=r"no response within 0\.2 s"):
                download(f"{server.url}/a")
        finally:
            enough.set()


INSIDE = "^refers to an address inside the action's own network, which a web function "


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0"),
        *("2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::a00:1]", "[fe80::1]"),
        *("[2002:7f00:1::]", "224.0.0.1", "100.64.0.1", "255.255.255.255"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_addresses_inside_the_network_have_one_error_without_a_connection(
    host: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: connected.append(address))
    with pytest.raises(FAILED, match=INSIDE):
        IMAGES.download(f"{scheme}://{host}:1/a", {}, public_only=True)
    assert connected == []


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses(address: str) -> None:
    assert NAMES["_is_public"](address)

from __future__ import annotations

import pytest

from jupyter_faas.playground.webserver.targets import (
    method_refusal,
    refusal,
    unknown_method_refusal,
)

PATH = "pchar, '/', '?' or 'EOI'"
QUERY = "query-char, pct-encoded or 'EOI'"


@pytest.mark.parametrize(
    "target",
    [
        *("/", "/ping", "/a%20b/c@d", "/a?", "/a?b=c&d=%C3%A4?e/f", "/a;b=1,2", "/~a!$&'()*+,;=:@"),
        *("http://[::1]:80/a", "*", "/" + "a" * 8191),
    ],
)
def test_legal_targets(target: str) -> None:
    assert refusal(target.encode()) is None


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/a#b", f"Invalid input '#', expected {PATH} (line 1, column 3)"),
        ("/a[", f"Invalid input '[', expected {PATH} (line 1, column 3)"),
        ("/a?b[]=1", f"Invalid input '[', expected {QUERY} (line 1, column 5)"),
        ('/a?b="', f"""Invalid input '"', expected {QUERY} (line 1, column 6)"""),
        ("/a?b=\\x", f"Invalid input '\\', expected {QUERY} (line 1, column 6)"),
        ("/a?b=%zz", "Invalid input 'z', expected HEXDIG (line 1, column 7)"),
        ("/a?b=%az", "Invalid input 'z', expected HEXDIG (line 1, column 8)"),
        ("/a?b=%", "Unexpected end of input, expected HEXDIG (line 1, column 7)"),
        ("/a%2", "Unexpected end of input, expected HEXDIG (line 1, column 5)"),
    ],
)
def test_illegal_targets(target: str, message: str) -> None:
    assert refusal(target.encode()) == (400, f"Illegal request-target: {message}")


def test_target_that_is_too_long() -> None:
    message = "URI length exceeds the configured limit of 8192 characters"
    assert refusal(b"/" + b"a" * 8192) == (414, message)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_known_methods(method: str) -> None:
    assert method_refusal(method.encode(), [(b"content-length", b"0")]) is None


@pytest.mark.parametrize(
    ("method", "headers", "refused"),
    [
        ("LINK", [], (501, "Unsupported HTTP method")),
        ("CONNECT", [], (400, "CONNECT requests are not supported")),
        ("HEAD", [(b"content-length", b"3")], (422, "")),
        ("TRACE", [(b"transfer-encoding", b"chunked")], (422, "")),
    ],
)
def test_refused_methods(
    method: str, headers: list[tuple[bytes, bytes]], refused: tuple[int, str]
) -> None:
    assert method_refusal(method.encode(), headers) == refused


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        (b"FOO / HTTP/1.1\r\n", (501, "Unsupported HTTP method")),
        (b"get / HTTP/1.1\r\n", (501, "Unsupported HTTP method")),
        (b"\x16\x03\x01 \x00", None),
        (b"ALONGNAMETHATNOMETHODHAS / HTTP/1.1", None),
        (b"FOO\r\n", None),
    ],
)
def test_methods_that_the_parser_refuses(data: bytes, refused: tuple[int, str] | None) -> None:
    assert unknown_method_refusal(data) == refused


@pytest.mark.parametrize("length", [10, 512, 513, 8000])
def test_target_is_refused_each_time_whatever_its_length(length: int) -> None:
    target = b"/" + b"a" * (length - 2) + b"["
    message = (
        f"Illegal request-target: Invalid input '[', expected {PATH} (line 1, column {length})"
    )
    assert refusal(target) == refusal(target) == (400, message)

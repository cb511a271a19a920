from __future__ import annotations

import pytest

from jupyter_faas.playground.webserver.targets import refusal

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

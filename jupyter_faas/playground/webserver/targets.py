"""Refusal of request lines that OpenWhisk's HTTP server does not accept (contract §1)."""

from __future__ import annotations

import re
from functools import lru_cache

MAX_BYTES = 8192
# The results for longer targets are not cached.
_CACHED_BYTES = 512
TOO_LONG = f"URI length exceeds the configured limit of {MAX_BYTES} characters"

# The methods that it knows, and accepts.
_METHODS = frozenset((b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"PATCH", b"TRACE"))
_CONNECT = b"CONNECT"
# The longest name of a method that is looked up.
_LONGEST_METHOD = 16
NO_METHOD = "Unsupported HTTP method"
NO_CONNECT = "CONNECT requests are not supported"
# The response to HEAD must not have a body, so there is no message.
WITH_BODY = ""

_CHARACTERS = rb"[A-Za-z0-9._~!$&'()*+,;=:@/-]"
_ESCAPE = rb"%[0-9A-Fa-f]{2}"
# What RFC 3986 allows in a path, and in a query after it.
_PATH = re.compile(rb"(?:%b|%b)*" % (_CHARACTERS, _ESCAPE))
_QUERY = re.compile(rb"(?:%b|%b|\?)*" % (_CHARACTERS, _ESCAPE))
_HEX = b"0123456789ABCDEFabcdef"
_IN_PATH = "pchar, '/', '?' or 'EOI'"
_IN_QUERY = "query-char, pct-encoded or 'EOI'"


def method_refusal(method: bytes, headers: list[tuple[bytes, bytes]]) -> tuple[int, str] | None:
    """Return the status and message for a request whose method is refused, or None.

    HEAD and TRACE must not have a body.
    """
    if method == b"POST" or method == b"GET":  # The frequent ones come first.
        return None
    if method == _CONNECT:
        return 400, NO_CONNECT
    if method not in _METHODS:
        return 501, NO_METHOD
    if method in (b"HEAD", b"TRACE") and any(
        (name == b"content-length" and value.strip(b"0")) or name == b"transfer-encoding"
        for name, value in headers
    ):
        return 422, WITH_BODY
    return None


def unknown_method_refusal(data: bytes) -> tuple[int, str] | None:
    """Return the refusal for data that begins with the name of a method, or None otherwise."""
    name, space, _ = data[: _LONGEST_METHOD + 1].partition(b" ")
    if not space or not name.isalpha():
        return None
    return 501, NO_METHOD


def refusal(target: bytes) -> tuple[int, str] | None:
    """Return the status and message for a target that is refused, or None if it is legal.

    Targets in absolute form are not checked.
    """
    if len(target) <= _CACHED_BYTES:
        return _checked(target)
    return (414, TOO_LONG) if len(target) > MAX_BYTES else _checked.__wrapped__(target)


# A client repeats its targets, and a lookup takes a tenth of the time of a check.
@lru_cache(maxsize=256)
def _checked(target: bytes) -> tuple[int, str] | None:
    if not target.startswith(b"/"):
        return None
    end, expected = _legal_end(_PATH, target, 0), _IN_PATH
    if target[end : end + 1] == b"?":
        end, expected = _legal_end(_QUERY, target, end + 1), _IN_QUERY
    if end == len(target):
        return None
    if target[end : end + 1] == b"%":
        expected = "HEXDIG"
        # The message reports the first character after the percent sign that is not a digit.
        end += 2 if target[end + 1 : end + 2] in _HEX and end + 1 < len(target) else 1
    column = f"(line 1, column {end + 1})"
    if end >= len(target):
        found = "Unexpected end of input"
    else:
        found = f"Invalid input '{target[end : end + 1].decode('latin-1')}'"
    return 400, f"Illegal request-target: {found}, expected {expected} {column}"


def _legal_end(pattern: re.Pattern[bytes], target: bytes, start: int) -> int:
    found = pattern.match(target, start)
    return found.end() if found else start

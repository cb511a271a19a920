"""A JSON parser that accepts and refuses the same documents as OpenWhisk's (contract §1).

The parser is slow, so ``strict_json`` uses it only for documents that orjson refuses or would
change. It works on bytes, because the positions in its messages count bytes. As in OpenWhisk, bytes
of a string that are not UTF-8 become U+FFFD, and a lone surrogate becomes a question mark.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

MAX_LEVELS = 1000
TOO_DEEP = (
    "JSON input nested too deeply:JSON input was nested more deeply than the configured limit of "
    f"maxNesting = {MAX_LEVELS}"
)

# orjson writes 254 levels at most, so the containers at every level that is a multiple of this one
# become an ``orjson.Fragment``. The difference is for the levels that a record or message adds.
FRAGMENT_LEVELS = 200

# orjson reads integers beyond these bounds as floats, which changes their value.
_MIN, _MAX = -(2**63), 2**64 - 1

_SPACE = re.compile(rb"[ \n\r\t]*")
_DIGITS = re.compile(rb"[0-9]*")
# Characters of a string that stand for themselves and have one byte.
_PLAIN = re.compile(rb'[^"\\\x00-\x1f\x80-\xff]*')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPES = {
    **{ord(each): each for each in '"/\\'},
    **{ord(key): value for key, value in zip("bfnrt", "\b\f\n\r\t", strict=True)},
}
_LITERALS: dict[int, tuple[bytes, Any]] = {
    ord("f"): (b"false", False),
    ord("n"): (b"null", None),
    ord("t"): (b"true", True),
}
_QUOTE, _BACKSLASH, _COMMA = b'"\\,'
_REPLACEMENT = "\ufffd"
# Stands for the byte after the end of the document.
_END = -1


class ParseError(ValueError):
    """Raised for a document that is refused. The message is that of OpenWhisk."""


class TooDeep(ParseError):
    """Raised for a document with too many levels."""


def parse(data: bytes | bytearray, max_levels: int = MAX_LEVELS) -> Any:
    """Parse a JSON document. Raises TooDeep or another ParseError.

    The value differs from that of ``json.loads`` as follows: a negative zero is 0.0. Integers
    beyond 64 bits, floats beyond their range, and deep containers are orjson.Fragments.
    """
    return _Parser(bytes(data), max_levels).document()


@dataclass
class _Open:
    """A container that is being read, with the key of its current member."""

    container: dict[str, Any] | list[Any]
    key: str = ""

    @property
    def is_object(self) -> bool:
        return isinstance(self.container, dict)

    def add(self, value: Any) -> None:
        if isinstance(self.container, dict):
            self.container[self.key] = value
        else:
            self.container.append(value)


class _Parser:
    """The state of a parse: the document, and the index of the next byte."""

    def __init__(self, data: bytes, max_levels: int) -> None:
        self._data = data
        self._max_levels = max_levels
        self._at = 0

    def document(self) -> Any:
        self._skip_space()
        # Without recursion, because a document may have more levels than Python's stack.
        path: list[_Open] = []
        while True:
            value: Any = self._value_or_container(path)
            if isinstance(value, _Open):
                path.append(value)
                continue
            while path and self._is_last(path[-1], value):
                value = path.pop().container
                if path and len(path) % FRAGMENT_LEVELS == 0:
                    value = orjson.Fragment(orjson.dumps(value))
            if not path:
                break
        if self._byte() != _END:
            self._fail("end-of-input")
        return value

    def _value_or_container(self, path: list[_Open]) -> Any:
        """Read a value. Return an _Open for a container with members, which follow."""
        if len(path) == self._max_levels:
            raise TooDeep(TOO_DEEP)
        byte = self._byte()
        if byte == _QUOTE:
            return self._string()
        if byte in _LITERALS:
            text, value = _LITERALS[byte]
            if not self._data.startswith(text, self._at):
                self._fail_in_literal(text)
            self._move(len(text))
            return value
        if byte == ord("-") or ord("0") <= byte <= ord("9"):
            return self._number()
        if byte == ord("{"):
            self._move(1)
            if self._byte() != ord("}"):
                return _Open({}, self._key())
            self._move(1)
            return {}
        if byte == ord("["):
            self._move(1)
            if self._byte() != ord("]"):
                return _Open([])
            self._move(1)
            return []
        return self._fail("JSON Value")

    def _is_last(self, parent: _Open, value: Any) -> bool:
        """Add a value to its container; read what follows. Return whether the container ends."""
        parent.add(value)
        if self._byte() == _COMMA:
            self._move(1)
            if parent.is_object:
                parent.key = self._key()
            return False
        self._require("}" if parent.is_object else "]")
        return True

    def _key(self) -> str:
        key = self._string()
        self._require(":")
        return key

    # Scalars

    def _number(self) -> Any:
        start = self._at
        if self._byte() == ord("-"):
            self._at += 1
        # As in OpenWhisk, a number ends after a leading zero, and the next digit is unexpected.
        if self._byte() == ord("0"):
            self._at += 1
        else:
            self._skip_digits()
        is_float = False
        if self._byte() == ord("."):
            is_float = True
            self._at += 1
            self._skip_digits()
        if self._byte() in (ord("e"), ord("E")):
            is_float = True
            self._at += 1
            if self._byte() in (ord("-"), ord("+")):
                self._at += 1
            self._skip_digits()
        text = self._data[start : self._at]
        self._skip_space()
        return _float(text) if is_float else integer_value(text)

    def _skip_digits(self) -> None:
        start = self._at
        self._at = self._end(_DIGITS)
        if self._at == start:
            self._fail("DIGIT")

    def _string(self) -> str:
        if self._byte() != _QUOTE:
            self._fail("'\"'")
        self._at += 1
        parts: list[str] = []
        while True:
            end = self._end(_PLAIN)
            parts.append(self._data[self._at : end].decode("ascii"))
            self._at = end
            byte = self._byte()
            if byte == _QUOTE:
                break
            if byte == _BACKSLASH:
                self._at += 1
                parts.append(self._escaped())
            elif byte >= 0x80:
                text, self._at = _decoded(self._data, self._at)
                parts.append(text)
            else:
                self._fail("'\"'")
        self._move(1)
        text = "".join(parts)
        return text if text.isascii() else _without_surrogates(text)

    def _escaped(self) -> str:
        """Read what follows a backslash."""
        byte = self._byte()
        if byte == ord("u"):
            value = 0
            for _ in range(4):
                self._at += 1
                digit = chr(self._byte()) if self._byte() != _END else ""
                if digit not in "0123456789abcdefABCDEF" or not digit:
                    self._fail("hex digit")
                value = value * 16 + int(digit, 16)
            self._at += 1
            return chr(value)
        if byte not in _ESCAPES:
            self._fail("JSON escape sequence")
        self._at += 1
        return _ESCAPES[byte]

    # Moving

    def _byte(self) -> int:
        return self._data[self._at] if self._at < len(self._data) else _END

    def _end(self, pattern: re.Pattern[bytes]) -> int:
        found = pattern.match(self._data, self._at)
        return found.end() if found else self._at

    def _skip_space(self) -> None:
        self._at = self._end(_SPACE)

    def _move(self, count: int) -> None:
        """Skip ``count`` bytes and the space after them."""
        self._at += count
        self._skip_space()

    def _require(self, character: str) -> None:
        if self._byte() != ord(character):
            self._fail(f"'{character}'")
        self._move(1)

    # Errors

    def _fail_in_literal(self, text: bytes) -> NoReturn:
        """Fail at the first byte that differs, with the position of the literal's beginning."""
        start = self._at
        while self._byte() == text[self._at - start]:
            self._at += 1
        found, self._at = self._byte(), start
        self._fail("JSON Value", found)

    def _fail(self, expected: str, found: int | None = None) -> NoReturn:
        """Raise a ParseError for the byte ``found`` at the current position."""
        if found is None:
            found = self._byte()
        number, column, line = _line(self._data, self._at)
        if found == _END:
            unexpected = "end-of-input"
        else:
            shown = f"\\u{found:04x}" if _CONTROL.match(chr(found)) else chr(found)
            unexpected = f"character '{shown}'"
        raise ParseError(
            f"Unexpected {unexpected} at input index {self._at} (line {number}, position {column}),"
            f" expected {expected}:\n{_CONTROL.sub('?', line)}\n{' ' * (column - 1)}^\n"
        )


def _float(text: bytes) -> float | orjson.Fragment:
    number = float(text)
    if math.isinf(number):
        return orjson.Fragment(text)
    # OpenWhisk's numbers do not have a negative zero.
    return number or 0.0


def integer_value(text: bytes | str) -> int | orjson.Fragment:
    """Return an integer, as a fragment if orjson could not write it."""
    # int() refuses very long numbers.
    number = int(text) if len(text) <= 20 else _MAX + 1
    return number if _MIN <= number <= _MAX else orjson.Fragment(text)


def _decoded(data: bytes, at: int) -> tuple[str, int]:
    """Decode the character that begins at ``at``. Return it with the index after it.

    Like OpenWhisk's parser, this takes as many bytes as the first one announces.
    """
    first = data[at]
    length = 2 if first & 0xE0 == 0xC0 else 3 if first & 0xF0 == 0xE0 else 4
    if first & 0xF8 == 0xF0 or length < 4:
        try:
            return data[at : at + length].decode(), at + length
        except UnicodeDecodeError:
            return _REPLACEMENT, at + length
    return _REPLACEMENT, at + 1


def _without_surrogates(text: str) -> str:
    """Combine the surrogates of escapes, and replace those that are alone by a question mark."""
    combined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return combined.encode(errors="replace").decode()


def _line(data: bytes, index: int) -> tuple[int, int, str]:
    """Return the number, the column and the text of the line with a byte.

    As in OpenWhisk, ``index`` counts bytes, and is compared with a count of UTF-16 units.
    """
    if data.isascii():
        start, end = data.rfind(b"\n", 0, index) + 1, data.find(b"\n", index)
        line = data[start : end if end >= 0 else None].decode("ascii")
        return data.count(b"\n", 0, index) + 1, index - start + 1, line
    at = units = start = 0
    number = 1
    characters: list[str] = []
    while at < len(data):
        if data[at] < 0x80:
            character, at = chr(data[at]), at + 1
        else:
            character, at = _decoded(data, at)
        if character == "\n":
            if index <= units:
                break
            characters.clear()
            start = units + 1
            number += 1
        else:
            characters.append(character)
        units += 1 if character <= "\uffff" else 2
    return number, index - start + 1, "".join(characters)

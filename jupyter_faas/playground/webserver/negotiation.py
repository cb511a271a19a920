"""Content negotiation as OpenWhisk's HTTP library does it (contract §1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

NOT_ACCEPTABLE = "Resource representation is only available with these types:\n{}"

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = rf'\s*;\s*({_WORD})\s*=\s*({_WORD}|"(?:[^"\\]|\\.)*")'
_RANGE = re.compile(rf"\s*(\*|{_WORD}/{_WORD})((?:{_PARAMETER})*)\s*")
_CHARSET_RANGE = re.compile(rf"\s*({_WORD})((?:{_PARAMETER})*)\s*")
_PARAMETERS = re.compile(_PARAMETER)

_UTF_8 = "utf-8"

Ranges = tuple[tuple[str, float], ...]
Matches = Callable[[str, str], bool]


@lru_cache(256)
def accepts(accept: tuple[str, ...], charsets: tuple[str, ...], content_type: str) -> bool:
    """Return whether a client accepts a response.

    ``accept`` and ``charsets`` are the values of the headers ``Accept`` and ``Accept-Charset``. A
    header that is missing, empty or invalid accepts everything. ``content_type`` is the response's
    header: only types with a charset, and JSON, are subject to ``charsets``.
    """
    name, _, parameters = content_type.partition(";")
    name = name.strip().lower()
    if _quality(_ranges(accept, _RANGE), name, _matches_type) == 0:
        return False
    if name != "application/json" and "charset=" not in parameters.lower():
        return True
    return _quality(_ranges(charsets, _CHARSET_RANGE), _UTF_8, _matches_charset) > 0


def _ranges(headers: Sequence[str], pattern: re.Pattern[str]) -> Ranges:
    """Return the ranges of all headers and their qualities, the most specific ones first."""
    found = [each for header in headers for each in _parsed(header, pattern) or ()]
    return tuple(sorted(found, key=lambda each: (each[0].count("*"), -each[1])))


def _parsed(header: str, pattern: re.Pattern[str]) -> list[tuple[str, float]] | None:
    """Return the ranges of a header, or None if it is invalid."""
    found: list[tuple[str, float]] = []
    for text in filter(str.strip, _parts(header)):
        match = pattern.fullmatch(text)
        if match is None:
            return None
        quality = 1.0
        for key, value in _PARAMETERS.findall(match[2]):
            if key.lower() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 1.0
        if not 0 <= quality <= 1:
            return None
        name = match[1].lower()
        found.append(("*/*" if name == "*" and pattern is _RANGE else name, quality))
    return found


def _parts(header: str) -> Iterator[str]:
    """Split a header at its commas, except those in quotes."""
    yield from re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+', header)


def _quality(ranges: Ranges, name: str, matches: Matches) -> float:
    if not ranges:
        return 1.0
    return next((quality for text, quality in ranges if matches(text, name)), 0.0)


def _matches_type(text: str, name: str) -> bool:
    return text in ("*/*", name) or (text.endswith("/*") and name.startswith(text[:-1]))


def _matches_charset(text: str, name: str) -> bool:
    return text in ("*", name)

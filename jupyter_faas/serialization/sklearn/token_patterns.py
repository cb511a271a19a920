r"""Translate the ``token_pattern`` of a vectorizer to the regular expressions of onnxruntime.

onnxruntime uses RE2, in which ``\w``, ``\d``, ``\s`` and ``\b`` only know ASCII, and which may
prefer another of several matches. So only patterns are translated whose match at a position is
unique: a sequence of character classes of which at most the last one varies in length, such as
``[a-z]+``, ``\w{3,}`` or ``(?u)\b[a-zA-Z][a-zA-Z]+\b``. The classes become ranges of the characters
that Python's ``re`` finds in them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_DEFAULT = r"(?u)\b\w\w+\b"
# The same characters as \w in Python.
_WORD = r"[\p{L}\p{N}_]"
_CLASS = r"(?:\\[wWdDsS]|\[\^?\]?(?:\\.|[^\]\\])*\])"
_ITEM = re.compile(rf"({_CLASS})(\+|\*|\{{\d+(?:,\d*)?\}})?")
_FLAG, _EDGE = "(?u)", r"\b"
# All characters but surrogates, which are not in valid text.
_BEFORE_SURROGATES, _AFTER_SURROGATES = 0xD800, 0xE000
_LIMIT = 0x110000
# Longer expressions exceed the memory that RE2 allows itself.
_MAX_LENGTH = 40_000


@dataclass(frozen=True)
class _Item:
    """A character class and how often it is repeated (``most`` is None if there is no limit)."""

    characters: str
    least: int
    most: int | None

    @property
    def expression(self) -> str:
        most = "" if self.most is None else self.most
        return f"{_class_expression(self.characters)}{{{self.least},{most}}}"


def token_expression(vectorizer: Any) -> str | None:
    """Return the expression for the tokens of a fitted vectorizer, or None."""
    if vectorizer.token_pattern == _DEFAULT:
        return f"{_WORD}{{2,}}"
    return translate(
        vectorizer.token_pattern,
        ngrams=tuple(vectorizer.ngram_range) != (1, 1),
        words=vectorizer.vocabulary_,
    )


def translate(pattern: object, *, ngrams: bool, words: Collection[str]) -> str | None:
    """Return an expression for onnxruntime that finds the same tokens, or None.

    ``ngrams``: whether the vectorizer counts sequences of tokens. If not, the expression may also
    find tokens that are not in the vocabulary ``words``, because these are not counted.
    """
    if not isinstance(pattern, str):
        return None
    body = _without_group(pattern.removeprefix(_FLAG))
    starts, ends = body.startswith(_EDGE), body.endswith(_EDGE)
    body = _without_group(body[2 * starts : len(body) - 2 * ends])
    items = _items(body)
    if items is None:
        return None
    expression = "".join(item.expression for item in items)
    # The vectorizer joins tokens by spaces. skl2onnx fills rows with number signs.
    if ngrams and any(re.match(item.characters, each) for item in items for each in " #"):
        return None
    if starts or ends:
        if any(item.characters != r"\w" and _outside_words(item.characters) for item in items):
            return None
        # A run of word characters is then one token, with or without the edges.
        whole = all(_is_word(item.characters) for item in items) and items[-1].most is None
        if not whole:
            # The tokens are all whole words, of which the others are not in the vocabulary.
            token = re.compile(body)
            if ngrams or not (starts and ends) or not all(map(token.fullmatch, words)):
                return None
            expression = f"{_WORD}+"
    return expression if len(expression) <= _MAX_LENGTH else None


def _without_group(body: str) -> str:
    if body.startswith("(") and body.endswith(")") and not body.startswith("(?"):
        return body[1:-1]
    return body


def _items(body: str) -> list[_Item] | None:
    """Return the classes of a pattern, or None if its match at a position is not unique."""
    found: list[_Item] = []
    position = 0
    while position < len(body):
        match = _ITEM.match(body, position)
        if match is None:
            return None
        found.append(_Item(match[1], *_repeats(match[2] or "{1}")))
        position = match.end()
    fixed = all(item.least == item.most for item in found[:-1])
    # A match must not be empty.
    if not found or not fixed or sum(item.least for item in found) == 0:
        return None
    try:
        re.compile(body)
    except re.error:
        return None
    return found


def _repeats(quantifier: str) -> tuple[int, int | None]:
    if quantifier in "+*":
        return (1 if quantifier == "+" else 0), None
    least, comma, most = quantifier[1:-1].partition(",")
    return int(least), int(most) if most else None if comma else int(least)


def _class_expression(characters: str) -> str:
    if _is_word(characters):
        return _WORD
    return "[" + "".join(f"\\x{{{a:x}}}-\\x{{{b:x}}}" for a, b in _ranges(characters)) + "]"


def _is_word(characters: str) -> bool:
    return _ranges(characters) == _ranges(r"\w")


def _outside_words(characters: str) -> bool:
    """Return whether a class has characters that are not word characters."""
    return any(
        re.search(r"\W", "".join(map(chr, range(first, last + 1))))
        for first, last in _ranges(characters)
    )


@lru_cache(maxsize=64)
def _ranges(characters: str) -> tuple[tuple[int, int], ...]:
    """Return the first and last code points of each run of characters in a class."""
    found: list[tuple[int, int]] = []
    for first, end in ((0, _BEFORE_SURROGATES), (_AFTER_SURROGATES, _LIMIT)):
        text = "".join(map(chr, range(first, end)))
        found += [
            (first + match.start(), first + match.end() - 1)
            for match in re.finditer(f"{characters}+", text)
        ]
    return tuple(found)

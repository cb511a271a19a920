"""Expand ``{expression}`` and ``$name`` in the lines of magics, as IPython does for its own.

IPython cannot be asked to do it, because it takes JSON for expressions: it would turn the line
``invoke f '{"x":1}'`` into ``invoke f 'x'``. Here a dictionary keeps its braces, and only what is
inside is expanded: ``'{"x": {width}}'``. As in IPython, ``{{`` and ``$$`` stand for the characters
themselves, ``$name`` is left alone between single quotes, and text that is not an expression of
this notebook stays as it is.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from IPython.utils.text import FullEvalFormatter

from jupyter_faas.errors import InputError
from jupyter_faas.magics.cells.line_parser import unquote

_NAME = re.compile(r"\$(\$?)([^\W\d]\w*(?:\.[^\W\d]\w*)*)")
_KEY = re.compile(r"""\s*(["'])(?:\\.|(?!\1).)*\1\s*:""", re.DOTALL)


def names_of(shell: Any) -> dict[str, Any]:
    """Return the names that a line may use: the notebook's, and those of a calling function.

    A function or a loop of the notebook may contain ``%faas invoke f x={x}``, where ``x`` is local.
    """
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals is not shell.user_global_ns:
        frame = frame.f_back  # type: ignore[assignment]  # the outermost frame has none
    return {**shell.user_global_ns, **shell.user_ns, **(frame.f_locals if frame else {})}


def expand(line: str, namespace: Mapping[str, Any]) -> str:
    """Return a line with the values of its expressions, which are evaluated in ``namespace``."""
    if "{" not in line and "$" not in line:
        return line
    return "".join(_expanded(line, dict(namespace)))


def expand_words(words: list[str], namespace: Mapping[str, Any], kept: tuple[str, ...]) -> str:
    """Return the line of these words, expanded except in the values of the options ``kept``.

    These values are expressions of this notebook already, in which braces are sets and dictionaries
    of Python.
    """
    found = []
    is_kept = False
    for word in words:
        if word.startswith("--"):
            is_kept = word.partition("=")[0] in kept
        found.append(word if is_kept else expand(word, namespace))
    return " ".join(found)


_REFERENCE = re.compile(r"\$([^\W\d]\w*)|\{([^\W\d]\w*)\}")


def check_references(words: Sequence[str], namespace: Mapping[str, Any]) -> None:
    """Raise InputError if a ``--param`` is the name of a variable that the notebook does not have.

    ``--param password=$pw`` would otherwise deploy the text ``$pw``. ``words`` are the words of the
    line before it is expanded. A value in single quotes, or ``$$pw``, is meant as text.
    """
    before = ""
    for word in words:
        option, value = before, word
        if word.startswith("--param="):
            option, value = "--param", word.removeprefix("--param=")
        before = word
        if option != "--param" or "'" in value:
            continue
        key, _, reference = unquote(value).partition("=")
        found = _REFERENCE.fullmatch(reference.strip('"'))
        name = found and (found[1] or found[2])
        if name and name not in namespace:
            raise InputError(
                f"--param {key}={reference}: this notebook has no variable {name}.",
                hint=_reference_hint(key, reference, name, namespace),
            )


def _reference_hint(key: str, reference: str, name: str, namespace: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, [one for one in namespace if one[0] != "_"], 1)
    if close:
        return f"Write {reference.replace(name, close[0])} instead of {reference}."
    return (
        f"To use {reference} as text, write '{key}={reference}' instead of {key}={reference}. "
        f"Otherwise, define {name} in a cell above. For a password or key, use --secret "
        f"{name.upper()} and os.environ."
    )


def _expanded(text: str, namespace: dict[str, Any]) -> Iterator[str]:
    place = 0
    while place < len(text):
        letter = text[place]
        if letter == "{" and (end := _closing(text, place)) is not None:
            yield _group(text[place : end + 1], namespace)
            place = end + 1
        elif letter == "$" and (match := _NAME.match(text, place)) is not None:
            # Between single quotes, an odd number of quotes follows.
            is_quoted = text.count("'", match.end()) % 2 == 1
            yield match[0] if is_quoted else _named(match, namespace)
            place = match.end()
        else:
            yield letter
            place += 1


def _group(group: str, namespace: dict[str, Any]) -> str:
    inside = group[1:-1]
    if inside.startswith("{") and inside.endswith("}"):
        return inside
    if not inside.strip() or _KEY.match(inside):
        return "{" + "".join(_expanded(inside, namespace)) + "}"
    return _evaluated(group, namespace)


def _named(match: re.Match[str], namespace: dict[str, Any]) -> str:
    if match[1]:
        return match[0][1:]
    name = match[2]
    found = _evaluated("{" + name + "}", namespace)
    return match[0] if found == "{" + name + "}" else found


def _evaluated(group: str, namespace: dict[str, Any]) -> str:
    """Return the value of the expression in a group, or the group itself if there is none."""
    try:
        return str(FullEvalFormatter().vformat(group, (), namespace))
    except Exception:
        # The user's expression may raise any exception. IPython leaves such text alone, too.
        return group


def _closing(text: str, start: int) -> int | None:
    """Return the place of the brace that closes the one at ``start``, or None."""
    depth = 0
    quote = ""
    for place in range(start, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                return place
    return None

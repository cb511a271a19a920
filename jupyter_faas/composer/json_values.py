"""Validation and copying of the JSON values in a composition: constants, declarations, counts."""

from __future__ import annotations

import keyword
import math
import re
from typing import Any

from jupyter_faas.composer.messages import Place, kind_of, shown
from jupyter_faas.composer.nodes import Json

# Python's json module recurses once per level. Together with ``tasks.MAX_DEPTH``, this limit keeps
# the recursion below Python's limit.
MAX_NESTING = 40


def json_value(value: object, place: Place) -> Json:
    """Return a copy of ``value`` as plain JSON data, in which tuples become lists.

    Raises CompositionError when ``value`` is not JSON-serializable or is nested too deeply. The
    message names the invalid item, such as ``['sizes'][0]``.
    """
    return _copied(value, place, "", 0)


def _copied(value: object, place: Place, where: str, depth: int) -> Json:
    if depth > MAX_NESTING:
        raise place.error(
            f"the value is nested more than {MAX_NESTING} levels deep.",
            hint="Flatten the value, or keep it in a store that an action reads.",
        )
    if value is None or isinstance(value, bool):
        return value
    # Subclasses such as enum members are rejected, because their JSON representation may surprise
    # the user. The values of numpy are converted below.
    if type(value) in (int, float, str):
        return _scalar(value, place, where)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        # Of a number or an array of numpy, this is the plain form. A longdouble has none.
        plain = value.tolist()
        if type(plain) is not type(value):
            return _copied(plain, place, where, depth + 1)
    if isinstance(value, list | tuple):
        return [
            _copied(item, place, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)
        ]
    if isinstance(value, dict):
        copied = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise place.error(
                    f"{_part(where)} has the key {shown(key)}, {kind_of(key)}, but keys must be "
                    "strings.",
                    hint=f"Write {str(key)!r} instead of {key!r}.",
                )
            copied[key] = _copied(item, place, f"{where}[{key!r}]", depth + 1)
        return copied
    raise place.error(
        f"{_part(where)} is {kind_of(value)}, which cannot be written as JSON.",
        hint="Use numbers, strings, booleans, None, and lists and dictionaries of them.",
    )


def _scalar(value: Any, place: Place, where: str) -> Json:
    if isinstance(value, float) and not math.isfinite(value):
        raise place.error(
            f"{_part(where)} is {value}, which cannot be written as JSON.", hint="Use None instead."
        )
    if isinstance(value, str):
        # JSON is sent as UTF-8. Without this check, the HTTP client would raise an error that does
        # not name the invalid item.
        try:
            value.encode()
        except UnicodeEncodeError:
            raise place.error(
                f"{_part(where)} contains half of a surrogate pair, which cannot be encoded as "
                "UTF-8."
            ) from None
    return value


def _part(where: str) -> str:
    return f"the part {where}" if where else "the value"


def json_declarations(declarations: object, place: Place) -> dict[str, Json]:
    """Return a checked copy of ``let`` declarations, which map variable names to initial values.

    Raises CompositionError when ``declarations`` is not a dictionary, a value is not
    JSON-serializable, or a name starts with ``__`` or is not a valid variable name in Python.
    """
    if not isinstance(declarations, dict):
        raise place.error(
            f"{shown(declarations)} is {kind_of(declarations)}, but must be a dictionary.",
            hint='Write let({"count": 0}, …).',
        )
    for name in declarations:
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise place.error(
                f"{shown(name)} is not a valid variable name.",
                hint=f"Write {_as_variable(name)!r} instead of {name!r}.",
            )
        if name.startswith("__"):
            raise place.error(
                f"{name} is not a valid variable name.",
                hint=f"Write {_as_variable(name.strip('_'))} instead of {name}: names that begin "
                "with __ are reserved for Python.",
            )
    copied: dict[str, Json] = json_value(declarations, place)
    return copied


def _as_variable(name: object) -> str:
    """Return a name that a variable can have, as close to ``name`` as possible."""
    found = re.sub(r"\W", "_", str(name))
    return (
        f"{found}_" if keyword.iskeyword(found) else found if found.isidentifier() else f"_{found}"
    )


def whole_count(count: object, place: Place) -> int:
    """Return ``count``. Raises CompositionError unless ``count`` is a non-negative integer."""
    # bool is a subclass of int, but ``repeat(True, …)`` is certainly a mistake.
    if not isinstance(count, int) or isinstance(count, bool):
        raise place.error(f"{shown(count)} is {kind_of(count)}, but must be a whole number.")
    if count < 0:
        raise place.error(f"{count} is less than 0.")
    return int(count)

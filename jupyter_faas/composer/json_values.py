"""Validation and copying of the JSON values in a composition: constants, declarations, counts."""

from __future__ import annotations

import enum
import keyword
import math
import re
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from jupyter_faas.composer.messages import Place, kind_of, shown
from jupyter_faas.composer.nodes import Composition, Json
from jupyter_faas.shipped_modules import load_shipped

# Python's json module recurses once per level. Together with ``tasks.MAX_DEPTH``, this limit keeps
# the recursion below Python's limit.
MAX_NESTING = 40


def json_value(value: object, place: Place) -> Json:
    """Return a copy of ``value`` as plain JSON data.

    Tuples, sets, dates, data frames and the like are converted as in the result of a function.
    Raises CompositionError when ``value`` is not JSON-serializable or is nested too deeply. The
    message names the invalid item, such as ``['sizes'][0]``.
    """
    return _copied(value, place, "", 0)


def _copied(value: object, place: Place, where: str, depth: int) -> Json:
    if depth > MAX_NESTING:
        raise place.error(
            f"{_part(_first_key(where))} is nested more than {MAX_NESTING} levels deep.",
            hint="Instead of the value, write a lambda that returns it: lambda p: …"
            if place.type in ("value", "literal")
            else "Wrap the value in json.dumps(…), and call json.loads(…) in each function that "
            "reads it.",
        )
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _copied(value.value, place, where, depth)
    # The methods of the base class are called, because a subclass may override them.
    for plain in (int, float, str):
        if isinstance(value, plain):
            return _scalar(getattr(plain, f"__{plain.__name__}__")(value), place, where)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        # Of a number or an array of numpy, this is the plain form. A longdouble has none.
        plain = value.tolist()
        if type(plain) is not type(value):
            return _copied(plain, place, where, depth + 1)
    if isinstance(value, list | tuple):
        return [
            _copied(item, place, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)
        ]
    if isinstance(value, Mapping):
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
    reduced = _library_values().reduce(value)
    if reduced is not NotImplemented:
        return _copied(reduced, place, where, depth)
    is_bytes = isinstance(value, bytes | bytearray | memoryview) or hasattr(value, "__next__")
    raise place.error(
        f"{_part(where)} is {kind_of(value)}, which cannot be written as JSON.",
        hint=f"Wrap it in {'list' if is_bytes else 'str'}(…).",
    )


@cache
def _library_values() -> ModuleType:
    return load_shipped("action/library_values.py", "faas_library_values")


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


def _first_key(where: str) -> str:
    """Return the key of ``['tree'][0]…``, since the whole place of a deep part is too long."""
    found = re.match(r"\['.*?'\]", where)
    return found[0] if found else ""


def _part(where: str) -> str:
    return f"the part {where}" if where else "the value"


def json_declarations(declarations: object, place: Place) -> dict[str, Json]:
    """Return a checked copy of ``let`` declarations, which map variable names to initial values.

    Raises CompositionError when ``declarations`` is not a dictionary, a value is not
    JSON-serializable, or a name starts with ``__`` or is not a valid variable name in Python.
    """
    if not isinstance(declarations, Mapping):
        is_task = declarations is None or callable(declarations)
        named = {declarations: None} if isinstance(declarations, str) else {"count": declarations}
        raise place.error(
            f"{shown(declarations)} is {kind_of(declarations)}, but must be a dictionary.",
            hint="Write let({}, …): the variables come first."
            if is_task or isinstance(declarations, Composition)
            else f"Write {named} instead of {declarations!r}.",
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
        is_number = isinstance(count, float) and math.isfinite(count)
        raise place.error(
            f"{shown(count)} is {kind_of(count)}, but must be a whole number.",
            hint=f"Write {int(count)} instead of {count!r}."  # type: ignore[call-overload]
            if is_number or isinstance(count, bool)
            else f"Write {place.type}(1, …): the count comes first.",
        )
    if count < 0:
        raise place.error(f"{count} is less than 0.", hint=f"Write 0 instead of {count}.")
    return int(count)

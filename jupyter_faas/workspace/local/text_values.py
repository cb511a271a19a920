"""``parse_value``: the value of a parameter that a person wrote as text, by its JSON schema.

Command lines (``key=value``) and the columns of CSV files use it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from jupyter_faas.errors import InputError, ParametersRejected
from jupyter_faas.workspace.local.function import MOST_LEVELS, file_url, is_image

# The number of digits of the largest float, minus 1.
_MOST_DIGITS = 308


def parse_value(key: str, text: str, schema: object = None) -> object:
    """Parse one value by ``schema``, which is the schema of ``key`` alone.

    Without a type in the schema, the value is parsed as JSON, or returned as text if it is not
    JSON.

    For an image, ``@FILE`` sends the content of that file. Raises ParametersRejected if the value
    does not have the schema's type.
    """
    if text.startswith("@") and is_image(schema):
        return file_url(Path(text[1:]), key)
    types = _types(schema)
    if isinstance(schema, Mapping) and schema.get("x-faas-type") == "decimal.Decimal":
        return text  # a number would lose digits
    if not types:
        return _choice(schema, text)
    for name, read in _READERS.items():
        if name in types:
            try:
                return read(text)
            except ValueError:
                continue
    if "integer" in types:
        # pandas writes a column of integers with a missing value as 4.0. A float or a string would
        # have matched above.
        whole = _whole(text)
        if whole is not None:
            return whole
    wanted = " or ".join(_WORDS.get(name, name) for name in types)
    raise ParametersRejected(f"{key} must be {wanted}, not {text!r}.")


def _choice(schema: object, text: str) -> object:
    """Parse a value without a type. ``"1"`` is a string if it is a choice, and else a number."""
    choices = schema.get("enum") if isinstance(schema, Mapping) else None
    is_text = isinstance(choices, list) and text in choices
    return text if is_text else _json_or_text(text)


def _types(schema: object) -> list[str]:
    if not isinstance(schema, Mapping):
        return []
    stated = schema.get("type")
    if isinstance(stated, str):
        return [stated]
    if isinstance(stated, list):
        return [name for name in stated if isinstance(name, str)]
    branches = schema.get("anyOf")
    if not isinstance(branches, list):
        return []
    found = [_types(branch) for branch in branches]
    # If a branch has no type, it accepts any value, and so does the whole schema.
    return [name for names in found for name in names] if all(found) else []


# Python's JSON parser accepts NaN and Infinity, which are invalid JSON that OpenWhisk rejects.
def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError(f"{text} is too large for a floating-point number")
    return value


def parse_json(text: str) -> object:
    """Parse standard JSON. Raises ValueError, also for NaN, Infinity and numbers like 1e999."""
    try:
        value: object = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise InputError("A value is nested too deeply.", hint=MOST_LEVELS) from None
    return value


def _json_or_text(text: str) -> object:
    try:
        return parse_json(text)
    except ValueError:
        return text


def _null(text: str) -> None:
    if text not in ("null", "None"):
        raise ValueError(text)


def _boolean(text: str) -> bool:
    words = {"true": True, "false": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _number(text: str) -> float:
    try:
        # An integer must not become a float, because a large number would lose digits.
        return int(text)
    except ValueError:
        number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _whole(text: str) -> int | None:
    """Return the integer that a decimal such as ``4.0`` or ``1e+16`` stands for, or None."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    # A larger exponent is not a float, and its digits could fill the memory.
    if (
        not value.is_finite()
        or value.adjusted() > _MOST_DIGITS
        or value != value.to_integral_value()
    ):
        return None
    return int(value)


def _of_type(kind: type) -> Callable[[str], object]:
    def read(text: str) -> object:
        value = parse_json(text)
        if not isinstance(value, kind):
            raise ValueError(text)
        return value

    return read


# If a value may have several types, they are tried in this order. A string always fits, so it is
# last.
_READERS: Mapping[str, Callable[[str], object]] = {
    "null": _null,
    "boolean": _boolean,
    "integer": int,
    "number": _number,
    "array": _of_type(list),
    "object": _of_type(dict),
    "string": str,
}
_WORDS: Mapping[str, str] = {
    "null": "null",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a JSON list",
    "object": "a JSON object",
    "string": "a string",
}

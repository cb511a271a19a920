"""Parse the values that users write: ``key=value`` pairs, durations, times and JSON objects.

The magics, the CLI and the cell options use this module. If the function's JSON schema has the key,
the value must match the schema. Otherwise it is parsed as JSON, or taken as a string if it is not
JSON.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from jupyter_faas.errors import InputError, ParametersRejected
from jupyter_faas.workspace.local.function import file_url, is_image

_MS_PER_UNIT = {"": 1000, "ms": 1, "s": 1000, "m": 60_000}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|)")

MOMENT_WORDS = "30d, 12h or 45m for a time before now, or a date such as 2026-11-24"
_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_AGO_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def parse_duration(text: str, what: str = "a duration") -> int:
    """Parse ``30``, ``30s``, ``500ms`` or ``2m`` into milliseconds. A bare number means seconds.

    Raises InputError, which names ``what``, for any other text.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise InputError(
            f"{text!r} is not {what}.",
            hint="Write 30 or 30s for seconds, 500ms, or 2m for minutes.",
        )
    return round(float(match[1]) * _MS_PER_UNIT[match[2]])


def parse_moment(text: str, now: int, flag: str) -> int:
    """Parse ``30d`` (that long before ``now``) or a date into ms since 1970.

    A date means the beginning of that day in the local time zone. Raises InputError, which names
    ``flag``, for any other text.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return now - int(ago[1]) * _AGO_MS[ago[2]]
    try:
        return int(datetime.fromisoformat(text.strip()).timestamp() * 1000)
    # A valid date may be outside the range of the platform's clock.
    except (ValueError, OverflowError):
        raise InputError(
            f"{flag} does not understand {text!r}.", hint=f"Write {MOMENT_WORDS}."
        ) from None


def split_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Split pairs such as ``["a=1", "b="]`` at the first equals sign of each.

    Raises InputError if a pair has no key or no equals sign, or a key occurs twice.
    """
    texts: dict[str, str] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise InputError(
                f"{pair!r} is not key=value.",
                hint="Quote a value that holds spaces: key='two words'.",
            )
        if key in texts:
            raise InputError(f"{key!r} is given twice.", hint="Give each parameter once.")
        texts[key] = text
    return texts


def parse_pairs(
    pairs: Iterable[str], schema: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Parse pairs such as ``["sepal_length=5.1", "note=fine"]`` into parameters.

    ``schema`` is the JSON schema of the whole dictionary (annotation ``faas-schema``). Raises
    InputError for an invalid pair, and ParametersRejected for a value of the wrong type.
    """
    properties = (schema or {}).get("properties")
    known = properties if isinstance(properties, Mapping) else {}
    return {key: parse_value(key, text, known.get(key)) for key, text in split_pairs(pairs).items()}


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
    wanted = " or ".join(_WORDS.get(name, name) for name in types)
    raise ParametersRejected(f"{key} must be {wanted}, not {text!r}.")


def _choice(schema: object, text: str) -> object:
    """Parse a value without a type. ``"1"`` is a string if it is a choice, and else a number."""
    choices = schema.get("enum") if isinstance(schema, Mapping) else None
    is_text = isinstance(choices, list) and text in choices
    return text if is_text else _json_or_text(text)


def parse_object(text: str, what: str) -> dict[str, object]:
    """Parse a JSON object, such as the value of ``--params-json``.

    Raises InputError if the text is not JSON or not an object.
    """
    try:
        value = _json(text)
    except ValueError as error:
        raise InputError(f"{what} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InputError(f"{what} must be a JSON object.", hint='Write it as \'{"key": "value"}\'.')
    return value


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


def _json(text: str) -> object:
    value: object = json.loads(text, parse_constant=_no_constant)
    return value


def _json_or_text(text: str) -> object:
    try:
        return _json(text)
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


def _of_type(kind: type) -> Callable[[str], object]:
    def read(text: str) -> object:
        value = _json(text)
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

"""Parse the values that users write: ``key=value`` pairs, durations, times and JSON objects.

The magics, the CLI and the cell options use this module. If the function's JSON schema has the key,
the value must match the schema. Otherwise it is parsed as JSON, or taken as a string if it is not
JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.local.text_values import parse_json, parse_value

_MS_PER_UNIT = {"": 1000, "ms": 1, "s": 1000, "m": 60_000}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|)")

MOMENT_WORDS = "30d for 30 days ago (units: w, d, h, m), or a date such as 2026-11-24"
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
            hint="Write a number with a unit, such as 30s, 500ms or 2m. Without a unit, the number "
            "means seconds.",
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
            f"{flag}: {text!r} is not a valid time.", hint=f"Write {MOMENT_WORDS}."
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
                hint=f"Write a key and a value, such as {key or 'name'}={text or 1}. Quote a value "
                "that contains spaces: key='two words'.",
            )
        if key in texts:
            raise InputError(f"{key!r} is given twice.", hint=f"Leave the second {key}=… out.")
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


def parse_object(text: str, what: str) -> dict[str, object]:
    """Parse a JSON object, such as the value of ``--params-json``.

    Raises InputError if the text is not JSON or not an object.
    """
    try:
        value = parse_json(text)
    except ValueError as error:
        raise InputError(f"{what} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InputError(
            f"{what} must be a JSON object.", hint='Write an object, such as \'{"key": "value"}\'.'
        )
    return value

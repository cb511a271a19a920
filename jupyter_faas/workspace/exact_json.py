"""Encoding of JSON messages that keeps browsers from rounding large integers.

A front end parses a kernel's messages into JavaScript numbers before our code sees them, and saves
those numbers in the notebook. 9007199254740993 would become 9007199254740992. Values that contain
such integers are therefore sent as JSON text. So are values whose keys a saved notebook would sort.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

KEY = "exact"

# The values of cards and activations whose keys are those of the user's function.
_OWN_KEYS = ("schema", "examples", "result")
# Values with longer JSON text are saved only once, with sorted keys.
_MOST_REPEATED = 20_000

# Matches integers of 16 or more digits in the output of json.dumps. JavaScript numbers are exact
# up to 2**53, which has 16 digits. The pattern also matches inside some strings. Their values are
# then sent as JSON text as well, which is harmless.
_LONG = re.compile(r"(?<![^\[ ])-?\d{16,}(?![^,\]}])")


def to_exact(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the message that a browser can parse without rounding integers.

    Values with large integers are JSON text under the key ``exact``.
    """
    # Almost no message has such an integer, so the whole message is searched before each value.
    texts = {}
    if _LONG.search(json.dumps(message)):
        written = {key: json.dumps(value, ensure_ascii=False) for key, value in message.items()}
        texts = {key: text for key, text in written.items() if _LONG.search(text)}
    others = {key: value for key, value in message.items() if key not in texts}
    return {**others, KEY: texts} if texts else others


def for_notebook(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a display's message that can be saved in a notebook.

    In addition to ``to_exact``, the values that show a function's own keys are repeated as JSON
    text if their keys are not in alphabetical order, because nbformat sorts the keys of outputs.
    """
    sent = to_exact(message)
    known = sent.get(KEY, {})
    texts = {
        key: json.dumps(message[key], ensure_ascii=False)
        for key in _OWN_KEYS
        if key in message and key not in known
    }
    unsorted = {
        key: written
        for key, written in texts.items()
        if len(written) <= _MOST_REPEATED
        and written != json.dumps(message[key], ensure_ascii=False, sort_keys=True)
    }
    return {**sent, KEY: {**known, **unsorted}} if unsorted else sent


def from_exact(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the original message for a result of ``to_exact``."""
    texts = message.get(KEY, {})
    others = {key: value for key, value in message.items() if key != KEY}
    return {**others, **{key: json.loads(text) for key, text in texts.items()}}

"""Messages to a browser whose numbers stay what they are.

A front end reads a kernel's messages with JavaScript's numbers before we see them, and saves a
notebook with those: 9007199254740993 would be 9007199254740992. What holds such numbers goes as
text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

KEY = "exact"

# A whole number of 16 digits in what json.dumps wrote: 2**53 is the least that may be rounded. What
# only looks like one, in a string, goes as text too and loses nothing.
_LONG = re.compile(r"(?<![^\[ ])-?\d{16,}(?![^,\]}])")


def to_exact(message: Mapping[str, Any]) -> dict[str, Any]:
    """Move the values that a browser would round into ``exact``, each as its JSON."""
    texts = {}
    if _LONG.search(json.dumps(message)):
        written = {key: json.dumps(value, ensure_ascii=False) for key, value in message.items()}
        texts = {key: text for key, text in written.items() if _LONG.search(text)}
    others = {key: value for key, value in message.items() if key not in texts}
    return {**others, KEY: texts} if texts else others


def from_exact(message: Mapping[str, Any]) -> dict[str, Any]:
    """Give the message that it was."""
    texts = message.get(KEY, {})
    others = {key: value for key, value in message.items() if key != KEY}
    return {**others, **{key: json.loads(text) for key, text in texts.items()}}

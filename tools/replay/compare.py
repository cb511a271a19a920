"""Compare two normalised replies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_ABSENT = "<absent>"
_MAX_SHOWN = 300


@dataclass(frozen=True)
class Difference:
    """A part of two replies that is not alike, such as ``body.json.error``."""

    where: str
    real: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.where}: {_shown(self.real)}  ->  {_shown(self.ours)}"


def differences(real: dict[str, Any], ours: dict[str, Any]) -> list[Difference]:
    """Return what is not alike in two replies. 1 and 1.0 are not alike, nor are 1 and true."""
    found = [] if real["status"] == ours["status"] else [_of("status", real, ours)]
    names = sorted({*real["headers"], *ours["headers"]})
    found += [
        Difference(name, real["headers"].get(name), ours["headers"].get(name))
        for name in names
        if real["headers"].get(name) != ours["headers"].get(name)
    ]
    return [*found, *_inside("body", real["body"], ours["body"])]


def _of(key: str, real: dict[str, Any], ours: dict[str, Any]) -> Difference:
    return Difference(key, real.get(key, _ABSENT), ours.get(key, _ABSENT))


def _inside(where: str, real: Any, ours: Any) -> Iterator[Difference]:
    if _written(real) == _written(ours):
        return
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted({*real, *ours}):
            yield from _inside(f"{where}.{key}", real.get(key, _ABSENT), ours.get(key, _ABSENT))
    elif isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        for place, (one, other) in enumerate(zip(real, ours, strict=True)):
            yield from _inside(f"{where}[{place}]", one, other)
    else:
        yield Difference(where, real, ours)


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _shown(value: Any) -> str:
    text = _written(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"

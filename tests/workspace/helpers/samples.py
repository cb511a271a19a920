"""The JSON that Python and TypeScript agree on, and how to compare shapes with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[2] / "data" / "api"


def sample(name: str) -> Any:
    """The content of ``tests/data/api/NAME.json``."""
    return json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))


def shape(value: object) -> object:
    """Keys in their order and the types of values; None goes with any type."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def assert_same_shape(made: object, wanted: object, path: str = "$") -> None:
    """The same keys in the same order, the same types where neither is null."""
    json.dumps(made, allow_nan=False)
    if made is None or wanted is None:
        return
    if isinstance(wanted, dict):
        assert isinstance(made, dict), path
        assert list(made) == list(wanted), path
        for key, value in wanted.items():
            assert_same_shape(made[key], value, f"{path}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(made, list), path
        for one in made[:1] if wanted else ():
            assert_same_shape(one, wanted[0], f"{path}[0]")
    else:
        assert shape(made) == shape(wanted), path

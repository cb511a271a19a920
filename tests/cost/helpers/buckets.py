"""Runs that are alike, for the tests of this folder."""

from __future__ import annotations

from typing import Any

from jupyter_faas.cost.usage import Bucket


def bucket(duration_ms: int, runs: int = 1, **more: Any) -> Bucket:
    """Warm ones of a function ``f`` with 256 MB, none measured, unless said otherwise."""
    given = {"name": "f", "memory_mb": 256, "cold": False, "latest": 0, **more}
    return Bucket(duration_ms=duration_ms, runs=runs, **given)

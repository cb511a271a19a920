"""Runs that are alike, for the tests of this folder."""

from __future__ import annotations

from typing import Any

from jupyter_faas.cost.usage import RunGroup


def group(duration_ms: int, runs: int = 1, *, used_mb: int = 0, **more: Any) -> RunGroup:
    """Warm runs of a function ``f`` with 256 MB, none measured, unless said otherwise."""
    given = {"name": "f", "memory_mb": 256, "cold": 0, "latest": 0, "measured": 0, "peak_mb": None}
    return RunGroup(
        **{**given, **more}, durations_ms=(duration_ms,), runs=(runs,), used_mb=(used_mb,)
    )

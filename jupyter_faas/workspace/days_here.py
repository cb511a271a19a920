"""Whose days are told: those of this machine's clock, or of the one a browser names."""

from __future__ import annotations

from datetime import datetime

from jupyter_faas.errors import InputError

# The line of dates has places 14 hours before and 12 behind UTC; both ways the larger.
FARTHEST = 14 * 60


def utc_offset_here(now_ms: int) -> int:
    """Minutes east of UTC of this machine at that moment (epoch ms)."""
    offset = datetime.fromtimestamp(now_ms / 1000).astimezone().utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) // 60


def read_utc_offset(words: str) -> int:
    """``60`` or ``-300``: minutes east of UTC; 0 of nothing. InputError."""
    digits = words.removeprefix("-")
    if words and not (digits.isascii() and digits.isdigit() and int(digits) <= FARTHEST):
        raise InputError(
            f"utc_offset must be minutes east of UTC, {-FARTHEST} to {FARTHEST}, not {words!r}."
        )
    return int(words or "0")

"""Ids for activations and transactions."""

from __future__ import annotations

import os

_AT_ONCE = 128


class Ids:
    """32 hexadecimal digits, as unguessable as a UUID of version 4, whose fixed bits nobody asks
    for. Many are drawn at once: asking the kernel takes longer than all else here."""

    def __init__(self) -> None:
        self._digits = ""
        self._next = 0

    def __call__(self) -> str:
        if self._next == len(self._digits):
            self._digits = os.urandom(16 * _AT_ONCE).hex()
            self._next = 0
        self._next += 32
        return self._digits[self._next - 32 : self._next]

"""A figure is a name, its samples in milliseconds and, where one was promised, a bound.

With ``FAAS_BENCH_SMOKE=1``, each section runs in a small form of a few seconds, whose figures say
nothing. The tests use it, so that no section stops working unnoticed.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

Value = TypeVar("Value")

SMOKE = bool(os.environ.get("FAAS_BENCH_SMOKE"))


def sized(usual: Value, smoke: Value) -> Value:
    """Return the size of a section: ``usual``, or ``smoke`` in the small form."""
    return smoke if SMOKE else usual


@dataclass
class Figure:
    name: str
    bound_ms: float | None = None
    samples: list[float] = field(default_factory=list)

    @contextmanager
    def timed(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.samples.append((time.perf_counter() - started) * 1000)

    def row(self) -> str:
        if not self.samples:
            return f"{self.name:<58} no sample"
        low, high = min(self.samples), max(self.samples)
        middle = statistics.median(self.samples)
        promise = ""
        if self.bound_ms is not None:
            word = "within" if middle <= self.bound_ms else "OVER"
            promise = f"  {word} {self.bound_ms:,.0f} ms"
        spread = f"({low:.1f} to {high:.1f}, n={len(self.samples)})"
        return f"{self.name:<58} {middle:9.1f} ms  {spread}{promise}"


Section = Callable[[], Iterable[Figure | str]]

"""Notices when a captured value is no longer what was packaged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Generic, Protocol, TypeVar

Fingerprint = Callable[[Iterable[str], Mapping[str, object]], Mapping[str, str]]

_BUDGET_S = 0.1
# What takes long to look at rests afterwards, so that looking never costs more than a twentieth.
_BACKOFF_FACTOR = 20


class Watched(Protocol):
    """A packaged function, as far as drift is concerned."""

    fingerprints: Mapping[str, str]
    stale: tuple[str, ...]


WatchedT = TypeVar("WatchedT", bound=Watched)


class DriftWatch(Generic[WatchedT]):
    """Compares fingerprints within a budget, so that no cell is slowed by what it packaged once.

    ``unchecked`` holds those that the last look did not reach.
    """

    def __init__(self, fingerprint: Fingerprint, clock: Callable[[], float] = perf_counter) -> None:
        self._fingerprint = fingerprint
        self._clock = clock
        self._next_check: dict[int, float] = {}
        self.unchecked: list[WatchedT] = []

    def begin(
        self, function: WatchedT, names: Iterable[str], namespace: Mapping[str, object]
    ) -> None:
        """Remember what ``names`` are now: from here on, another value is a change."""
        begun = self._clock()
        function.fingerprints = self._fingerprint(
            [name for name in names if name in namespace], namespace
        )
        function.stale = ()
        self._back_off(function, begun)

    def check_due(self, functions: Sequence[WatchedT], namespace: Mapping[str, object]) -> bool:
        """Look at those that are due, until ``_BUDGET_S`` is spent; whether any changed."""
        begun = self._clock()
        due = [one for one in functions if self._due_at(one) <= begun]
        # Those that rested longest come first, so that a budget that runs out starves nobody.
        due.sort(key=self._due_at)
        looked: list[WatchedT] = []
        changed = False
        for one in due:
            if self._clock() - begun > _BUDGET_S:
                break
            changed |= self.check(one, namespace)
            looked.append(one)
        self.unchecked = [one for one in functions if one not in looked]
        return changed

    def wait_s(self) -> float:
        """Seconds until one of the ``unchecked`` is due."""
        return max(0.0, min(map(self._due_at, self.unchecked), default=0.0) - self._clock())

    def check(self, function: WatchedT, namespace: Mapping[str, object]) -> bool:
        """Look at one function, whatever it takes; whether its ``stale`` changed."""
        begun = self._clock()
        # A name that was deleted did not change: the package still holds what it was.
        names = [name for name in function.fingerprints if name in namespace]
        found = self._fingerprint(names, namespace)
        stale = tuple(name for name in names if found[name] != function.fingerprints[name])
        self._back_off(function, begun)
        changed, function.stale = stale != function.stale, stale
        return changed

    def forget(self, function: WatchedT) -> None:
        """Keep nothing about a function that was replaced."""
        self._next_check.pop(id(function), None)

    def _due_at(self, function: WatchedT) -> float:
        return self._next_check.get(id(function), 0.0)

    def _back_off(self, function: WatchedT, begun: float) -> None:
        ended = self._clock()
        self._next_check[id(function)] = ended + (ended - begun) * _BACKOFF_FACTOR

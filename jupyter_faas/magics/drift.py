"""Notices when a captured value is no longer what was packaged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Generic, Protocol, TypeVar

Fingerprint = Callable[[Iterable[str], Mapping[str, object]], Mapping[str, str]]

_BUDGET_S = 0.1
# What takes long to look at rests afterwards, so that looking never costs more than a twentieth.
_REST_FACTOR = 20


class Watched(Protocol):
    """A packaged function, as far as drift is concerned."""

    fingerprints: Mapping[str, str]
    stale: tuple[str, ...]


W = TypeVar("W", bound=Watched)


class DriftWatch(Generic[W]):
    """Compares fingerprints within a budget, so that no cell is slowed by what it packaged once.

    ``missed`` holds those that the last look did not reach.
    """

    def __init__(self, fingerprint: Fingerprint, clock: Callable[[], float] = perf_counter) -> None:
        self._fingerprint = fingerprint
        self._clock = clock
        self._rest_until: dict[int, float] = {}
        self.missed: list[W] = []

    def begin(self, function: W, names: Iterable[str], namespace: Mapping[str, object]) -> None:
        """Remember what ``names`` are now: from here on, another value is a change."""
        begun = self._clock()
        function.fingerprints = self._fingerprint(
            [name for name in names if name in namespace], namespace
        )
        function.stale = ()
        self._rest(function, begun)

    def look(self, functions: Sequence[W], namespace: Mapping[str, object]) -> bool:
        """Look at those that are due, until ``_BUDGET_S`` is spent; whether any changed."""
        begun = self._clock()
        due = [one for one in functions if self._due(one) <= begun]
        # Those that rested longest come first, so that a budget that runs out starves nobody.
        due.sort(key=self._due)
        looked: list[W] = []
        changed = False
        for one in due:
            if self._clock() - begun > _BUDGET_S:
                break
            changed |= self.look_at(one, namespace)
            looked.append(one)
        self.missed = [one for one in functions if one not in looked]
        return changed

    def wait_s(self) -> float:
        """Seconds until one of the ``missed`` is due."""
        return max(0.0, min(map(self._due, self.missed), default=0.0) - self._clock())

    def look_at(self, function: W, namespace: Mapping[str, object]) -> bool:
        """Look at one function, whatever it takes; whether its ``stale`` changed."""
        begun = self._clock()
        # A name that was deleted did not change: the package still holds what it was.
        names = [name for name in function.fingerprints if name in namespace]
        found = self._fingerprint(names, namespace)
        stale = tuple(name for name in names if found[name] != function.fingerprints[name])
        self._rest(function, begun)
        changed, function.stale = stale != function.stale, stale
        return changed

    def forget(self, function: W) -> None:
        """Keep nothing about a function that was replaced."""
        self._rest_until.pop(id(function), None)

    def _due(self, function: W) -> float:
        return self._rest_until.get(id(function), 0.0)

    def _rest(self, function: W, begun: float) -> None:
        ended = self._clock()
        self._rest_until[id(function)] = ended + (ended - begun) * _REST_FACTOR

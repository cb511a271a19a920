"""Detect drift: captured values of the notebook that changed since the function was packaged.

After each cell the session calls ``check_due``, which compares fingerprints of the captured names
for at most ``_BUDGET_S``. After each check, the function is not due again for 20 times the duration
of the check, so checks take at most a twentieth of the kernel's time. ``check`` ignores the budget
and the backoff. It runs before a deploy and for a handle's repr. ``check_if_cheap`` runs after a
call of the deployed function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Generic, Protocol, TypeVar

Fingerprint = Callable[[Iterable[str], Mapping[str, object]], Mapping[str, str]]

_BUDGET_S = 0.1
# The pause after a check is this many times its duration.
_BACKOFF_FACTOR = 20


class Watched(Protocol):
    """The attributes of a packaged function that drift detection reads and writes.

    ``drifted`` has the present fingerprints of the names in ``stale``.
    """

    fingerprints: Mapping[str, str]
    stale: tuple[str, ...]
    drifted: Mapping[str, str]


WatchedT = TypeVar("WatchedT", bound=Watched)


class DriftWatch(Generic[WatchedT]):
    """A drift checker with a time budget, so that its comparisons do not slow cells down.

    ``unchecked`` holds the functions that the last ``check_due`` did not reach.
    """

    def __init__(self, fingerprint: Fingerprint, clock: Callable[[], float] = perf_counter) -> None:
        self._fingerprint = fingerprint
        self._clock = clock
        # The keys are ``id(function)``, because a function need not be hashable.
        self._next_check: dict[int, float] = {}
        self._duration_s: dict[int, float] = {}
        self.unchecked: list[WatchedT] = []

    def begin(
        self, function: WatchedT, names: Iterable[str], namespace: Mapping[str, object]
    ) -> None:
        """Record the current fingerprints of ``names``. A later difference counts as drift."""
        begun = self._clock()
        function.fingerprints = self._fingerprint(
            [name for name in names if name in namespace], namespace
        )
        function.stale, function.drifted = (), {}
        self._back_off(function, begun)

    def check_due(self, functions: Sequence[WatchedT], namespace: Mapping[str, object]) -> bool:
        """Check due functions until ``_BUDGET_S`` is spent.

        Returns whether the ``stale`` of any function changed.
        """
        begun = self._clock()
        due = [one for one in functions if self._due_at(one) <= begun]
        # The functions that are longest overdue come first, so that every function is checked in
        # time.
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
        """Return the seconds until the first of ``unchecked`` is due, or 0 if it is due now."""
        return max(0.0, min(map(self._due_at, self.unchecked), default=0.0) - self._clock())

    def check(self, function: WatchedT, namespace: Mapping[str, object]) -> bool:
        """Check one function without a time limit and return whether its ``stale`` changed."""
        begun = self._clock()
        # A deleted name does not count as drift, because the package still has its value.
        names = [name for name in function.fingerprints if name in namespace]
        found = self._fingerprint(names, namespace)
        stale = tuple(name for name in names if found[name] != function.fingerprints[name])
        self._back_off(function, begun)
        changed, function.stale = stale != function.stale, stale
        function.drifted = {name: found[name] for name in stale}
        return changed

    def check_if_cheap(
        self, function: WatchedT, namespace: Mapping[str, object], *, again: bool = False
    ) -> bool:
        """Check one function if its last check fitted into the budget.

        ``again``: check only if it is due. Returns whether its ``stale`` changed.
        """
        begun = self._clock()
        cheap = self._duration_s.get(id(function), 0.0) <= _BUDGET_S
        due = not again or self._due_at(function) <= begun
        return cheap and due and self.check(function, namespace)

    def forget(self, function: WatchedT) -> None:
        """Drop the state of a function that was replaced."""
        self._next_check.pop(id(function), None)
        self._duration_s.pop(id(function), None)

    def _due_at(self, function: WatchedT) -> float:
        return self._next_check.get(id(function), 0.0)

    def _back_off(self, function: WatchedT, begun: float) -> None:
        ended = self._clock()
        self._duration_s[id(function)] = ended - begun
        self._next_check[id(function)] = ended + (ended - begun) * _BACKOFF_FACTOR

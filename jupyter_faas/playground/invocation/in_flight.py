"""Runs in flight, which have started but do not have an activation record yet."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_faas.playground.invocation.conductors import Composite
from jupyter_faas.playground.invocation.run import Run
from jupyter_faas.playground.storage.graphs import is_branch


class InFlightRuns:
    """Plain runs, sequences and compositions by activation id, in order of their start."""

    def __init__(self) -> None:
        self._runs: dict[str, Run | Composite] = {}

    def __bool__(self) -> bool:
        return bool(self._runs)

    def __iter__(self) -> Iterator[Run | Composite]:
        """Iterate over the runs of all namespaces, oldest first. Runs may end meanwhile."""
        return iter(list(self._runs.values()))

    def add(self, entry: Run | Composite) -> None:
        """Add an entry. A ``Composite`` replaces its own run, which has the same id."""
        self._runs[run_of(entry).activation_id] = entry

    def remove(self, activation_id: str) -> None:
        self._runs.pop(activation_id, None)

    def clear(self) -> None:
        self._runs.clear()

    def count(self, namespace: str) -> int:
        """Return the number of plain runs in a namespace.

        Components of composites are counted, but composites themselves are not.
        """
        runs = self._runs.values()
        return sum(isinstance(each, Run) and each.caller.namespace == namespace for each in runs)

    def find(self, activation_id: str, namespace: str) -> Run | Composite | None:
        """Return the run with that activation id, or None if it is not in ``namespace``."""
        entry = self._runs.get(activation_id)
        return entry if entry and run_of(entry).caller.namespace == namespace else None

    def caused_by(self, activation_id: str) -> list[Run | Composite]:
        """Return the components of a composite that are running now."""
        return [each for each in self._runs.values() if run_of(each).cause == activation_id]

    def all(self, namespace: str) -> list[Run | Composite]:
        """Return all runs of a namespace, oldest first."""
        return [each for each in self._runs.values() if run_of(each).caller.namespace == namespace]

    def top(self, namespace: str) -> list[Run | Composite]:
        """Return the runs of a namespace that are not part of another one, oldest first."""
        return [each for each in self.all(namespace) if is_top(run_of(each))]

    def sessions(self, namespace: str) -> list[Composite]:
        """Return the sequences and compositions that are not part of another one."""
        return [each for each in self.top(namespace) if isinstance(each, Composite)]


def is_top(run: Run) -> bool:
    """Return whether a run is not part of another one."""
    return run.cause is None and not is_branch_run(run)


def is_branch_run(run: Run) -> bool:
    """Return whether a conductor has started the run as a branch of its own."""
    return run.resolved.is_conductor and run.cause is None and is_branch(run.payload)


def run_of(entry: Run | Composite) -> Run:
    return entry if isinstance(entry, Run) else entry.run

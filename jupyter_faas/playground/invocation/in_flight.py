"""The runs in flight: begun, and without a record so far."""

from __future__ import annotations

from jupyter_faas.playground.invocation.conductors import Composite
from jupyter_faas.playground.invocation.run import Run


class InFlightRuns:
    """Plain runs, sequences and compositions by activation id, in the order of their start."""

    def __init__(self) -> None:
        self._runs: dict[str, Run | Composite] = {}

    def __bool__(self) -> bool:
        return bool(self._runs)

    def add(self, entry: Run | Composite) -> None:
        """A composite takes the place of its own run."""
        self._runs[run_of(entry).activation_id] = entry

    def remove(self, activation_id: str) -> None:
        self._runs.pop(activation_id, None)

    def clear(self) -> None:
        self._runs.clear()

    def count(self, namespace: str) -> int:
        """How many plain runs there are for a namespace: composites are not counted, their
        components are."""
        runs = self._runs.values()
        return sum(isinstance(each, Run) and each.caller.namespace == namespace for each in runs)

    def find(self, activation_id: str, namespace: str) -> Run | Composite | None:
        """Return the run with that id, if it is one of the namespace's."""
        entry = self._runs.get(activation_id)
        return entry if entry and run_of(entry).caller.namespace == namespace else None

    def caused_by(self, activation_id: str) -> list[Run | Composite]:
        """Return the components of a composite that run now."""
        return [each for each in self._runs.values() if run_of(each).cause == activation_id]

    def composites(self, namespace: str) -> list[Composite]:
        """Return the sequences and compositions of a namespace, the oldest first."""
        found = (each for each in self._runs.values() if isinstance(each, Composite))
        return [each for each in found if each.run.caller.namespace == namespace]


def run_of(entry: Run | Composite) -> Run:
    return entry if isinstance(entry, Run) else entry.run

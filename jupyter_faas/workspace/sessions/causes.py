"""CauseCache: why each failed run of a list failed, on one line.

The entries of a host's list have neither result nor log, so the record of each failed run is
fetched once and its cause is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_faas.errors import FaasError
from jupyter_faas.workspace.failures import failure_of
from jupyter_faas.workspace.results import ActivationSummary
from jupyter_faas.workspace.sessions.totals import SessionSummary

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.sessions.records import RecordLoader

_CACHED = 2000
# The number of records that are fetched for one list. Older failures are listed without a cause.
_MOST_FETCHED = 50

_Entry = TypeVar("_Entry", ActivationSummary, SessionSummary, ActivationSummary | SessionSummary)


@dataclass
class CauseCache:
    """A thread-safe cache of the causes of failed runs by activation id."""

    _known: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, found: Sequence[_Entry], records: RecordLoader) -> list[_Entry]:
        """Return the entries of a list, of which those that failed have an ``error``.

        An entry stays without one if its record cannot be read.
        """
        failed = [each.id for each in map(_summary, found) if not each.ok]
        with self._lock:
            wanted = [each for each in failed if each not in self._known][:_MOST_FETCHED]
        if wanted:
            # A list is still useful without the causes.
            with suppress(FaasError):
                self._remember(records.get(wanted))
        with self._lock:
            causes = {each: self._known[each] for each in failed if each in self._known}
        return [_with_error(each, causes.get(_summary(each).id)) for each in found]

    def _remember(self, records: dict[str, Activation]) -> None:
        with self._lock:
            for activation_id, run in records.items():
                shown = {
                    "result": run.response.result,
                    "status": run.response.status,
                    "logs": run.logs,
                    "memory_mb": run.memory_mb,
                }
                self._known[activation_id] = failure_of(shown).headline
            while len(self._known) > _CACHED:
                self._known.popitem(last=False)


def _summary(entry: ActivationSummary | SessionSummary) -> ActivationSummary:
    return entry.summary if isinstance(entry, SessionSummary) else entry


def _with_error(entry: _Entry, error: str | None) -> _Entry:
    if error is None:
        return entry
    whole: Any = entry
    # Typed as Any, because mypy takes a session's summary for a subclass of both types.
    if isinstance(whole, SessionSummary):
        whole = replace(whole, summary=replace(whole.summary, error=error))
    else:
        whole = replace(whole, error=error)
    typed: _Entry = whole
    return typed

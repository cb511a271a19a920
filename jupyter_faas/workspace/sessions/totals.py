"""Lists of sessions with their totals (number of calls and exact cost), which are cached."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.activations import summarize
from jupyter_faas.workspace.results import ActivationSummary
from jupyter_faas.workspace.sessions.model import RunInfo, is_cold
from jupyter_faas.workspace.sessions.steps import cost_of, running_summary, steps_of
from jupyter_faas.workspace.sessions.tree import collect_tree

if TYPE_CHECKING:
    from jupyter_faas.client import Client, RunningActivation
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.sessions.records import RecordLoader

_PAGE = 200
# The number of records that are searched for runs without a parent. The playground filters records
# itself. On other hosts, each page of 200 records costs a request whenever a list is refreshed.
_SEARCHED, _SEARCHED_ELSEWHERE = 2000, 600
_CACHED = 1000


@dataclass(frozen=True)
class SessionTotals:
    """Totals of a session.

    ``cost``: the cost of a million such sessions in USD, or None if unknown.
    ``cold``: whether any of the calls was a cold start.
    ``is_branch``: whether a conductor spawned this run within another session.
    ``final``: whether the totals can no longer change.
    """

    calls: int
    cost: Decimal | None
    cold: bool
    is_branch: bool
    final: bool


@dataclass(frozen=True)
class SessionSummary:
    """A session's summary, whose cost covers the whole session, and its number of calls."""

    summary: ActivationSummary
    calls: int

    @property
    def id(self) -> str:
        return self.summary.id

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON data, with the number of calls.

        There are examples in ``tests/data/api/activations.json``.
        """
        return {**self.summary.to_json(), "calls": self.calls}


@dataclass
class TotalsCache:
    """A thread-safe cache of the final totals of sessions, by id and price list."""

    _known: OrderedDict[tuple[str, PriceList], SessionTotals] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, run: Activation, records: RecordLoader, prices: PriceList) -> SessionTotals:
        """Return the totals of an ended session. ``run`` may come from a list, without logs.

        Raises the errors of the client.
        """
        with self._lock:
            known = self._known.get((run.activation_id, prices))
        if known is None:
            # Activations from a list lack logs, which contain the children's ids. So the complete
            # record is fetched. Totals are computed without holding the lock, so that no thread
            # waits for another thread's requests.
            whole = records.get([run.activation_id]).get(run.activation_id, run)
            known = _totals(RunInfo.from_record(whole), summarize(whole, prices), records, prices)
            if known.final:
                self._remember((run.activation_id, prices), known)
        return known

    def _remember(self, key: tuple[str, PriceList], found: SessionTotals) -> None:
        with self._lock:
            self._known[key] = found
            while len(self._known) > _CACHED:
                self._known.popitem(last=False)


def top_runs(client: Client, wanted: int = _PAGE, **filters: Any) -> Iterator[Activation]:
    """Yield the activations without a parent, the latest first, without results and logs.

    ``wanted`` is the number of runs that the caller needs. It only affects the page size.
    """
    # Only the playground can filter by cause. For other hosts, runs with a parent are removed here,
    # so full pages are requested.
    here = client.target.kind == "playground"
    size = min(wanted, _PAGE) if here else _PAGE
    for skip in range(0, _SEARCHED if here else _SEARCHED_ELSEWHERE, size):
        page = client.list_activations(size, skip, cause="", **filters)
        yield from (each for each in page if each.cause is None)
        if len(page) < size:
            return


def add_totals(
    found: Iterable[Activation], cache: TotalsCache, records: RecordLoader, prices: PriceList
) -> Iterator[ActivationSummary | SessionSummary]:
    """Yield the summaries of runs. The summaries of sessions include their totals.

    Sessions that a conductor spawned, such as branches of a ``map``, are omitted. Their records
    have no cause, so hosts list them as if they had no parent.
    """
    for each in found:
        summary = summarize(each, prices)
        if not summary.has_parts:
            yield summary
            continue
        totals = cache.of(each, records, prices)
        if not totals.is_branch:
            summed = replace(summary, cost_per_million=totals.cost, cold=totals.cold)
            yield SessionSummary(summed, totals.calls)


def running_functions(records: RecordLoader, name: str | None) -> list[ActivationSummary]:
    """Return the running functions that are no part of a session, the latest first."""
    listed = [each for each in records.under_way(plain=True) if each[1].kind == "function"]
    return [
        running_summary(RunInfo.from_running(activation_id, run))
        for activation_id, run in reversed(listed)
        if name is None or _name(run) == name
    ]


def running_sessions(
    records: RecordLoader, name: str | None, prices: PriceList
) -> Iterator[SessionSummary]:
    """Yield the running sessions, the latest first, with their totals so far.

    ``name`` selects the sessions of one composition or sequence. None selects all sessions.
    """
    listed = [each for each in records.under_way() if name is None or _name(each[1]) == name]
    facts = records.facts([activation_id for activation_id, _ in listed])
    for activation_id, run in reversed(listed):
        found = facts.get(activation_id)
        # The list omits the runs within each session, so each session's details are used.
        whole = found.under_way if found is not None and found.under_way is not None else run
        known = RunInfo.from_running(activation_id, whole)
        summary = running_summary(known)
        totals = _totals(known, summary, records, prices)
        summed = replace(summary, cost_per_million=totals.cost, cold=totals.cold)
        yield SessionSummary(summed, totals.calls)


def _name(run: RunningActivation) -> str:
    return run.path.partition("/")[2]


def _totals(
    known: RunInfo, summary: ActivationSummary, records: RecordLoader, prices: PriceList
) -> SessionTotals:
    tree = collect_tree(records, known, None)
    steps = steps_of(tree.children, tree.running, prices)
    # The conductor of a whole composition starts at the root, whose path is empty. A branch's
    # conductor starts at a different node.
    first_node = next((each.visited[0] for each in tree.children if each.visited), "")
    return SessionTotals(
        calls=sum(each.is_call for each in steps),
        cost=cost_of(steps, summary, 0, prices).total,
        cold=is_cold(steps),
        is_branch=first_node != "",
        final=not tree.running and not tree.missing,
    )

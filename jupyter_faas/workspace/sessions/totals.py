"""Lists of sessions, each with its number of calls and its exact cost, which are cached."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.activations import summarize
from jupyter_faas.workspace.results import ActivationSummary
from jupyter_faas.workspace.sessions.model import RunInfo
from jupyter_faas.workspace.sessions.steps import cost_of, running_summary, steps_of
from jupyter_faas.workspace.sessions.tree import collect_tree

if TYPE_CHECKING:
    from jupyter_faas.client import Client, RunningActivation
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.sessions.records import RecordLoader

_PAGE = 200
# The number of records that are searched for runs without a parent. The playground filters them
# itself. On other hosts each page of 200 is one more request whenever a list is refreshed.
_SEARCHED, _SEARCHED_ELSEWHERE = 2000, 600
_CACHED = 1000


@dataclass(frozen=True)
class SessionTotals:
    """Totals of a session. ``cost`` is in USD for a million sessions.

    ``cold``: a step was a cold start. ``is_branch``: a conductor spawned this run as a part of
    another session. ``final``: the totals cannot change any more.
    """

    calls: int
    cost: Decimal | None
    cold: bool
    is_branch: bool
    final: bool


@dataclass(frozen=True)
class SessionSummary:
    """An entry of a list of sessions. The cost in ``summary`` is that of the whole session."""

    summary: ActivationSummary
    calls: int

    def to_json(self) -> dict[str, Any]:
        """Return an entry of ``tests/data/api/activations.json``, with the number of calls."""
        return {**self.summary.to_json(), "calls": self.calls}


@dataclass
class TotalsCache:
    """Final totals of sessions, by id and price list. Safe to use from several threads."""

    _known: OrderedDict[tuple[str, PriceList], SessionTotals] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, run: Activation, records: RecordLoader, prices: PriceList) -> SessionTotals:
        """Return the totals of an ended session. ``run`` may be an entry of a list.

        Raises the errors of the client.
        """
        with self._lock:
            known = self._known.get((run.activation_id, prices))
        if known is None:
            # Entries of a list have no logs, which are the ids of the children. Totals are computed
            # without the lock: two threads may compute the same, but none waits for requests of
            # another.
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
    """Yield list entries of runs without a parent, the latest first.

    ``wanted`` is the number that the caller needs; it only sets the size of the pages.
    """
    # Only the playground can filter by cause. On other hosts runs with a parent are dropped below,
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
    """Yield the runs of a list as summaries, and sessions with their totals.

    Runs that a conductor spawned, such as branches of a ``map``, are left out. Their records have
    no cause, so hosts list them as if they had no parent.
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


def running_sessions(
    records: RecordLoader, name: str | None, prices: PriceList
) -> Iterator[SessionSummary]:
    """Yield the sessions that run now, the latest first, with their totals so far.

    ``name`` selects one composition or sequence.
    """
    listed = [each for each in records.under_way() if name is None or _name(each[1]) == name]
    facts = records.facts([activation_id for activation_id, _ in listed])
    for activation_id, run in reversed(listed):
        found = facts.get(activation_id)
        # The list leaves out the runs within each session; the facts of one session include them.
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
    # The conductor of a whole composition starts at the root, whose path is empty. The conductor of
    # a branch starts at another node.
    first_node = next((each.visited[0] for each in tree.children if each.visited), "")
    return SessionTotals(
        calls=sum(each.is_call for each in steps),
        cost=cost_of(steps, summary, 0, prices).total,
        cold=any(each.summary.cold for each in steps),
        is_branch=first_node != "",
        final=not tree.running and not tree.missing,
    )

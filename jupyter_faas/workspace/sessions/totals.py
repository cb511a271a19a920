"""Sessions in a list: each with its calls and its exact cost, worked out once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.activations import summarize
from jupyter_faas.workspace.results import ActivationSummary
from jupyter_faas.workspace.sessions.model import Known
from jupyter_faas.workspace.sessions.steps import cost_of, running_summary, steps_of
from jupyter_faas.workspace.sessions.tree import find_family

if TYPE_CHECKING:
    from jupyter_faas.client import Client, RunningActivation
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.sessions.records import Runs

_PAGE = 200
# How many runs are looked through for what is not part of another: the playground leaves parts out
# itself, elsewhere each page is a request of every poll.
_LOOKED_THROUGH, _LOOKED_THROUGH_ELSEWHERE = 2000, 600
_REMEMBERED = 1000


@dataclass(frozen=True)
class Totals:
    """``cost`` is that of a million; ``cold``: a container was started for some of it.

    ``is_branch``: a conductor has started it beside its own run. ``final``: nothing more can come.
    """

    calls: int
    cost: Decimal | None
    cold: bool
    is_branch: bool
    final: bool


@dataclass(frozen=True)
class SessionSummary:
    """An entry of a list of sessions."""

    summary: ActivationSummary
    calls: int

    def to_json(self) -> dict[str, Any]:
        """An entry of activations.json, with the session's own cost, and its calls."""
        return {**self.summary.to_json(), "calls": self.calls}


@dataclass
class TotalsMemory:
    """What was worked out, of the latest sessions. Safe to use from several threads."""

    _known: OrderedDict[tuple[str, PriceList], Totals] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, run: Activation, runs: Runs, prices: PriceList) -> Totals:
        """Those of an ended session, of which ``run`` may be a list's entry. Raises what the client
        raises."""
        with self._lock:
            known = self._known.get((run.activation_id, prices))
        if known is None:
            whole = runs.get([run.activation_id]).get(run.activation_id, run)
            known = _totals(Known.ended(whole), summarize(whole, prices), runs, prices)
            if known.final:
                self._remember((run.activation_id, prices), known)
        return known

    def _remember(self, key: tuple[str, PriceList], found: Totals) -> None:
        with self._lock:
            self._known[key] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def top_runs(client: Client, wanted: int = _PAGE, **filters: Any) -> Iterator[Activation]:
    """List entries of what is part of no other run, the latest first; ``wanted``: about so many."""
    # Only the playground leaves the parts out itself.
    here = client.target.kind == "playground"
    size = min(wanted, _PAGE) if here else _PAGE
    for skip in range(0, _LOOKED_THROUGH if here else _LOOKED_THROUGH_ELSEWHERE, size):
        page = client.list_activations(size, skip, cause="", **filters)
        yield from (each for each in page if each.cause is None)
        if len(page) < size:
            return


def with_totals(
    found: Iterable[Activation], memory: TotalsMemory, runs: Runs, prices: PriceList
) -> Iterator[ActivationSummary | SessionSummary]:
    """Entries, sessions among them with their totals.

    What a conductor has started beside its own run, such as the branches of a ``map``, is left
    out: hosts do not tell that it is part of something.
    """
    for each in found:
        summary = summarize(each, prices)
        if not summary.has_parts:
            yield summary
            continue
        totals = memory.of(each, runs, prices)
        if not totals.is_branch:
            summed = replace(summary, cost_per_million=totals.cost, cold=totals.cold)
            yield SessionSummary(summed, totals.calls)


def going_on(runs: Runs, name: str | None, prices: PriceList) -> Iterator[SessionSummary]:
    """Sessions that run now, the latest first, with their totals so far."""
    listed = [each for each in runs.under_way() if name is None or _name(each[1]) == name]
    facts = runs.facts([activation_id for activation_id, _ in listed])
    for activation_id, told in reversed(listed):
        found = facts.get(activation_id)
        # What it runs now is told only of one that is asked for.
        whole = found.under_way if found is not None and found.under_way is not None else told
        known = Known.under_way(activation_id, whole)
        summary = running_summary(known)
        totals = _totals(known, summary, runs, prices)
        summed = replace(summary, cost_per_million=totals.cost, cold=totals.cold)
        yield SessionSummary(summed, totals.calls)


def _name(told: RunningActivation) -> str:
    return told.path.partition("/")[2]


def _totals(known: Known, summary: ActivationSummary, runs: Runs, prices: PriceList) -> Totals:
    family = find_family(runs, known, None)
    steps = steps_of(family.members, family.under_way, prices)
    # A composition begins at its root, and what is started within it does not.
    begins = next((each.visited[0] for each in family.members if each.visited), "")
    return Totals(
        calls=sum(each.is_call for each in steps),
        cost=cost_of(steps, summary, 0, prices).total,
        cold=any(each.summary.cold for each in steps),
        is_branch=begins != "",
        final=not family.under_way and not family.missing,
    )

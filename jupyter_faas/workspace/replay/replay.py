"""Kept inputs sent once more, and what is answered now beside what was answered then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActivationNotFound, ActivationTimedOut
from jupyter_faas.whisk.inputs import REDACTED
from jupyter_faas.workspace import text
from jupyter_faas.workspace.local.comparison import Comparison, brief, compare
from jupyter_faas.workspace.results import exact, rounded

if TYPE_CHECKING:
    from jupyter_faas.client import KeptInput
    from jupyter_faas.cost import PriceList
    from jupyter_faas.workspace.results import ActivationRecord, Progress


@dataclass(frozen=True)
class Ran:
    """One answer. ``cost`` is USD for a million such calls, None where nothing tells."""

    ok: bool
    result: Any
    duration_ms: int | None
    cost: Decimal | None
    activation: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "result": self.result,
            "duration_ms": self.duration_ms,
            "cost_per_million_usd": exact(self.cost),
            "cost_text": rounded(self.cost),
            "activation": self.activation,
        }


@dataclass(frozen=True)
class Replayed:
    """One input. ``then`` is None when there is no record of that run any more.

    ``lacking`` are the parameters that were redacted, and that nobody gave anew.
    """

    input: KeptInput
    then: Ran | None
    now: Ran
    lacking: tuple[str, ...] = ()

    @cached_property
    def comparison(self) -> Comparison | None:
        """None without a record to compare with."""
        if self.then is None:
            return None
        return compare(self.then.result, self.now.result)

    def to_json(self) -> dict[str, Any]:
        found = self.comparison
        return {
            "input": self.input.to_json(),
            "then": None if self.then is None else self.then.to_json(),
            "now": self.now.to_json(),
            "answer": None if found is None else found.likeness,
            "difference": "" if found is None else found.words,
            "lacking": list(self.lacking),
        }

    def answer(self) -> str:
        """In words: same, close, or what differs."""
        found = self.comparison
        if found is None:
            return f"no record of then; now {brief(self.now.result)}"
        if found.likeness == "same":
            return "same" if self.now.ok else "same error"
        return f"{'close' if found.likeness == 'close' else 'differs'}: {found.words}"


@dataclass(frozen=True)
class Replay:
    """All of them, the newest input first. ``where``: what answered now."""

    name: str
    where: str
    rows: tuple[Replayed, ...]

    @property
    def differing(self) -> int:
        """How many answers differ, those close to each other not counted."""
        found = (each.comparison for each in self.rows)
        return sum(each is not None and each.likeness == "differs" for each in found)

    def summary(self) -> str:
        """One line for all."""
        if not self.rows:
            return f"No input of {self.name} was kept yet."
        inputs = "1 input" if len(self.rows) == 1 else f"{len(self.rows)} inputs"
        compared = [each for each in self.rows if each.comparison is not None]
        if not compared:
            differ = "no record of then to compare with"
        elif not self.differing:
            differ = "no answer differs"
        else:
            verb = "differs" if self.differing == 1 else "differ"
            differ = f"{self.differing} of {len(compared)} answers {verb}"
        return f"{inputs} of {self.name} sent to {self.where}: {differ}{self._lasted()}."

    def _lasted(self) -> str:
        pairs = [
            (each.then.duration_ms, each.now.duration_ms)
            for each in self.rows
            if each.then and each.then.duration_ms is not None
        ]
        known = [(then, now) for then, now in pairs if now is not None]
        if not known:
            return ""
        then, now = (sum(column) for column in zip(*known, strict=True))
        return f"; {text.duration(then)} together then, {text.duration(now)} now"

    def remarks(self) -> tuple[str, ...]:
        """What there is to know besides the table."""
        costs = "Costs are those of a million such calls." if self.rows else ""
        lacking = sorted({name for each in self.rows for name in each.lacking})
        pairs = " ".join(f"{name}=…" for name in lacking)
        told = (
            f"Sent without {', '.join(lacking)}, which was redacted. "
            f"Give a value for all: replay {self.name} {pairs}"
        )
        return tuple(filter(None, (costs, told if lacking else "")))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "where": self.where,
            "differing": self.differing,
            "inputs": [each.to_json() for each in self.rows],
        }

    HEAD = ("INPUT", "ANSWER", "THEN", "NOW", "COST THEN", "COST NOW", "ACTIVATION")

    def cells(self) -> list[tuple[str, ...]]:
        """The table's rows."""
        return [
            (
                brief(dict(each.input.params)),
                each.answer(),
                text.duration(each.then.duration_ms if each.then else None),
                text.duration(each.now.duration_ms),
                _cost(each.then),
                _cost(each.now),
                each.input.activation,
            )
            for each in self.rows
        ]

    def lines(self) -> tuple[str, ...]:
        """The whole as text."""
        if not self.rows:
            return (self.summary(),)
        right = {"THEN", "NOW", "COST THEN", "COST NOW"}
        return (*text.table(self.HEAD, self.cells(), right), self.summary(), *self.remarks())


def _cost(ran: Ran | None) -> str:
    return (rounded(ran.cost) if ran else None) or text.MISSING


# Runs one set of parameters; the second argument is the memory that is paid for, in MB.
Runner = Callable[[Mapping[str, Any], int], Ran]


def replay(
    name: str,
    inputs: Sequence[KeptInput],
    *,
    given: Mapping[str, Any],
    run: Runner,
    where: str,
    memory_mb: int,
    record: Callable[[str], ActivationRecord],
    progress: Progress,
) -> Replay:
    """Run every input, the oldest first as they came. ``given`` goes over each of them."""
    rows = []
    for number, one in enumerate(reversed(inputs), 1):
        progress(f"Replaying {name}: {number} of {len(inputs)}…")
        hidden = [key for key, value in one.params.items() if value == REDACTED]
        params = {key: value for key, value in one.params.items() if key not in hidden}
        lacking = tuple(key for key in hidden if key not in given)
        now = run({**params, **given}, memory_mb)
        rows.append(Replayed(one, _then(one, record), now, lacking))
    return Replay(name, where, tuple(reversed(rows)))


def _then(one: KeptInput, record: Callable[[str], ActivationRecord]) -> Ran | None:
    try:
        return ran(record(one.activation))
    except ActivationNotFound:
        return None


def ran(record: ActivationRecord) -> Ran:
    """The answer in a record."""
    return Ran(record.ok, record.result, record.duration_ms, record.cost_per_million, record.id)


def on_target(invoke: Callable[[Mapping[str, Any]], ActivationRecord]) -> Runner:
    """Runs what is deployed. A run that gives no record in time counts as an answer."""

    def run(params: Mapping[str, Any], memory_mb: int) -> Ran:
        try:
            return ran(invoke(params))
        except ActivationTimedOut as error:
            return Ran(False, {"error": error.message}, None, None)

    return run


def in_notebook(
    call: Callable[[Mapping[str, Any]], tuple[Any, bool, int]], prices: PriceList
) -> Runner:
    """Runs a cell's function here. ``call`` gives its result, whether it is one, and the ms."""

    def run(params: Mapping[str, Any], memory_mb: int) -> Ran:
        result, ok, duration_ms = call(params)
        return Ran(ok, result, duration_ms, prices.per_million(memory_mb, duration_ms))

    return run

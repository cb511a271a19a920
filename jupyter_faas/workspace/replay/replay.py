"""Send kept inputs again and compare the new answers with the earlier answers."""

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
class ReplayAnswer:
    """One answer. ``cost`` is in USD for a million such calls, or None if unknown.

    ``activation`` is the id of the activation, or None for a call in the notebook.
    """

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
class ReplayRow:
    """One input with the earlier answer (``then``) and the new answer (``now``).

    ``then`` is None if the record of the earlier run was deleted. ``missing`` has the names of
    redacted parameters for which no value was given.
    """

    input: KeptInput
    then: ReplayAnswer | None
    now: ReplayAnswer
    missing: tuple[str, ...] = ()

    @cached_property
    def comparison(self) -> Comparison | None:
        """The comparison of the two answers, or None without an earlier answer."""
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
            "lacking": list(self.missing),
        }

    def answer(self) -> str:
        """Return the comparison as text, such as ``same``, or ``differs`` with the difference."""
        found = self.comparison
        if found is None:
            return f"no earlier record; now {brief(self.now.result)}"
        if found.likeness == "same":
            return "same" if self.now.ok else "same error"
        return f"{'close' if found.likeness == 'close' else 'differs'}: {found.words}"


@dataclass(frozen=True)
class Replay:
    """A finished replay, the latest input first.

    ``where`` describes what produced the new answers.
    """

    name: str
    where: str
    rows: tuple[ReplayRow, ...]

    @property
    def differing(self) -> int:
        """The number of answers that differ. Close answers do not count."""
        found = (each.comparison for each in self.rows)
        return sum(each is not None and each.likeness == "differs" for each in found)

    def summary(self) -> str:
        """Return a one-line summary of all inputs."""
        if not self.rows:
            return f"No inputs of {self.name} have been kept yet."
        inputs = "1 input" if len(self.rows) == 1 else f"{len(self.rows)} inputs"
        compared = [each for each in self.rows if each.comparison is not None]
        if not compared:
            differ = "no earlier record to compare with"
        elif not self.differing:
            same = all(each.comparison.likeness == "same" for each in compared if each.comparison)
            differ = "all answers are the same" if same else "no answer differs"
        else:
            verb = "differs" if self.differing == 1 else "differ"
            differ = f"{self.differing} of {len(compared)} answers {verb}"
        return f"{inputs} of {self.name} sent to {self.where}: {differ}{self._durations()}."

    def _durations(self) -> str:
        pairs = [
            (each.then.duration_ms, each.now.duration_ms)
            for each in self.rows
            if each.then and each.then.duration_ms is not None
        ]
        # Only inputs with both durations are summed, so that the sums are comparable.
        known = [(then, now) for then, now in pairs if now is not None]
        if not known:
            return ""
        then, now = (sum(column) for column in zip(*known, strict=True))
        return f"; total duration {text.duration(then)} before, {text.duration(now)} now"

    def remarks(self) -> tuple[str, ...]:
        """Return the notes below the table, about costs and redacted parameters."""
        costs = "Costs are per million calls." if self.rows else ""
        missing = sorted({name for each in self.rows for name in each.missing})
        pairs = " ".join(f"{name}=…" for name in missing)
        was = "was" if len(missing) == 1 else "were"
        warning = (
            f"Sent without {', '.join(missing)}, which {was} redacted. To set a value for all "
            f"inputs: %faas replay {self.name} {pairs}"
        )
        return tuple(filter(None, (costs, warning if missing else "")))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "where": self.where,
            "differing": self.differing,
            "inputs": [each.to_json() for each in self.rows],
        }

    HEAD = ("INPUT", "ANSWER", "THEN", "NOW", "COST THEN", "COST NOW", "ACTIVATION")

    def cells(self) -> list[tuple[str, ...]]:
        """Return the rows of the table, with the columns of ``HEAD``."""
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
        """Return the table, the summary and the notes as lines of text."""
        if not self.rows:
            return (self.summary(),)
        right = {"THEN", "NOW", "COST THEN", "COST NOW"}
        table = text.verbatim(text.table(self.HEAD, self.cells(), right))
        return (*table, self.summary(), *self.remarks())


def _cost(ran: ReplayAnswer | None) -> str:
    return (rounded(ran.cost) if ran else None) or text.MISSING


# A Runner calls the replayed function. Its arguments are the parameters, and the memory in MB to
# compute the cost.
Runner = Callable[[Mapping[str, Any], int], ReplayAnswer]


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
    """Send all inputs, the oldest first, and return the comparison with the earlier answers.

    ``given`` overrides parameters of each input. ``inputs`` must be sorted latest first. ``record``
    returns the record of an earlier run.
    """
    rows = []
    # The inputs are sent in their original order, because a function may keep state between calls.
    for number, one in enumerate(reversed(inputs), 1):
        progress(f"Replaying {name}: {number} of {len(inputs)}…")
        hidden = [key for key, value in one.params.items() if value == REDACTED]
        params = {key: value for key, value in one.params.items() if key not in hidden}
        missing = tuple(key for key in hidden if key not in given)
        now = run({**params, **given}, memory_mb)
        rows.append(ReplayRow(one, _then(one, record), now, missing))
    return Replay(name, where, tuple(reversed(rows)))


def _then(one: KeptInput, record: Callable[[str], ActivationRecord]) -> ReplayAnswer | None:
    try:
        return answer_of(record(one.activation))
    # The playground deletes old records, but may keep inputs longer.
    except ActivationNotFound:
        return None


def answer_of(record: ActivationRecord) -> ReplayAnswer:
    """Return the answer that an activation record contains."""
    return ReplayAnswer(
        record.ok, record.result, record.duration_ms, record.cost_per_million, record.id
    )


def on_target(invoke: Callable[[Mapping[str, Any]], ActivationRecord]) -> Runner:
    """Return a Runner that invokes the deployed action. A timeout counts as a failed answer."""

    def run(params: Mapping[str, Any], memory_mb: int) -> ReplayAnswer:
        try:
            return answer_of(invoke(params))
        # A timeout must not prevent the replay of the other inputs.
        except ActivationTimedOut as error:
            return ReplayAnswer(False, {"error": error.message}, None, None)

    return run


def in_notebook(
    call: Callable[[Mapping[str, Any]], tuple[Any, bool, int]], prices: PriceList
) -> Runner:
    """Return a Runner that calls a function of the notebook.

    ``call`` returns the answer, whether the run succeeded, and the duration in ms.
    """

    def run(params: Mapping[str, Any], memory_mb: int) -> ReplayAnswer:
        result, ok, duration_ms = call(params)
        return ReplayAnswer(ok, result, duration_ms, prices.per_million(memory_mb, duration_ms))

    return run

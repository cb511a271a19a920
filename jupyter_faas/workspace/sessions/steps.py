"""Functions that compute a session's steps, retries, node visits, cost and merged logs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.activations import name_of_run, summarize
from jupyter_faas.workspace.failures import failure_of
from jupyter_faas.workspace.results import ActivationSummary
from jupyter_faas.workspace.sessions.conductor import log_lines
from jupyter_faas.workspace.sessions.model import (
    ChildRun,
    FailedStep,
    Kind,
    LogLine,
    RunInfo,
    RunningChild,
    SessionCost,
    Step,
    Visits,
    kind_of,
)
from jupyter_faas.workspace.tracebacks import raised_error

if TYPE_CHECKING:
    from decimal import Decimal

    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Activation

# The maximum number of log lines of a session. More lines would slow down the browser.
MOST_LINES = 20_000
_MAX_ERROR_CHARS = 300


def steps_of(
    children: Iterable[ChildRun], running: Iterable[RunningChild], prices: PriceList
) -> tuple[Step, ...]:
    """Return all steps of a session, sorted by start time."""
    found = [
        Step(
            summary=summarize(each.activation, prices),
            role=each.role,
            parent=each.parent,
            path=each.path,
            error=_error(each.activation),
            visited=each.visited,
            waiting=each.waiting or each.role == "wait",
        )
        for each in children
    ]
    found += [Step(running_summary(one.run), one.role, one.parent, one.path) for one in running]
    # The sort is stable, so children that start in the same millisecond keep their order.
    found.sort(key=lambda each: each.summary.start)
    return tuple(_with_call_numbers(found))


def running_summary(run: RunInfo) -> ActivationSummary:
    """Return the summary of a run that has no record yet. Its ``ok`` is always True."""
    _, _, name = run.path.partition("/")
    return ActivationSummary(
        id=run.id,
        name=name,
        version=run.version,
        kind=None if run.kind == "function" else SEQUENCE,
        start=run.start,
        end=None,
        duration_ms=None,
        init_ms=None,
        wait_ms=None,
        cold=False,
        status="running",
        ok=True,
        memory_mb=None,
        billed_ms=None,
        cost_per_million=None,
        cause=run.cause,
        composition=run.kind == "composition",
    )


def _with_call_numbers(steps: Iterable[Step]) -> Iterator[Step]:
    calls: Counter[tuple[str, bool]] = Counter()
    for each in steps:
        if each.path is None or each.role in ("conductor", "wait"):
            yield each
        else:
            # A component of ``parallel`` has two steps, which are the branch and the call inside
            # the branch. These steps are counted separately.
            key = each.path, each.is_call
            calls[key] += 1
            yield replace(each, nth=calls[key])


def _error(activation: Activation) -> str | None:
    if activation.response.success:
        return None
    result = activation.response.result
    error = result.get("error") if isinstance(result, Mapping) else result
    # Actions in other languages return errors as objects, such as JavaScript's ``{message, name}``.
    for key in ("message", "error"):
        if isinstance(error, Mapping) and isinstance(error.get(key), str):
            error = error[key]
    words = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
    return words if len(words) <= _MAX_ERROR_CHARS else f"{words[: _MAX_ERROR_CHARS - 1]}…"


def failed_step(children: Sequence[ChildRun]) -> FailedStep | None:
    """Return the call that failed last, whose failure ended a session that failed.

    Earlier failures were retried or handled. Returns None if no call failed, as when the
    composition itself is wrong.
    """
    failed = [
        each
        for each in children
        if each.role in ("action", "async", "conductor")
        and kind_of(each.activation) == "function"
        and not each.activation.response.success
    ]
    # The last run of a conductor repeats the error of the call, unless an inline function failed,
    # whose traceback that run has in its log.
    own = [
        each.activation
        for each in failed
        if each.role != "conductor" or raised_error(each.activation.logs) is not None
    ]
    if not own:
        return None
    last = max(own, key=lambda each: each.end or each.start)
    shown = {
        "result": last.response.result,
        "status": last.response.status,
        "logs": last.logs,
        "memory_mb": last.memory_mb,
    }
    return FailedStep(last.activation_id, name_of_run(last), failure_of(shown))


def visits_of(children: Sequence[ChildRun], kind: Kind) -> dict[str, Visits]:
    """Return the visits of each node by its path, in the order of first visits.

    The visits of a composition are the nodes that its conductor runs visited. The nodes of a
    sequence are its components. A node counts as failed if its run failed or if a conductor names
    the node in an error.
    """
    visits: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    if kind == "sequence":
        visits[""] += 1
    for each in sorted(children, key=lambda one: one.activation.start):
        visits.update(each.visited)
        failed.update(each.failed_nodes)
        if each.path is None or each.role in ("conductor", "wait"):
            continue
        if kind == "sequence":
            visits[each.path] += 1
        # A branch fails because a call inside it failed, and this call is already counted.
        if not each.activation.response.success and each.role != "branch":
            failed[each.path] += 1
    # A failure may have been counted twice, because the last conductor run repeats the error of the
    # failed run. The number of failures is therefore limited to the number of visits.
    return {
        path: Visits(visits[path], min(failed[path], visits[path] or failed[path]))
        for path in visits | failed
    }


def retries(steps: Iterable[Step], graph: Mapping[str, Any] | None) -> int:
    """Return the number of calls that ``retry`` nodes repeated.

    A call inside a ``retry`` node is a repeat if the previous call at the same path with the same
    parent failed.
    """
    below = tuple(_retry_components(graph, "")) if graph is not None else ()
    last: dict[tuple[str, str], bool] = {}
    count = 0
    for each in steps:
        if each.path is None or not each.path.startswith(below) or not each.is_call:
            continue
        count += last.get((each.parent, each.path)) is False
        last[each.parent, each.path] = each.summary.ok
    return count


def _retry_components(node: Any, path: str) -> Iterator[str]:
    """Yield the paths of the components of all ``retry`` nodes."""
    if not isinstance(node, Mapping):
        return
    components = node.get("components")
    for number, each in enumerate(components if isinstance(components, list) else ()):
        if node.get("type") == "retry":
            yield f"{path}[{number}]"
        yield from _retry_components(each, f"{path}[{number}]")
    for name, each in node.items():
        # These two keys contain the user's values, which may look like nodes.
        if name != "declarations" and name != "value" and isinstance(each, Mapping):
            yield from _retry_components(each, f"{path}.{name}")


def cost_of(
    steps: Sequence[Step], whole: ActivationSummary, elapsed_ms: int, prices: PriceList
) -> SessionCost:
    """Return the cost of a session.

    Steps that consist of other steps do not add to the cost. ``elapsed_ms`` is used if the record
    has no duration yet.
    """
    own = [each.summary.cost_per_million for each in steps]
    waiting = [each.summary.cost_per_million for each in steps if each.waiting]
    memory = [each.summary.memory_mb for each in steps] + [whole.memory_mb]
    largest = max((each for each in memory if each is not None), default=None)
    time_ms = elapsed_ms if whole.duration_ms is None else whole.duration_ms
    return SessionCost(
        total=_sum([whole.cost_per_million, *own]),
        waiting=_sum(waiting),
        slide=None if largest is None or time_ms < 0 else prices.per_million(largest, time_ms),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    from jupyter_faas.cost import total

    known = [each for each in amounts if each is not None]
    return total(known) if known else None


def logs_of(activations: Iterable[Activation]) -> tuple[tuple[LogLine, ...], bool]:
    """Return the log lines of all runs, sorted by time, and whether lines were omitted.

    At most ``MOST_LINES`` lines are returned.
    """
    lines = [
        (_sortable(time), LogLine(time, stream, text, each.activation_id))
        for each in activations
        # The logs of sequences and compositions are the ids of their children.
        if kind_of(each) == "function"
        for time, stream, text in log_lines(each.logs)
    ]
    lines.sort(key=lambda one: one[0])
    return tuple(line for _, line in lines[:MOST_LINES]), len(lines) > MOST_LINES


def _sortable(time: str) -> tuple[str, str]:
    """Return a sort key for a time, whose fraction of a second may have any number of digits."""
    whole, _, fraction = time.rstrip("Z").partition(".")
    return whole, fraction.ljust(9, "0")

"""Data classes of sessions: the tree of runs, and the steps, visits and costs derived from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.failures import Failure
from jupyter_faas.workspace.results import ActivationRecord, ActivationSummary, exact, rounded

if TYPE_CHECKING:
    from jupyter_faas.client import RunningActivation
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Activation


Kind = Literal["composition", "sequence", "function"]
Role = Literal["action", "conductor", "branch", "async", "wait", "composition", "sequence"]


def kind_of(activation: Activation) -> Kind:
    # OpenWhisk records a composition as a sequence with the annotation ``conductor``.
    if activation.kind != SEQUENCE:
        return "function"
    return "composition" if activation.annotation("conductor") is True else "sequence"


def path_of(activation: Activation) -> str:
    """Return the path of the action that ran, as ``namespace/[package/]name``."""
    path = activation.annotation("path")
    return path if isinstance(path, str) else f"{activation.namespace}/{activation.name}"


@dataclass(frozen=True)
class ChildRun:
    """A run within a session.

    ``parent``: the id of the run that caused this run.
    ``path``: the path of the graph node that the run belongs to.
    ``visited``: the paths of the nodes that a conductor run visited.
    ``failed_nodes``: the paths of the nodes that an error names.
    ``waiting``: whether this is a conductor run that only started branches or waited for them.

    Inside a nested composition, which has its own graph, ``path`` is None, and ``visited`` and
    ``failed_nodes`` are empty.
    """

    activation: Activation
    role: Role
    parent: str
    path: str | None = None
    visited: tuple[str, ...] = ()
    failed_nodes: tuple[str, ...] = ()
    waiting: bool = False


@dataclass(frozen=True)
class RunningChild:
    """A run within a session that has not ended.

    ``role``, ``parent`` and ``path`` have the same meaning as in ChildRun.
    """

    run: RunInfo
    role: Role
    parent: str
    path: str | None


@dataclass
class RunTree:
    """All runs that a root run caused, directly or indirectly.

    ``children``: the runs that have ended.
    ``running``: the runs that have not ended.
    ``missing``: the number of spawned runs for which the target has no record.
    ``truncated``: whether there are more runs than were read.
    """

    children: list[ChildRun] = field(default_factory=list)
    running: list[RunningChild] = field(default_factory=list)
    missing: int = 0
    truncated: bool = False


@dataclass(frozen=True)
class RunInfo:
    """A run, which may not have ended.

    ``path``: the path of the action, as ``namespace/[package/]name``.
    ``start``: the start of the run in epoch ms.
    ``activation``: the record of the run, or None if the run has not ended.
    ``cause``: the id of the parent.
    ``parts``: for a run that has not ended, the ids of its ended children in order.
    ``running``: for a run that has not ended, its running children.
    """

    id: str
    kind: Kind
    path: str
    version: str
    start: int
    activation: Activation | None = None
    cause: str | None = None
    parts: tuple[str, ...] = ()
    running: tuple[RunInfo, ...] = ()

    @classmethod
    def from_record(cls, run: Activation) -> RunInfo:
        return cls(
            run.activation_id,
            kind_of(run),
            path_of(run),
            run.version,
            run.start,
            run,
            run.cause,
        )

    @classmethod
    def from_running(cls, activation_id: str, run: RunningActivation) -> RunInfo:
        """Return the RunInfo for a run that the playground reports as not ended."""
        # The playground may send any string. The dictionary maps it to a Kind for the type checker.
        kinds: dict[str, Kind] = {"composition": "composition", "sequence": "sequence"}
        return cls(
            id=activation_id,
            kind=kinds.get(run.kind, "function"),
            path=run.path,
            version=run.version,
            start=run.started,
            cause=run.cause,
            parts=run.parts,
            running=tuple(cls.from_running(id_, each) for id_, each in run.going),
        )

    @classmethod
    def from_parts(cls, activation_id: str, parts: Sequence[Activation]) -> RunInfo | None:
        """Derive the RunInfo of a run without a record from its first child.

        Return None if there are no children yet. A composition begins with its conductor, which has
        the composition's name and returns the action to call next. A sequence begins with any
        action, so the sequence's own name is unknown.
        """
        if not parts:
            return None
        first = parts[0]
        result = first.response.result
        if isinstance(result, Mapping) and {"action", "state"} & set(result):
            path, version = path_of(first), first.version
            return cls(activation_id, "composition", path, version, first.start)
        # The name ``sequence`` is a placeholder for the unknown name.
        path = f"{first.namespace}/sequence"
        return cls(activation_id, "sequence", path, first.version, first.start)


# The classes below correspond to the JSON data in tests/data/api/session.json.

GraphSource = Literal["playground", "kept", "deployed"]


@dataclass(frozen=True)
class Step:
    """A run within a session, with the data for display.

    ``parent``: the id of the parent run.
    ``path``: the path of the graph node that the run belongs to, or None.
    ``nth``: the number of the call at that node, starting at 1, or None.
    ``error``: the reason for a failure, shortened, or None.
    ``visited``: the paths of the nodes that a conductor run visited, in order.
    ``waiting``: whether the run only started branches or waited for them.
    """

    summary: ActivationSummary
    role: Role
    parent: str
    path: str | None = None
    nth: int | None = None
    error: str | None = None
    visited: tuple[str, ...] = ()
    waiting: bool = False

    @property
    def is_call(self) -> bool:
        """Whether the step counts as a call, unlike conductor runs, waits and spawned runs."""
        return self.role in ("action", "composition", "sequence")

    def to_json(self) -> dict[str, Any]:
        return {
            **self.summary.to_json(),
            "role": self.role,
            "parent": self.parent,
            "path": self.path,
            "nth": self.nth,
            "error": self.error,
            "visited": list(self.visited),
        }


def is_cold(steps: Iterable[Step]) -> bool:
    """Return whether any call was a cold start. The runs of conductors are not calls."""
    return any(each.is_call and each.summary.cold for each in steps)


@dataclass(frozen=True)
class SessionCost:
    """The cost in USD of one million sessions like this one, not rounded.

    ``total``: the sum over all steps that are charged, or None if unknown.
    ``waiting``: the cost of steps that only started branches or waited for them, or None if there
    are no such steps. This cost is included in ``total``.
    ``slide``: the simple estimate from the talk *Making AI FaaS*, which charges the largest memory
    limit for the whole duration, or None if unknown.
    """

    total: Decimal | None
    waiting: Decimal | None
    slide: Decimal | None

    def to_json(self) -> dict[str, Any]:
        return {
            "per_million_usd": exact(self.total),
            "text": rounded(self.total),
            "waiting_usd": exact(self.waiting),
            "waiting_text": rounded(self.waiting),
            "slide_usd": exact(self.slide),
            "slide_text": rounded(self.slide),
        }


@dataclass(frozen=True)
class Visits:
    """The number of times that a session visited a node, and that the node failed."""

    visits: int = 0
    failed: int = 0


@dataclass(frozen=True)
class LogLine:
    """A log line. ``time`` is the host's time (RFC 3339, UTC), and ``step`` is the run's id."""

    time: str
    stream: str
    text: str
    step: str

    def to_json(self) -> dict[str, Any]:
        return {"time": self.time, "stream": self.stream, "text": self.text, "step": self.step}


@dataclass(frozen=True)
class FailedStep:
    """A call whose failure ended a session, with the function's name and the run's id."""

    id: str
    name: str
    failure: Failure

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "failure": self.failure.to_json()}


@dataclass(frozen=True)
class Session:
    """One run of a composition, sequence or function, with all runs that it caused.

    ``running``: whether the run, or a run that it caused, has not ended.
    ``notebook`` and ``cell_id``: the notebook and cell that the action was deployed from, or None.
    ``deployed``: whether the target still has any version of the action.
    ``retried``: the number of repeated calls by ``retry`` nodes.
    ``elapsed_ms``: the total duration, or the time since the start if the run has not ended.
    ``graph_from``: where the graph was found, or None if there is no graph.
    ``nodes``: the visits of each node, by the node's path.
    ``truncated``: whether runs or log lines were omitted.
    ``failed_step``: the call whose failure ended a session that failed, if it is known.
    """

    kind: Kind
    running: bool
    activation: ActivationRecord
    notebook: str | None
    cell_id: str | None
    deployed: bool
    retried: int
    elapsed_ms: int
    cost: SessionCost
    prices: PriceList
    steps: tuple[Step, ...]
    graph: Mapping[str, Any] | None
    graph_from: GraphSource | None
    nodes: Mapping[str, Visits] = field(default_factory=dict)
    logs: tuple[LogLine, ...] = ()
    truncated: bool = False
    failed_step: FailedStep | None = None

    @property
    def id(self) -> str:
        return self.activation.id

    @property
    def calls(self) -> int:
        return sum(each.is_call for each in self.steps)

    @property
    def failed(self) -> int:
        return sum(each.is_call and not each.summary.ok for each in self.steps)

    @property
    def engine_steps(self) -> frozenset[str]:
        """The ids of the runs of a composition's engine: conductors and waits for branches."""
        return frozenset(
            each.summary.id for each in self.steps if each.role in ("conductor", "wait")
        )

    @property
    def cold(self) -> bool:
        """Whether the function, or one of the functions that the session called, started cold."""
        return self.activation.cold or is_cold(self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return the session as JSON data, as in ``tests/data/api/session.json``."""
        run, prices = self.activation, self.prices
        return {
            "type": "session",
            "format": 1,
            "id": run.id,
            "kind": self.kind,
            "running": self.running,
            "activation": run.to_json(),
            "name": run.name,
            "version": run.version,
            "notebook": self.notebook,
            "cell_id": self.cell_id,
            "deployed": self.deployed,
            "calls": self.calls,
            "retried": self.retried,
            "failed": self.failed,
            "cold": self.cold,
            "start": run.start,
            "end": run.end,
            "elapsed_ms": self.elapsed_ms,
            "cost": self.cost.to_json(),
            "prices": _prices_json(prices),
            "steps": [each.to_json() for each in self.steps],
            "graph": self.graph and dict(self.graph),
            "graph_from": self.graph_from,
            "nodes": {
                path: {"visits": each.visits, "failed": each.failed}
                for path, each in self.nodes.items()
            },
            "logs": [each.to_json() for each in self.logs],
            "truncated": self.truncated,
            **({"failed_step": self.failed_step.to_json()} if self.failed_step else {}),
        }


def _prices_json(prices: PriceList) -> dict[str, Any]:
    """Return the prices from which the browser computes costs, without unset prices."""
    sizes = [[size, exact(units)] for size, units in prices.sizes]
    # Few price lists set these values. The browser has defaults for missing values.
    more = {
        "usd_per_cpu_second": exact(prices.usd_per_cpu_second) if sizes or prices.cpu else None,
        "cpu": exact(prices.cpu),
        "sizes": sizes,
        "memory_by_size": prices.memory_by_size,
        "memory_step_mb": prices.memory_step_mb if prices.memory_step_mb > 1 else None,
        "memory_minimum_mb": prices.memory_minimum_mb,
        "memory_billed": prices.memory_billed if prices.memory_billed != "limit" else None,
        "speed": prices.speed if prices.speed != "same" else None,
        "mb_per_cpu": prices.mb_per_cpu,
        "cpus_per_unit": exact(prices.cpus_per_unit) if sizes else None,
    }
    return {
        "label": prices.label,
        "usd_per_gb_second": exact(prices.usd_per_gb_second),
        "step_ms": prices.step_ms,
        "minimum_ms": prices.minimum_ms,
        "usd_per_million_requests": exact(prices.usd_per_million_requests),
        **{key: value for key, value in more.items() if value},
    }

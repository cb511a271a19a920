"""Data of a session: the tree of runs while it is read, then steps, visits, cost and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.whisk.entities import SEQUENCE
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
    """Return ``namespace/[package/]name`` of the action that ran."""
    path = activation.annotation("path")
    return path if isinstance(path, str) else f"{activation.namespace}/{activation.name}"


@dataclass(frozen=True)
class ChildRun:
    """A run within a session. ``parent`` is the id of the run that caused it.

    ``path`` is the node of the session's graph that it ran for, and ``visited`` are the nodes that
    a conductor run visited. Inside a nested composition, which has its own graph, they are None
    and empty. ``failed_nodes`` are the nodes that an error names. ``waiting``: a conductor run that
    only started branches or waited for them.
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

    ``role``, ``parent`` and ``path`` are as in ChildRun.
    """

    run: RunInfo
    role: Role
    parent: str
    path: str | None


@dataclass
class RunTree:
    """All runs that a run caused: ended ones in ``children``, the others in ``running``.

    ``missing`` counts spawned runs that the target does not have. ``truncated``: there are more
    runs than were read.
    """

    children: list[ChildRun] = field(default_factory=list)
    running: list[RunningChild] = field(default_factory=list)
    missing: int = 0
    truncated: bool = False


@dataclass(frozen=True)
class RunInfo:
    """A run. ``activation`` is its record, or None while it has not ended.

    ``path`` is ``namespace/[package/]name``, ``start`` is epoch ms, and ``cause`` is the id of its
    parent. For a run that has not ended, ``parts`` are the ids of its ended children in order, and
    ``running`` are the children that run now.
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
        """Build it from what the playground reports about a run that has not ended."""
        # The playground sends any text. The dictionary turns it into a Kind for the type checker.
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
        """Build it for a run without a record from its children so far. Return None without any.

        A composition begins with its conductor, which has the composition's name and returns what
        to call next. A sequence begins with any action, so its own name stays unknown.
        """
        if not parts:
            return None
        first = parts[0]
        result = first.response.result
        if isinstance(result, Mapping) and {"action", "state"} & set(result):
            path, version = path_of(first), first.version
            return cls(activation_id, "composition", path, version, first.start)
        # A placeholder for the unknown name.
        path = f"{first.namespace}/sequence"
        return cls(activation_id, "sequence", path, first.version, first.start)


# The session as its JSON form in tests/data/api/session.json.

GraphSource = Literal["playground", "kept", "deployed"]


@dataclass(frozen=True)
class Step:
    """A run within a session, as it is shown.

    ``parent`` is the id of its parent, and ``path`` the node that it ran for. ``nth`` is the number
    of the call at that node, from 1. ``error`` is a short reason of a failure. ``visited`` are the
    nodes that a conductor run visited, in order. ``waiting`` is as in ChildRun.
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
        """Whether it counts as a call. Conductor runs, waits and branches do not."""
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


@dataclass(frozen=True)
class SessionCost:
    """Exact costs in USD of a million such sessions; None when unknown.

    ``total`` is the sum over all steps that are charged. ``waiting`` is the part of it for steps
    that only started branches or waited for them; None when no step did. ``slide`` is the simple
    estimate of the talk *Making AI FaaS*: the largest memory limit for the whole duration.
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
    """How often a session visited a node, and how often the node failed."""

    visits: int = 0
    failed: int = 0


@dataclass(frozen=True)
class LogLine:
    """A line of a log. ``time`` is the host's (RFC 3339, UTC); ``step`` is the id of the run."""

    time: str
    stream: str
    text: str
    step: str

    def to_json(self) -> dict[str, Any]:
        return {"time": self.time, "stream": self.stream, "text": self.text, "step": self.step}


@dataclass(frozen=True)
class Session:
    """One run of a composition, a sequence or a plain function, with all that it caused.

    ``running``: the run, or one that it spawned, has not ended. ``truncated``: it caused more runs
    or log lines than are shown. ``deployed``: the target still has the action, in any version.
    ``notebook`` and ``cell_id`` are where the action was deployed from. ``calls`` and ``failed``
    count the actions, sequences and compositions in it; ``retried`` counts repeats by ``retry``
    nodes. ``elapsed_ms`` is the time so far or in total. ``nodes`` has the visits by node path.
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
    def cold(self) -> bool:
        return self.activation.cold or any(each.summary.cold for each in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, as in ``tests/data/api/session.json``."""
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
        }


def _prices_json(prices: PriceList) -> dict[str, Any]:
    """Return the prices from which the browser computes costs. Unset prices are left out."""
    sizes = [[size, exact(units)] for size, units in prices.sizes]
    # Few price lists use these. The browser has defaults for absent ones.
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

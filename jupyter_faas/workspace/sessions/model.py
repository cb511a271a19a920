"""What belongs to a session: the run itself, and what it has caused."""

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
    # was an import of its own part


Kind = Literal["composition", "sequence", "function"]
Role = Literal["action", "conductor", "branch", "async", "wait", "composition", "sequence"]


def kind_of(activation: Activation) -> Kind:
    if activation.kind != SEQUENCE:
        return "function"
    return "composition" if activation.annotation("conductor") is True else "sequence"


def path_of(activation: Activation) -> str:
    """``namespace/[package/]name`` of the action that ran."""
    path = activation.annotation("path")
    return path if isinstance(path, str) else f"{activation.namespace}/{activation.name}"


@dataclass(frozen=True)
class Member:
    """A derived run. ``parent`` is the id of the run that it is a part of.

    ``path`` and ``visited`` are nodes of the session's own graph: None and empty for what belongs
    to a nested composition, which has another. ``blamed`` are those that an error names.
    ``waiting``: a conductor's run that only started branches or waited for them.
    """

    activation: Activation
    role: Role
    parent: str
    path: str | None = None
    visited: tuple[str, ...] = ()
    blamed: tuple[str, ...] = ()
    waiting: bool = False


@dataclass(frozen=True)
class Going:
    """A part that has not ended. ``role``, ``parent`` and ``path`` as for a member."""

    run: Known
    role: Role
    parent: str
    path: str | None


@dataclass
class Family:
    """``under_way``: what has not ended; ``missing``: so many that were started beside have no
    record, for all one knows; ``truncated``: there are more members."""

    members: list[Member] = field(default_factory=list)
    under_way: list[Going] = field(default_factory=list)
    missing: int = 0
    truncated: bool = False


@dataclass(frozen=True)
class Known:
    """A run: by its record, or what is known of it while there is none (``activation`` is None).

    ``path`` is ``namespace/[package/]name``, ``start`` epoch ms. Of one that goes on, ``parts`` are
    the ids of what it has run so far, in their order, and ``going`` is what it runs now.
    """

    id: str
    kind: Kind
    path: str
    version: str
    start: int
    activation: Activation | None = None
    cause: str | None = None
    parts: tuple[str, ...] = ()
    going: tuple[Known, ...] = ()

    @classmethod
    def ended(cls, run: Activation) -> Known:
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
    def under_way(cls, activation_id: str, run: RunningActivation) -> Known:
        """What the playground tells of a run that goes on."""
        kinds: dict[str, Kind] = {"composition": "composition", "sequence": "sequence"}
        return cls(
            id=activation_id,
            kind=kinds.get(run.kind, "function"),
            path=run.path,
            version=run.version,
            start=run.started,
            cause=run.cause,
            parts=run.parts,
            going=tuple(cls.under_way(id_, each) for id_, each in run.going),
        )

    @classmethod
    def of_parts(cls, activation_id: str, parts: Sequence[Activation]) -> Known | None:
        """A run without a record that has caused something already. None when it has not.

        A composition begins with its conductor, which says what is next; what a sequence is called
        is not to be learnt from its first action.
        """
        if not parts:
            return None
        first = parts[0]
        result = first.response.result
        if isinstance(result, Mapping) and {"action", "state"} & set(result):
            path, version = path_of(first), first.version
            return cls(activation_id, "composition", path, version, first.start)
        path = f"{first.namespace}/sequence"
        return cls(activation_id, "sequence", path, first.version, first.start)


# -- A run with everything that it has caused, in the shape of ``tests/data/api/session.json``.


GraphSource = Literal["playground", "kept", "deployed"]


@dataclass(frozen=True)
class Step:
    """A derived run. ``parent`` is the run that it is a part of, ``path`` the node that it was for.

    ``nth``: the how-manieth call at that node. ``error``: why it failed, in a few words.
    ``visited``: the nodes that a conductor's run came to, in order.
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
        """Whether a person would count it: no conductor's run, no hand-over, no branch itself."""
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
    """Prices of a million such sessions, exact.

    ``total`` is the sum over all steps that have a price of their own. ``waiting``, a part of it,
    is what runs cost that only started branches or waited for them: the no-op hand-overs, and the
    conductor's runs before and behind one; None where nothing waited. ``slide`` is what the talk's
    slide showed: the largest memory for the whole time.
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
    """How often a session came to a node, and how often what ran there failed."""

    visits: int = 0
    failed: int = 0


@dataclass(frozen=True)
class LogLine:
    """``time`` as the host wrote it (RFC 3339, UTC), ``step`` the run that printed it."""

    time: str
    stream: str
    text: str
    step: str

    def to_json(self) -> dict[str, Any]:
        return {"time": self.time, "stream": self.stream, "text": self.text, "step": self.step}


@dataclass(frozen=True)
class Session:
    """One run of a composition, a sequence or a plain function. Times in ms since 1970.

    ``running``: it has no record yet, or something that it started beside itself has none.
    ``truncated``: it caused more than is shown. ``deployed``: the target still has the action, in
    whatever version. ``calls`` and ``failed`` count actions, sequences and compositions that ran in
    it, ``retried`` those that a ``retry`` ran once more.
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
        """session.json"""
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
    """What a price is worked out by in the browser; the last ones only where a list has them."""
    sizes = [[size, exact(units)] for size, units in prices.sizes]
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

"""A run with everything that it has caused, in the shape of ``tests/data/api/session.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.workspace.views import ActivationRecord, ActivationSummary, exact, rounded

if TYPE_CHECKING:
    from jupyter_faas.cost import PriceList
    from jupyter_faas.workspace.session_members import Kind, Role

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

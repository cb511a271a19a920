"""VersionFigures: rates of error, durations and cost of the calls of one version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace import text
from jupyter_faas.workspace.results import exact, rounded

if TYPE_CHECKING:
    from jupyter_faas.workspace.results import ActivationSummary

HEAD = (
    *("", "FUNCTION", "VERSION", "CALLS", "FAILED", "MEDIAN", "95TH PERCENTILE"),
    "COST / MILLION CALLS",
)
RIGHT = frozenset(HEAD[3:])


@dataclass(frozen=True)
class VersionFigures:
    """What the calls of one version show.

    ``name`` and ``version``: the action and its version.
    ``median_ms`` and ``p95_ms``: durations of warm calls, or of all calls if none was warm.
    ``cost``: USD for a million calls of the mean cost, of the same calls.

    Values are None if there were no calls, or if the host does not tell them.
    """

    name: str
    version: str
    calls: int
    failed: int
    median_ms: int | None
    p95_ms: int | None
    cost: Decimal | None

    @classmethod
    def of(cls, name: str, version: str, runs: Sequence[ActivationSummary]) -> VersionFigures:
        # A cold start says more about the traffic than about the version.
        counted = [each for each in runs if not each.cold] or runs
        times = sorted(each.duration_ms for each in counted if each.duration_ms is not None)
        costs = [each.cost_per_million for each in counted if each.cost_per_million is not None]
        return cls(
            name,
            version,
            len(runs),
            sum(not each.ok for each in runs),
            round(median(times)) if times else None,
            times[max(0, -(-len(times) * 95 // 100) - 1)] if times else None,
            sum(costs, Decimal(0)) / len(costs) if costs else None,
        )

    @property
    def failed_share(self) -> float:
        """The share of calls that failed, from 0 to 1."""
        return self.failed / self.calls if self.calls else 0.0

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the table after the first, with the columns of ``HEAD``."""
        share = f" ({self.failed_share:.0%})" if self.failed else ""
        return (
            self.name,
            self.version,
            f"{self.calls:,}",
            f"{self.failed:,}{share}",
            text.duration(self.median_ms),
            text.duration(self.p95_ms),
            rounded(self.cost) or text.MISSING,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "calls": self.calls,
            "failed": self.failed,
            "median_ms": self.median_ms,
            "p95_ms": self.p95_ms,
            "cost_per_million_usd": exact(self.cost),
            "cost_text": rounded(self.cost),
        }

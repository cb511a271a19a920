"""CostReport: costs by function and in total, memory advice, and comparison with a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.results import exact, rounded

if TYPE_CHECKING:
    from jupyter_faas.cost import Advice, AlwaysOn, Charge, Day, PriceList, PriceLists, Usage
    from jupyter_faas.workspace.costs.choices import BudgetState

# Cloud providers base monthly server prices on a twelfth of a year of 8,760 hours.
HOURS_PER_MONTH = 730
_MONTH_MS = HOURS_PER_MONTH * 3_600_000
_MILLION = 1_000_000

# OpenWhisk's own feed actions run when a schedule is created or removed. They cost money, but the
# user cannot change their memory or number of calls. The report therefore has no advice for them.
_FEEDS = frozenset({"alarms/alarm", "alarms/interval", "alarms/once"})


@dataclass(frozen=True)
class Seen:
    """The activations that a report counts.

    ``runs``: the number of counted activations.
    ``complete``: whether all activations in the period were counted.
    ``added_up``: whether the target itself summed the activations. Otherwise, this product listed
    and summed the latest activations.
    ``begin``: the start of the earliest counted activation in epoch ms, or None if all activations
    were counted.
    """

    runs: int
    complete: bool
    added_up: bool
    begin: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {"runs": self.runs, "complete": self.complete, "added_up": self.added_up}


@dataclass(frozen=True)
class CostReport:
    """The costs of a target's functions in a period.

    ``since``, ``until`` and ``as_of``: the start and end of the period and the time of the report,
    in epoch ms.
    ``chosen``: the name of the chosen price list.
    ``always_on``: the server to compare with, or None to select a server that fits each function.
    ``cold_rate``: the rate of cold starts to assume, or None to use the observed rate.
    ``days``: the latest days of the period.
    ``pace_since``: the time in epoch ms from which costs are extrapolated to a month, or None.
    ``advice``: memory advice, by function name.
    ``has_alarms``: whether a schedule of the host can keep a function warm.
    """

    since: int
    until: int
    as_of: int
    target: str
    prices: PriceList
    lists: PriceLists
    chosen: str
    always_on: AlwaysOn | None
    cold_rate: Decimal | None
    usages: tuple[Usage, ...]
    seen: Seen
    days: tuple[Day, ...]
    pace_since: int | None
    budget: BudgetState | None
    advice: Mapping[str, Advice] = field(default_factory=dict)
    has_alarms: bool = True

    @cached_property
    def functions(self) -> list[Usage]:
        """The usage of each function, with the most expensive first and feed actions last."""
        return sorted(
            self.usages,
            key=lambda each: (each.name in _FEEDS, -each.charge.cost(self.prices), each.name),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data, as in ``tests/data/api/cost.json``."""
        return {
            "type": "cost",
            "format": 1,
            "since": self.since,
            "until": self.until,
            "as_of": self.as_of,
            "target": self.target,
            "pace_since": self.pace_since,
            "seen": self.seen.to_json(),
            "prices": self.prices.to_json(),
            "price_lists": [
                {
                    "name": each.name,
                    "label": each.label,
                    "text": each.summary(),
                    "chosen": each.name == self.chosen,
                }
                for each in self.lists.all()
            ],
            "references": [each.to_json() for each in self.lists.always_on()],
            "functions": [self._function(each) for each in self.functions],
            "total": self._total(),
            "days": [self._day(each) for each in self.days],
            "budget": self.budget and self.budget.to_json(),
        }

    @property
    def _pace_ms(self) -> int | None:
        return None if self.pace_since is None else self.until - self.pace_since

    def _day(self, day: Day) -> dict[str, Any]:
        cost = day.charge.cost(self.prices)
        return {
            "day": day.day.isoformat(),
            "runs": day.charge.calls,
            "usd": exact(cost),
            "text": rounded(cost),
        }

    def _function(self, usage: Usage) -> dict[str, Any]:
        from jupyter_faas.cost import gb_seconds, part

        cost = usage.charge.cost(self.prices)
        memory = usage.memory_mb
        # A sequence has calls but no runs, because its components are charged instead.
        each = part(cost, _MILLION, usage.calls) if usage.runs and usage.calls else None
        kind = "function" if not usage.whole else "composition" if usage.runs else "sequence"
        kind = "feed" if usage.name in _FEEDS else kind
        # The runs of a composition are those of its conductor. The cold starts that its callers
        # wait for are those of its functions, which have separate rows.
        counted = usage.runs if kind != "composition" else 0
        return {
            "name": usage.name,
            "kind": kind,
            "memory_mb": memory,
            "calls": usage.calls,
            "p50_ms": usage.p50_ms,
            "p95_ms": usage.p95_ms,
            "cold": usage.cold_runs if counted else None,
            "cold_share": usage.cold_runs / counted if counted else None,
            "duration_ms": usage.duration_ms,
            "billed_ms": usage.charge.billed_ms,
            "gb_seconds": exact(gb_seconds(usage.charge.mb_ms)),
            "cost_usd": exact(cost) if usage.runs else None,
            "cost_text": rounded(cost) if usage.runs else None,
            "per_million_usd": exact(each),
            "per_million_text": rounded(each),
            "runnable": memory is None or self.prices.runs(memory),
            "peak_mb": usage.peak_mb,
            "measured": usage.measured,
            "advice": self._advice(usage) if kind == "function" else None,
            "always_on": (
                self._always_on(memory, usage.charge, usage.calls, usage.duration_ms)
                if kind == "function"
                else None
            ),
            "cold_start": self._cold_start(usage) if kind == "function" else None,
            "keep_warm": self._keep_warm(usage) if kind == "function" else None,
        }

    def _advice(self, usage: Usage) -> dict[str, Any] | None:
        found = self.advice.get(usage.name)
        if found is None:
            return None
        return {
            "memory_mb": found.memory_mb,
            "headroom": round(float(found.headroom), 4),
            "least_saved_usd": exact(found.least),
            "least_saved_text": rounded(found.least),
            "most_saved_usd": exact(found.most),
            "most_saved_text": rounded(found.most),
            "certain": found.certain,
            "slower": round(float(found.slower), 2),
            "why": found.why,
            "action": f"Set --memory {found.memory_mb} in the cell",
        }

    def _always_on(
        self, memory_mb: int | None, charge: Charge, calls: int, duration_ms: int
    ) -> dict[str, Any] | None:
        """Return the comparison with a server, including the break-even number of calls.

        Return None if the memory is unknown, the calls are free, or no server is large enough.
        """
        from jupyter_faas.cost import break_even_point, part

        if not memory_mb:
            return None
        reference = self.always_on or self.lists.fitting(memory_mb)
        if reference is None:
            return None
        found = break_even_point(self.prices, reference, charge, duration_ms)
        if found is None:
            return None
        # A conductor runs several times per call, so the break-even is converted to calls.
        crossed, after = (
            -(-each * calls // charge.calls) for each in (found.calls, found.calls_after_free)
        )
        span = self._pace_ms
        month = None if span is None else part(charge.cost(self.prices), _MONTH_MS, span)
        return {
            **reference.to_json(),
            "calls": crossed,
            "calls_after_free": after,
            "calls_per_month": None if span is None else calls * _MONTH_MS // span,
            "busy_hours": round(float(found.busy_hours), 1),
            "reached": found.reached,
            "share": None if month is None else float(part(month, 1, reference.usd_per_month)),
        }

    def _cold_start(self, usage: Usage) -> dict[str, Any] | None:
        from jupyter_faas.cost import cold_price

        found = cold_price(self.prices, usage.started, usage.cold, self.cold_rate)
        if found is None:
            return None
        prices = {"cold": found.cold, "warm": found.warm, "mixed": found.mixed}
        shown: dict[str, Any] = {"rate": float(found.rate)}
        for key, price in prices.items():
            shown |= {f"{key}_per_million_usd": exact(price), f"{key}_text": rounded(price)}
        return shown

    def _keep_warm(self, usage: Usage) -> dict[str, Any] | None:
        from jupyter_faas.cost import keep_warm, warm_by_calls

        if usage.memory_mb is None or not self.has_alarms:
            return None
        found = keep_warm(self.prices, usage.memory_mb, usage.p50_ms)
        rule = warm_by_calls(self.prices, usage.memory_mb, usage.p50_ms)
        return {
            "usd_per_month": exact(found.usd_per_month),
            "text": rounded(found.usd_per_month),
            "by": found.by,
            "every_s": found.every_s,
            "rule": {
                "every_s": rule.every_s,
                "usd_per_month": exact(rule.usd_per_month),
                "text": rounded(rule.usd_per_month),
            },
        }

    def _total(self) -> dict[str, Any]:
        from jupyter_faas.cost import Charge, gb_seconds

        # Charges are summed before they are priced, because volume discounts depend on the sum.
        charge = sum((each.charge for each in self.functions), Charge())
        calls = sum(each.calls for each in self.functions)
        duration_ms = sum(each.duration_ms for each in self.functions)
        cost = charge.cost(self.prices)
        month = None
        if self._pace_ms is not None:
            month = charge.times(_MONTH_MS, self._pace_ms).cost_of_month(self.prices)
        # A server that replaces all functions needs as much memory as the largest function.
        largest = max((each.memory_mb or 0 for each in self.functions), default=0)
        return {
            "calls": calls,
            "gb_seconds": exact(gb_seconds(charge.mb_ms)),
            "cost_usd": exact(cost),
            "cost_text": rounded(cost),
            "per_month_usd": exact(month),
            "per_month_text": rounded(month),
            "always_on": self._always_on(largest, charge, calls, duration_ms),
        }

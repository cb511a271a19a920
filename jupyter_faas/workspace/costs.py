"""What functions cost in a period: their runs, added up where the records are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.budgets import Budgets, BudgetState
from jupyter_faas.workspace.cost_days import Stretch
from jupyter_faas.workspace.cost_records import Records
from jupyter_faas.workspace.cost_view import CostReport
from jupyter_faas.workspace.prices import Prices

if TYPE_CHECKING:
    from jupyter_faas.workspace.connection import Connection

DEFAULT_PERIOD_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True)
class Question:
    """``since`` and ``until`` are epoch ms; the last seven days when missing, all time from 0 on.

    ``prices`` and ``always_on`` are names; the chosen list, and what fits each function, when
    missing. ``cold_rate`` (0 to 1) is the rate of cold starts to reckon with, else the one that
    was seen. ``utc_offset``: minutes east of UTC of the clock whose days are told.
    """

    name: str | None = None
    since: int | None = None
    until: int | None = None
    prices: str | None = None
    always_on: str | None = None
    cold_rate: Decimal | None = None
    utc_offset: int = 0


@dataclass(frozen=True)
class Costs:
    """The costs on the target in use. Safe to use from several threads."""

    connect: Callable[[], Connection]
    prices: Prices
    budgets: Budgets
    now_ms: Callable[[], int]

    def report(self, question: Question) -> CostReport:
        """Raises InputError for what there is not, and what the client raises."""
        lists = self.prices.lists()
        prices = self.prices.get(question.prices)
        reference = lists.get_always_on(question.always_on) if question.always_on else None
        now = self.now_ms()
        until = now if question.until is None else question.until
        since = until - DEFAULT_PERIOD_MS if question.since is None else question.since
        if since >= until:
            raise InputError("The period ends before it begins.", hint="Give an earlier --since.")
        client = self.connect().client
        records = Records(client, prices, question.utc_offset)
        stretch = Stretch(since, until, question.utc_offset)
        buckets, uses, seen = records.of(question.name, since, until, stretch.days_since)
        return CostReport(
            since=since,
            until=until,
            as_of=now,
            target=client.target.name,
            prices=prices,
            lists=lists,
            chosen=self.prices.get().name,
            always_on=reference,
            cold_rate=question.cold_rate,
            buckets=tuple(buckets),
            seen=seen,
            days=stretch.days(uses, prices),
            pace_since=stretch.pace_since(uses, seen),
            budget=self._budget(records, now),
        )

    def budget(self, utc_offset: int = 0) -> BudgetState | None:
        """The budget of the target in use, by the chosen list; None without one."""
        return self._budget(
            Records(self.connect().client, self.prices.get(), utc_offset), self.now_ms()
        )

    def _budget(self, records: Records, now: int) -> BudgetState | None:
        from jupyter_faas.cost import month_of, needed_for_month

        budget = self.budgets.get(records.client.target.name)
        if budget is None:
            return None
        since = needed_for_month(now, records.utc_offset)
        uses, complete = records.days(None, since, now)
        month = month_of(uses, records.prices, now, records.utc_offset)
        return BudgetState(budget, month, complete)

"""CostService: reports of the costs on a target in a period.

The playground sums the usage itself. For other hosts, this module lists and sums the latest
activations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.profiles import profile_of
from jupyter_faas.workspace.activations import name_of_run
from jupyter_faas.workspace.costs.choices import BudgetSetting, BudgetState, PriceListSetting
from jupyter_faas.workspace.costs.days import Period
from jupyter_faas.workspace.costs.report import CostReport, Seen

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.cost import Advice, DayUsage, PriceList, RunGroup, Usage
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.targets.connection import Connection


# The maximum number of activations to list for a report if the host cannot sum them. The latest
# activations are listed.
MOST_LISTED = 2000


@dataclass(frozen=True)
class UsageReader:
    """A reader of the usage of one namespace. Times are in epoch ms and inclusive.

    ``prices`` determines how time and memory are rounded. Days begin at midnight in a time zone
    that is ``utc_offset`` minutes east of UTC. Methods raise the errors of the client.
    """

    client: Client
    prices: PriceList
    utc_offset: int

    def of(
        self, name: str | None, since: int, until: int, days_since: int
    ) -> tuple[list[RunGroup], list[DayUsage] | None, Seen]:
        """Return groups of runs, the usage per day, and which activations were counted.

        The usage per day begins at ``days_since``. It is None if the target cannot provide it.
        """
        if self.client.target.kind == "playground":
            found = self._added_up(name, since, until)
            if found is not None:
                days = self._added_days(name, days_since, until)
                runs = sum(sum(each.runs) for each in found)
                return found, days, Seen(runs, complete=True, added_up=True)
        listed, complete = self._listed(name, since, until)
        # An incomplete list covers less time than the period. Costs are extrapolated only from the
        # time that the list covers.
        begin = min((each.start for each in listed), default=None)
        seen = Seen(len(listed), complete, added_up=False, begin=None if complete else begin)
        # The earliest days of an incomplete list would show too little usage.
        days = list(self._days_of(listed)) if complete else None
        return list(groups_of(listed, self.prices)), days, seen

    def days(self, name: str | None, since: int, until: int) -> tuple[list[DayUsage], bool]:
        """Return the usage per day, and whether all activations were counted."""
        if self.client.target.kind == "playground":
            found = self._added_days(name, since, until)
            if found is not None:
                return found, True
        listed, complete = self._listed(name, since, until)
        return list(self._days_of(listed)), complete

    def _added_up(self, name: str | None, since: int, until: int) -> list[RunGroup] | None:
        """Return the usage that the playground summed, or None if its version is too old."""
        from jupyter_faas.client import UsageClient
        from jupyter_faas.cost import RunGroup

        with closing(UsageClient(self.client.target)) as usage:
            found = usage.ask(name=name, since=since, upto=until, **self._memory())
        return None if found is None else list(map(RunGroup._make, found))

    def _added_days(self, name: str | None, since: int, until: int) -> list[DayUsage] | None:
        """Return the playground's usage per day, or None if its version is too old."""
        from jupyter_faas.client import UsageClient
        from jupyter_faas.cost import DayUsage

        with closing(UsageClient(self.client.target)) as usage:
            found = usage.usage_days(
                name=name,
                since=since,
                upto=until,
                step_ms=self.prices.step_ms,
                minimum_ms=self.prices.minimum_ms,
                utc_offset=self.utc_offset,
                **self._memory(),
            )
        return None if found is None else list(map(DayUsage._make, found))

    def _memory(self) -> dict[str, Any]:
        # These sums are only needed for hosts that charge for used memory instead of the limit.
        used = self.prices.memory_billed == "used"
        return {
            "step_mb": self.prices.memory_step_mb if used else None,
            "minimum_mb": self.prices.memory_minimum_mb,
        }

    def _listed(self, name: str | None, since: int, until: int) -> tuple[list[Activation], bool]:
        listed = self.client.list_activations(MOST_LISTED, name=name, since=since, upto=until)
        return listed, len(listed) < MOST_LISTED

    def _days_of(self, listed: Iterable[Activation]) -> Iterable[DayUsage]:
        from jupyter_faas.cost import DayUsage, day_of

        for each in groups_of(listed, self.prices):
            day = day_of(each.latest, self.utc_offset).isoformat()
            (duration_ms,), (used_mb,) = each.durations_ms, each.used_mb
            billed = self.prices.billed_ms(duration_ms)
            yield DayUsage(day, each.memory_mb, 1, billed, used_mb * billed)


def groups_of(listed: Iterable[Activation], prices: PriceList) -> Iterable[RunGroup]:
    """Yield a group for each activation that has a duration and a memory limit.

    Sequences and compositions, which have no memory limit, are counted with 0 MB.
    """
    from jupyter_faas.cost import RunGroup

    for each in listed:
        whole = each.kind == SEQUENCE
        memory = 0 if whole else each.memory_mb
        if each.duration is None or each.duration < 0 or (not memory and not whole):
            continue
        peak = None if whole else each.peak_mb
        # A session's duration is the time from its start to its end, as everywhere else.
        lasted = each.end - each.start if whole and each.end is not None else each.duration
        used_mb = prices.billed_mb(memory or 0, peak) if prices.memory_billed == "used" else 0
        yield RunGroup(
            name=name_of_run(each),
            memory_mb=memory or 0,
            cold=each.cold_start,
            latest=each.start,
            measured=0 if peak is None else 1,
            peak_mb=peak,
            durations_ms=(lasted,),
            runs=(1,),
            used_mb=(used_mb,),
        )


DEFAULT_PERIOD_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True)
class CostQuery:
    """The options of a cost report, which covers the last seven days by default.

    ``name``: the name of the only function to include, or None to include all functions.
    ``since`` and ``until``: the period in epoch ms. If ``since`` is 0, the period covers all time.
    ``prices``: the name of a price list. The default is the chosen price list.
    ``always_on``: the name of a server to compare with. By default, a server that fits each
    function is selected.
    ``cold_rate``: a rate from 0 to 1 that replaces the observed rate of cold starts.
    ``utc_offset``: the UTC offset in minutes east of UTC.
    """

    name: str | None = None
    since: int | None = None
    until: int | None = None
    prices: str | None = None
    always_on: str | None = None
    cold_rate: Decimal | None = None
    utc_offset: int = 0


@dataclass(frozen=True)
class CostService:
    """A service that reports costs on the current target. Instances are thread-safe.

    ``own_since`` returns the time in epoch ms at which the current version of a function was
    deployed from this data directory, or None if it was not.
    """

    connect: Callable[[], Connection]
    prices: PriceListSetting
    budgets: BudgetSetting
    now_ms: Callable[[], int]
    own_since: Callable[[Connection, str], int | None]

    def report(self, query: CostQuery) -> CostReport:
        """Return the cost report for the options in ``query``.

        Raises InputError if a price list or server is unknown or the period is empty. Raises the
        errors of the client.
        """
        from jupyter_faas.cost import usage_of

        # Names are checked before any request is sent, so that a typo fails at once.
        lists = self.prices.lists()
        prices = self.prices.get(query.prices)
        reference = lists.get_always_on(query.always_on) if query.always_on else None
        now = self.now_ms()
        until = now if query.until is None else query.until
        since = until - DEFAULT_PERIOD_MS if query.since is None else query.since
        if since >= until:
            raise InputError(
                "The period ends before it begins.",
                hint="Choose an earlier beginning, such as --since 30d",
            )
        connection = self.connect()
        client = connection.client
        records = UsageReader(client, prices, query.utc_offset)
        period = Period(since, until, query.utc_offset)
        groups, uses, seen = records.of(query.name, since, until, period.days_since)
        usages = usage_of(groups, prices)
        return CostReport(
            since=since,
            until=until,
            as_of=now,
            target=client.target.name,
            prices=prices,
            lists=lists,
            chosen=self.prices.get().name,
            always_on=reference,
            cold_rate=query.cold_rate,
            usages=tuple(usages),
            seen=seen,
            days=period.days(uses, prices),
            pace_since=period.pace_since(uses, seen),
            budget=self._budget(records, now),
            advice=self._advice(connection, usages, prices),
            has_alarms=profile_of(client.target.profile).scheduling == "alarms",
        )

    def _advice(
        self, connection: Connection, usages: list[Usage], prices: PriceList
    ) -> dict[str, Advice]:
        """Return memory advice by function name.

        It is given for functions that were deployed from this data directory, that nobody else has
        changed since, and whose current version has run often enough.
        """
        from jupyter_faas.cost import advise

        found = {each.name: advise(each, prices) for each in usages}
        return {
            name: advice
            for name, advice in found.items()
            if advice is not None and self._has_settled(connection, name)
        }

    def _has_settled(self, connection: Connection, name: str) -> bool:
        from jupyter_faas.cost import LEAST_CALLS

        since = self.own_since(connection, name)
        if since is None:
            return False
        runs = connection.client.list_activations(LEAST_CALLS, name=name, since=since)
        return len(runs) >= LEAST_CALLS

    def budget(self, utc_offset: int = 0) -> BudgetState | None:
        """Return the current target's budget with this month's costs, or None without a budget."""
        return self._budget(
            UsageReader(self.connect().client, self.prices.get(), utc_offset), self.now_ms()
        )

    def _budget(self, records: UsageReader, now: int) -> BudgetState | None:
        from jupyter_faas.cost import month_of, needed_for_month

        budget = self.budgets.get(records.client.target.name)
        if budget is None:
            return None
        since = needed_for_month(now, records.utc_offset)
        uses, complete = records.days(None, since, now)
        month = month_of(uses, records.prices, now, records.utc_offset)
        return BudgetState(budget, month, complete)

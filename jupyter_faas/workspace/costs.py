"""What functions cost in a period: their runs, added up where the records are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.activations import shown_name
from jupyter_faas.workspace.cost_view import CostReport, Seen
from jupyter_faas.workspace.prices import Prices

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.cost import Bucket, PriceList
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.connection import Connection

DEFAULT_PERIOD_MS = 7 * 24 * 3_600_000

# How many records are listed where a host does not add them up, the latest first.
LOOKED_THROUGH = 2000


@dataclass(frozen=True)
class Question:
    """``since`` and ``until`` are epoch ms; the last seven days when missing. ``prices`` and
    ``always_on`` are names; the chosen list, and what fits each function, when missing.
    ``cold_rate`` (0 to 1) is the rate of cold starts to reckon with, else the one that was seen.
    """

    name: str | None = None
    since: int | None = None
    until: int | None = None
    prices: str | None = None
    always_on: str | None = None
    cold_rate: Decimal | None = None


@dataclass(frozen=True)
class Costs:
    """The costs on the target in use. Safe to use from several threads."""

    connect: Callable[[], Connection]
    prices: Prices
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
        buckets, seen = self._buckets(client, prices, question.name, since, until)
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
        )

    def _buckets(
        self, client: Client, prices: PriceList, name: str | None, since: int, until: int
    ) -> tuple[list[Bucket], Seen]:
        if client.target.kind == "playground":
            found = _added_up(client, prices, name, since, until)
            if found is not None:
                runs = sum(each.runs for each in found)
                return found, Seen(runs, complete=True, added_up=True)
        listed = client.list_activations(LOOKED_THROUGH, name=name, since=since, upto=until)
        complete = len(listed) < LOOKED_THROUGH
        return list(buckets_of(listed, prices)), Seen(len(listed), complete, added_up=False)


def _added_up(
    client: Client, prices: PriceList, name: str | None, since: int, until: int
) -> list[Bucket] | None:
    """None when it is a playground of an earlier version."""
    from jupyter_faas.client import UsageClient
    from jupyter_faas.cost import Bucket

    with closing(UsageClient(client.target)) as usage:
        found = usage.ask(
            name=name,
            since=since,
            upto=until,
            step_mb=prices.memory_step_mb if prices.memory_billed == "used" else None,
            minimum_mb=prices.memory_minimum_mb,
        )
    return None if found is None else list(map(Bucket._make, found))


def buckets_of(listed: Iterable[Activation], prices: PriceList) -> Iterable[Bucket]:
    """One for each run that has a duration and a memory limit."""
    from jupyter_faas.cost import Bucket

    for each in listed:
        whole = each.kind == SEQUENCE
        memory = 0 if whole else each.memory_mb
        if each.duration is None or each.duration < 0 or (not memory and not whole):
            continue
        peak = None if whole else each.peak_mb
        yield Bucket(
            name=shown_name(each),
            memory_mb=memory or 0,
            cold=each.cold,
            duration_ms=each.duration,
            runs=1,
            latest=each.start,
            measured=0 if peak is None else 1,
            peak_mb=peak,
            used_mb=prices.billed_mb(memory or 0, peak) if prices.memory_billed == "used" else 0,
        )

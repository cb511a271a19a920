"""Prices that fall with the volume of a month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jupyter_faas.cost.money import EXACT, plain_usd
from jupyter_faas.cost.tables import Table


@dataclass(frozen=True)
class Volume:
    """The price of a GB-s for those of a month that come after ``from_gb_seconds``."""

    from_gb_seconds: int
    usd_per_gb_second: Decimal

    def to_json(self) -> dict[str, Any]:
        return {
            "from_gb_seconds": self.from_gb_seconds,
            "usd_per_gb_second": plain_usd(self.usd_per_gb_second),
        }


def read_volume(table: Table) -> tuple[Volume, ...]:
    """``[[NAME.volume]]`` of a price list. Raises InputError unless each begins after the last."""
    found: list[Volume] = []
    for each in table.parts("volume"):
        begin = each.whole("from_gb_seconds", least=found[-1].from_gb_seconds + 1 if found else 1)
        found.append(Volume(begin, each.amount("usd_per_gb_second")))
        each.finish()
    return tuple(found)


def price_by_volume(used: Decimal, first: Decimal, volume: Iterable[Volume]) -> Decimal:
    """The exact price of so many GB-s of one month; ``first`` is that of the first of them."""
    found, begin, price = Decimal(0), Decimal(0), first
    for each in volume:
        end = Decimal(each.from_gb_seconds)
        if used <= end:
            break
        found = EXACT.add(found, EXACT.multiply(EXACT.subtract(end, begin), price))
        begin, price = end, each.usd_per_gb_second
    return EXACT.add(found, EXACT.multiply(EXACT.subtract(used, begin), price))

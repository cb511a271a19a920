"""Prices of servers that always run, for comparison with functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jupyter_faas.cost.money import EXACT, QUOTIENT, format_usd, plain_usd
from jupyter_faas.cost.price_list import GB_IN_MB, ZERO
from jupyter_faas.cost.price_tables import Table

# Providers compute monthly prices for 365 * 24 / 12 = 730 hours.
HOURS_PER_MONTH = 730


@dataclass(frozen=True)
class AlwaysOn:
    """The price of a server that always runs.

    ``usd_per_month`` is the price of 730 hours without the free tier, and ``usd_off_per_month`` is
    the monthly value of the free tier. ``source``, ``as_of`` and ``sure`` describe the origin of
    the price (see ``price_tables.Fact``).
    """

    name: str
    label: str
    vcpus: Decimal
    memory_mb: int
    usd_per_month: Decimal
    usd_off_per_month: Decimal
    as_of: date
    source: str
    sure: str
    note: str

    @classmethod
    def from_table(cls, name: str, table: Table) -> AlwaysOn:
        """Read an ``always_on`` table, whose price is per month, per hour, or per vCPU and GB.

        Raises InputError if a key is missing or has an invalid value.
        """
        label, source = table.text("label"), table.text("source")
        as_of, sure = table.day("as_of"), table.text("sure")
        vcpus, memory_mb = table.amount("vcpus"), table.whole("memory_mb", least=1)
        gigabytes = EXACT.multiply(Decimal(memory_mb), GB_IN_MB)
        month, hour = table.optional_amount("usd_per_month"), table.optional_amount("usd_per_hour")
        vcpu_hour = table.amount("usd_per_vcpu_hour", "0")
        gb_hour = table.amount("usd_per_gb_hour", "0")
        free = (
            table.whole("free_vcpu_seconds_per_month", 0),
            table.whole("free_gb_seconds_per_month", 0),
        )
        # Cloud Run and similar services charge for vCPUs and memory separately.
        parts = EXACT.add(EXACT.multiply(vcpus, vcpu_hour), EXACT.multiply(gigabytes, gb_hour))
        if hour is None:
            if not month and not parts:
                raise table.wrong(
                    "usd_per_month", "is missing, and there are no hourly prices either"
                )
            hour = parts
        found = cls(
            name=name,
            label=label,
            vcpus=vcpus,
            memory_mb=memory_mb,
            usd_per_month=EXACT.multiply(hour, Decimal(HOURS_PER_MONTH))
            if month is None
            else month,
            usd_off_per_month=_free_tier(free, vcpu_hour, gb_hour),
            as_of=as_of,
            source=source,
            sure=sure,
            note=table.text("note", " ").strip(),
        )
        table.finish()
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "memory_mb": self.memory_mb,
            "usd_per_month": plain_usd(self.usd_per_month),
            "text": format_usd(self.usd_per_month),
            "as_of": self.as_of.isoformat(),
            "source": self.source,
            "sure": self.sure,
            "note": self.note,
        }


def _free_tier(free: tuple[int, int], vcpu_hour: Decimal, gb_hour: Decimal) -> Decimal:
    found = ZERO
    # Free tiers are given in seconds, but prices are per hour.
    for amount, hour in zip(free, (vcpu_hour, gb_hour), strict=True):
        price = QUOTIENT.divide(QUOTIENT.multiply(Decimal(amount), hour), Decimal(3600))
        found = QUOTIENT.add(found, price)
    return found

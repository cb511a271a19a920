"""A provider's price list, and what a run costs by it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

from jupyter_faas.cost.money import EXACT
from jupyter_faas.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# 1/1024, written out because a quotient would depend on the thread's precision.
_GB_IN_MB = Decimal("0.0009765625")
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class PriceList:
    """Memory times started steps of ``step_ms``, at least ``minimum_ms``, plus a fee per request.

    ``usd_per_gb_second`` counts 1,024 MB as a gigabyte. ``as_of`` is the day ``source`` was read.
    """

    name: str
    label: str
    usd_per_gb_second: Decimal
    step_ms: int
    minimum_ms: int
    usd_per_million_requests: Decimal
    free_gb_seconds_per_month: int
    as_of: date
    source: str
    note: str

    @classmethod
    def from_table(cls, name: str, table: Mapping[str, Any]) -> PriceList:
        """One table of ``prices.toml``."""
        return cls(
            name=name,
            label=table["label"],
            usd_per_gb_second=Decimal(table["usd_per_gb_second"]),
            step_ms=table["step_ms"],
            minimum_ms=table["minimum_ms"],
            usd_per_million_requests=Decimal(table["usd_per_million_requests"]),
            free_gb_seconds_per_month=table["free_gb_seconds_per_month"],
            as_of=table["as_of"],
            source=table["source"],
            note=table["note"],
        )

    def billed_ms(self, duration_ms: int) -> int:
        """The time that is charged. ``ValueError`` for a negative duration."""
        if duration_ms < 0:
            raise ValueError(f"a duration is not negative: {duration_ms} ms")
        steps = -(-duration_ms // self.step_ms)
        return max(steps * self.step_ms, self.minimum_ms)

    def cost_usd(self, memory_mb: int, duration_ms: int) -> Decimal:
        """The exact price of one run, in USD; the free tier is not taken off."""
        return EXACT.divide(self.per_million(memory_mb, duration_ms), _MILLION)

    def per_million(self, memory_mb: int, duration_ms: int) -> Decimal:
        """The exact price of a million such runs, in USD."""
        gigabytes = EXACT.multiply(Decimal(memory_mb), _GB_IN_MB)
        # A million runs of n ms are n * 1000 seconds.
        seconds = Decimal(self.billed_ms(duration_ms) * 1000)
        price = EXACT.multiply(EXACT.multiply(gigabytes, seconds), self.usd_per_gb_second)
        return EXACT.add(price, self.usd_per_million_requests)


def load_price_list(name: str = "openwhisk") -> PriceList:
    """The list of that name in ``prices.toml``; ``InputError`` names the lists there are."""
    text = resources.files("jupyter_faas.cost").joinpath("prices.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    if name not in tables:
        raise InputError(
            f"There is no price list named {name!r}.",
            hint=f"Price lists: {', '.join(sorted(tables))}",
        )
    return PriceList.from_table(name, tables[name])

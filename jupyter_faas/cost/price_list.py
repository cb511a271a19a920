"""The price list of a provider, and the computation of costs from it.

``billed_ms`` rounds the duration of a run up to a multiple of ``step_ms``, at least ``minimum_ms``.
``billed_mb`` rounds the memory limit or the used memory up to a step or to the next of ``sizes``.
The product of both, in GB-s of 1,024 MB, is multiplied by ``usd_per_gb_second``. ``cost_usd`` adds
CPU seconds, if the provider charges for them separately (``units_of_cpu``), and a fee per request.
``monthly`` subtracts the free tier and applies volume discounts.

Sums are exact, because ``money.EXACT`` raises an error instead of rounding. They depend neither on
the order of the additions nor on a notebook's decimal context.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from jupyter_faas.cost.money import EXACT, QUOTIENT, per_run, plain_usd
from jupyter_faas.cost.price_tables import Fact, Table


@dataclass(frozen=True)
class Volume:
    """A volume discount: the price of each GB-s in a month beyond ``from_gb_seconds``."""

    from_gb_seconds: int
    usd_per_gb_second: Decimal

    def to_json(self) -> dict[str, Any]:
        return {
            "from_gb_seconds": self.from_gb_seconds,
            "usd_per_gb_second": plain_usd(self.usd_per_gb_second),
        }


def read_volume(table: Table) -> tuple[Volume, ...]:
    """Read the tables ``[[NAME.volume]]`` of a price list.

    Raises InputError if a value is missing or invalid, or if ``from_gb_seconds`` does not increase
    from table to table.
    """
    found: list[Volume] = []
    for each in table.parts("volume"):
        begin = each.whole("from_gb_seconds", least=found[-1].from_gb_seconds + 1 if found else 1)
        found.append(Volume(begin, each.amount("usd_per_gb_second")))
        each.finish()
    return tuple(found)


def price_by_volume(used: Decimal, first: Decimal, volume: Iterable[Volume]) -> Decimal:
    """Return the exact price of ``used`` GB-s in one month, with volume discounts.

    ``first`` is the price of a GB-s before the first discount.
    """
    found, begin, price = Decimal(0), Decimal(0), first
    for each in volume:
        end = Decimal(each.from_gb_seconds)
        if used <= end:
            break
        found = EXACT.add(found, EXACT.multiply(EXACT.subtract(end, begin), price))
        begin, price = end, each.usd_per_gb_second
    return EXACT.add(found, EXACT.multiply(EXACT.subtract(used, begin), price))


# This is 1/1024. A division would depend on the precision of the thread's decimal context.
GB_IN_MB = Decimal("0.0009765625")
MILLION = Decimal(1_000_000)
ZERO = Decimal(0)

SPEEDS = ("same", "memory", "size", "chosen")
BILLED = ("limit", "used")


@dataclass(frozen=True)
class Warmth:
    """A provider's prices for keeping an instance warm.

    ``by`` is the provider's name for this offer. ``usd_per_gb_second`` and ``usd_per_cpu_second``
    are the prices of the time for which the instance is kept warm, rounded up to a multiple of
    ``step_s``. ``run_usd_per_gb_second`` is the price of runs in such an instance, or None if it is
    the usual price.
    """

    by: str
    usd_per_gb_second: Decimal
    usd_per_cpu_second: Decimal
    step_s: int
    run_usd_per_gb_second: Decimal | None


@dataclass(frozen=True)
class PriceList:
    """The prices of a provider. The module's docstring explains how they are applied.

    ``usd_per_gb_second`` counts 1,024 MB as a gigabyte. ``as_of`` is the day on which ``source``
    was read, and ``facts`` has the origin of each number. ``sizes`` contains pairs of memory in MB
    and the CPU that comes with it, in units of ``cpu_unit``. One vCPU has ``cpus_per_unit`` units.
    ``cpu`` is a fixed number of units that does not depend on memory. ``speed`` says how memory
    affects the duration of a call (see ``prices.toml``). ``volume`` contains the volume discounts
    in increasing order.
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
    sure: str = "M"
    usd_per_cpu_second: Decimal = ZERO
    cpu_unit: str = "vCPU"
    cpus_per_unit: Decimal = Decimal(1)
    cpu: Decimal | None = None
    sizes: tuple[tuple[int, Decimal], ...] = ()
    memory_by_size: bool = False
    memory_step_mb: int = 1
    memory_minimum_mb: int = 0
    memory_maximum_mb: int | None = None
    memory_billed: str = "limit"
    free_cpu_seconds_per_month: int = 0
    free_requests_per_month: int = 0
    speed: str = "same"
    mb_per_cpu: int | None = None
    warmth: Warmth | None = None
    volume: tuple[Volume, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict, compare=False)

    @classmethod
    def from_table(cls, name: str, table: Table) -> PriceList:
        """Read a ``lists`` table of ``prices.toml``.

        Raises InputError if a key is missing, unknown or has an invalid value.
        """
        label, source = table.text("label"), table.text("source")
        as_of, sure = table.day("as_of"), table.text("sure")
        found = cls(
            name=name,
            label=label,
            usd_per_gb_second=table.amount("usd_per_gb_second"),
            step_ms=table.whole("step_ms", least=1),
            minimum_ms=table.whole("minimum_ms"),
            usd_per_million_requests=table.amount("usd_per_million_requests"),
            free_gb_seconds_per_month=table.whole("free_gb_seconds_per_month", 0),
            as_of=as_of,
            source=source,
            note=table.text("note", " ").strip(),
            sure=sure,
            usd_per_cpu_second=table.amount("usd_per_cpu_second", "0"),
            cpu_unit=table.text("cpu_unit", "vCPU"),
            cpus_per_unit=table.amount("cpus_per_unit", "1"),
            cpu=table.optional_amount("cpu"),
            sizes=table.pairs("sizes"),
            memory_by_size=table.yes("memory_by_size"),
            memory_step_mb=table.whole("memory_step_mb", 1, least=1),
            memory_minimum_mb=table.whole("memory_minimum_mb", 0),
            memory_maximum_mb=table.optional_whole("memory_maximum_mb", least=1),
            memory_billed=table.choice("memory_billed", BILLED, "limit"),
            free_cpu_seconds_per_month=table.whole("free_cpu_seconds_per_month", 0),
            free_requests_per_month=table.whole("free_requests_per_month", 0),
            speed=table.choice("speed", SPEEDS, "same"),
            mb_per_cpu=table.optional_whole("mb_per_cpu", least=1),
            warmth=_warmth(table),
            volume=read_volume(table),
            facts=table.facts,
        )
        table.finish()
        # Without ``sizes`` or ``cpu``, the price of CPU would silently have no effect.
        if found.usd_per_cpu_second and not found.sizes and found.cpu is None:
            raise table.wrong("usd_per_cpu_second", "has no effect unless sizes or cpu is also set")
        if found.memory_by_size and not found.sizes:
            raise table.wrong("memory_by_size", "can be used only together with sizes")
        return found

    # Billed quantities

    def billed_ms(self, duration_ms: int) -> int:
        """Return the billed duration in ms. Raises ValueError for a negative duration."""
        if duration_ms < 0:
            raise ValueError(f"the duration is negative: {duration_ms} ms")
        # ``-(-a // b)`` rounds up in integers.
        steps = -(-duration_ms // self.step_ms)
        return max(steps * self.step_ms, self.minimum_ms)

    def billed_mb(self, memory_mb: int, used_mb: int | None = None) -> int:
        """Return the billed memory in MB, rounded as the provider does.

        The provider bills the limit, or ``used_mb`` if it is given and the list bills by use.
        Memory above the largest of ``sizes`` is not rounded; ``runs`` returns false for it.
        """
        charged = memory_mb
        if self.memory_billed == "used" and used_mb is not None:
            charged = used_mb
        if self.memory_by_size:
            return self._size(charged)[0]
        steps = -(-charged // self.memory_step_mb)
        return max(steps * self.memory_step_mb, self.memory_minimum_mb)

    def units_of_cpu(self, memory_mb: int) -> Decimal:
        """Return the billed CPU in ``cpu_unit``, or 0 if CPU is not billed separately."""
        if not self.usd_per_cpu_second:
            return ZERO
        return self.cpu if self.cpu is not None else self._size(memory_mb)[1]

    def vcpus(self, memory_mb: int) -> Decimal | None:
        """Return the vCPUs that come with ``memory_mb``, or None if CPU does not depend on it."""
        if self.speed == "memory" and self.mb_per_cpu:
            return QUOTIENT.divide(Decimal(self.billed_mb(memory_mb)), Decimal(self.mb_per_cpu))
        if self.cpu is None and self.sizes and self.speed in ("size", "chosen"):
            return QUOTIENT.divide(self._size(memory_mb)[1], self.cpus_per_unit)
        return None

    @property
    def largest_mb(self) -> int | None:
        """The largest memory limit in MB that the provider allows, or None if unknown."""
        return self.sizes[-1][0] if self.sizes else self.memory_maximum_mb

    def runs(self, memory_mb: int) -> bool:
        """Return whether the provider can run a function with ``memory_mb``."""
        return self.largest_mb is None or memory_mb <= self.largest_mb

    def _size(self, memory_mb: int) -> tuple[int, Decimal]:
        # A function that needs more than the largest size cannot run there. Its price is computed
        # for comparison only, with the CPU of the largest size.
        beyond = (memory_mb, self.sizes[-1][1] if self.sizes else ZERO)
        return next((each for each in self.sizes if each[0] >= memory_mb), beyond)

    # Prices

    def cost_usd(self, memory_mb: int, duration_ms: int, used_mb: int | None = None) -> Decimal:
        """Return the exact price of one run in USD, without the free tier."""
        return per_run(self.per_million(memory_mb, duration_ms, used_mb))

    def per_million(self, memory_mb: int, duration_ms: int, used_mb: int | None = None) -> Decimal:
        """Return the exact price of a million equal runs in USD, without the free tier."""
        # Providers round the duration of each run, so it is rounded before the multiplication.
        milliseconds = self.billed_ms(duration_ms) * 1_000_000
        cpu = self.units_of_cpu(memory_mb)
        return self.price(
            mb_ms=self.billed_mb(memory_mb, used_mb) * milliseconds,
            cpu_ms=EXACT.multiply(cpu, Decimal(milliseconds)),
            calls=1_000_000,
        )

    def price(self, *, mb_ms: int, cpu_ms: Decimal, calls: int) -> Decimal:
        """Return the exact price in USD, without the free tier and volume discounts.

        ``mb_ms`` is MB times ms, ``cpu_ms`` is CPU units times ms, and ``calls`` is the number of
        requests.
        """
        memory = EXACT.multiply(gb_seconds(mb_ms), self.usd_per_gb_second)
        cpu = EXACT.multiply(seconds(cpu_ms), self.usd_per_cpu_second)
        fees = EXACT.multiply(millionth(calls), self.usd_per_million_requests)
        return EXACT.add(EXACT.add(memory, cpu), fees)

    def memory_of_month(self, used: Decimal) -> Decimal:
        """Return the exact price in USD of ``used`` GB-s in one month, with volume discounts."""
        return price_by_volume(used, self.usd_per_gb_second, self.volume)

    def monthly(self, *, mb_ms: int, cpu_ms: Decimal, calls: int) -> Decimal:
        """Return the price in USD of one month, after the free tier and volume discounts.

        The parameters are those of ``price``.
        """
        memory = max(
            ZERO, EXACT.subtract(gb_seconds(mb_ms), Decimal(self.free_gb_seconds_per_month))
        )
        cpu = max(ZERO, EXACT.subtract(seconds(cpu_ms), Decimal(self.free_cpu_seconds_per_month)))
        fees = millionth(max(0, calls - self.free_requests_per_month))
        parts = (
            self.memory_of_month(memory),
            EXACT.multiply(cpu, self.usd_per_cpu_second),
            EXACT.multiply(fees, self.usd_per_million_requests),
        )
        return EXACT.add(EXACT.add(parts[0], parts[1]), parts[2])

    def summary(self) -> str:
        """Return a summary such as ``AWS Lambda x86: $0.0000166667 per GB-s, 1 ms steps``."""
        parts = [f"${plain_usd(self.usd_per_gb_second)} per GB-s"]
        if self.usd_per_cpu_second:
            parts.append(f"${plain_usd(self.usd_per_cpu_second)} per {self.cpu_unit}-s")
        if self.usd_per_million_requests:
            parts.append(f"${self.usd_per_million_requests:.2f} per million requests")
        parts.append(f"{self.step_ms} ms steps")
        # Without it, one would expect a call of 3 ms to cost 3 % of what it does.
        if self.minimum_ms > self.step_ms:
            parts.append(f"at least {self.minimum_ms:,} ms")
        return f"{self.label}: {', '.join(parts)}"

    def to_json(self) -> dict[str, Any]:
        """Return the ``prices`` field of cost.json, with the source of each number."""
        return {
            "name": self.name,
            "label": self.label,
            "text": self.summary(),
            "usd_per_gb_second": plain_usd(self.usd_per_gb_second),
            "volume": [each.to_json() for each in self.volume],
            "usd_per_cpu_second": plain_usd(self.usd_per_cpu_second),
            "cpu_unit": self.cpu_unit,
            "step_ms": self.step_ms,
            "minimum_ms": self.minimum_ms,
            "usd_per_million_requests": plain_usd(self.usd_per_million_requests),
            "memory_billed": self.memory_billed,
            "speed": self.speed,
            "largest_mb": self.largest_mb,
            "free_gb_seconds_per_month": self.free_gb_seconds_per_month,
            "as_of": self.as_of.isoformat(),
            "source": self.source,
            "sure": self.sure,
            "note": self.note,
            "facts": {
                key: {"source": fact.source, "as_of": fact.as_of.isoformat(), "sure": fact.sure}
                for key, fact in self.facts.items()
            },
        }


def gb_seconds(mb_ms: int) -> Decimal:
    """Convert MB times ms to GB-s, without rounding."""
    return seconds(EXACT.multiply(Decimal(mb_ms), GB_IN_MB))


def seconds(milliseconds: Decimal) -> Decimal:
    return EXACT.scaleb(milliseconds, -3)


def millionth(calls: int) -> Decimal:
    return EXACT.scaleb(Decimal(calls), -6)


def _warmth(table: Table) -> Warmth | None:
    price = table.optional_amount("warm_usd_per_gb_second")
    by = table.text("warm_by", "a reserved instance")
    cpu = table.amount("warm_usd_per_cpu_second", "0")
    step_s = table.whole("warm_step_s", 1, least=1)
    run = table.optional_amount("warm_run_usd_per_gb_second")
    return None if price is None else Warmth(by, price, cpu, step_s, run)

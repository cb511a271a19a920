from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from jupyter_faas.cost import PriceLists, format_usd
from jupyter_faas.cost.break_even import (
    BreakEven,
    break_even_point,
    cold_price,
    in_warm_instance,
    keep_warm,
    warm_cost,
)
from jupyter_faas.cost.usage import charge_of
from tests.cost.helpers.groups import group

LISTS = PriceLists()
LAMBDA = LISTS.get("aws-lambda-x86")
OPENWHISK = LISTS.get("openwhisk")


def crossed(name: str, memory_mb: int, ms: int, always_on: str, fees: bool = True) -> BreakEven:
    prices = LISTS.get(name)
    if not fees:
        prices = replace(prices, usd_per_million_requests=Decimal(0))
    charge = charge_of([group(ms, memory_mb=memory_mb)], prices)
    found = break_even_point(prices, LISTS.get_always_on(always_on), charge, ms)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("memory_mb", "always_on", "hours", "reached"),
    [
        (3891, "t3-medium", "133.2", True),
        (256, "t3-small", "1012.3", False),
        (256, "droplet-512", "266.7", True),
    ],
)
def test_busy_hours_that_were_worked_out(
    memory_mb: int, always_on: str, hours: str, reached: bool
) -> None:
    found = crossed("aws-lambda-x86", memory_mb, 1000, always_on, fees=False)
    assert found.busy_hours.quantize(Decimal("0.1")) == Decimal(hours)
    assert found.reached is reached


def test_busy_hours_are_the_duration_and_not_the_billed_minimum() -> None:
    # OpenWhisk bills 10 ms like 100 ms.
    short, whole = (crossed("openwhisk", 256, ms, "droplet-512") for ms in (10, 100))
    assert short.calls == whole.calls
    hours = [each.busy_hours.quantize(Decimal("0.01")) for each in (short, whole)]
    assert hours == [Decimal("26.14"), Decimal("261.44")]


def test_calls_to_the_crossing() -> None:
    found = crossed("openwhisk", 256, 100, "droplet-512")
    # $0.425 for a million of them.
    assert found.calls == 9_411_765
    assert OPENWHISK.cost_usd(256, 100) * found.calls >= 4
    assert OPENWHISK.cost_usd(256, 100) * (found.calls - 1) < 4
    # 400,000 GB-s are 16 million of them.
    assert found.calls_after_free == 16_000_000 + 9_411_765


def test_the_free_tier_of_what_is_always_on_counts_too() -> None:
    plain = crossed("openwhisk", 512, 1000, "cloud-run-half")
    # $44.71 a month against $0.0000085 a call, the first 800,000 of which are free.
    assert plain.calls_after_free == 800_000 + int(Decimal("44.712") / Decimal("0.0000085")) + 1


def test_nothing_crosses_what_costs_nothing() -> None:
    charge = charge_of([group(3, memory_mb=0)], OPENWHISK)
    assert break_even_point(OPENWHISK, LISTS.get_always_on("t3-small"), charge, 3) is None


def test_price_of_cold_starts_at_a_rate() -> None:
    cold, warm = [group(49_090, cold=True, memory_mb=3891)], [group(1603, 3, memory_mb=3891)]
    both = charge_of(cold + warm, OPENWHISK), charge_of(cold, OPENWHISK)
    seen = cold_price(OPENWHISK, *both)
    assert seen is not None
    assert (format_usd(seen.cold), format_usd(seen.warm)) == ("$3,171.70", "$109.81")
    assert seen.rate == Decimal("0.25")
    assert format_usd(seen.mixed) == "$875.29"
    none = cold_price(OPENWHISK, *both, rate=Decimal(0))
    assert none is not None
    assert format_usd(none.mixed) == "$109.81"


def test_cold_starts_have_no_price_when_all_are_cold() -> None:
    charge = charge_of([group(100, cold=True)], OPENWHISK)
    assert cold_price(OPENWHISK, charge, charge) is None


@pytest.mark.parametrize(
    ("name", "memory_mb", "month"),
    [("aws-lambda-x86", 256, "$2.74"), ("google-run", 512, "$5.47")],
)
def test_what_the_provider_keeps_warm(name: str, memory_mb: int, month: str) -> None:
    found = keep_warm(LISTS.get(name), memory_mb, 3)
    assert format_usd(found.usd_per_month) == month
    assert found.by
    assert found.every_s is None


def test_a_cloud_run_instance_of_one_vcpu_that_waits() -> None:
    one = replace(LISTS.get("google-run"), cpu=Decimal(1))
    assert format_usd(keep_warm(one, 512, 3).usd_per_month) == "$9.86"


def test_provisioned_concurrency_is_charged_in_five_minutes() -> None:
    hour = warm_cost(LAMBDA, 256, 3600)
    assert hour == Decimal("0.00375003")
    assert warm_cost(LAMBDA, 256, 1) * 12 == hour
    assert warm_cost(LAMBDA, 256, 3600, instances=3) == 3 * hour
    run = in_warm_instance(LAMBDA).cost_usd(3891, 25_500)
    assert (run - Decimal("2e-7")).quantize(Decimal("1e-8")) == Decimal("0.00094203")


def test_a_rule_keeps_warm_elsewhere() -> None:
    found = keep_warm(OPENWHISK, 256, 3)
    assert (found.by, found.every_s) == ("", 300)
    # 8,760 calls a month of 100 ms.
    assert found.usd_per_month == 8760 * OPENWHISK.cost_usd(256, 3)
    assert keep_warm(OPENWHISK, 256, 3, every_s=600).usd_per_month * 2 == found.usd_per_month
    assert warm_cost(OPENWHISK, 256, 3600) == 0
    assert in_warm_instance(OPENWHISK) is OPENWHISK

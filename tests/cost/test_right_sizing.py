from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from jupyter_faas.cost import PriceList, PriceLists, format_usd
from jupyter_faas.cost.right_sizing import Advice, advise
from jupyter_faas.cost.usage import usage_of
from tests.cost.helpers.groups import group

LISTS = PriceLists()


def advice(
    prices: PriceList, peak_mb: int | None, duration_ms: int = 1603, runs: int = 12_480, **more: Any
) -> Advice | None:
    measured = 0 if peak_mb is None else runs
    given = {"memory_mb": 3891, "peak_mb": peak_mb, "measured": measured, **more}
    (usage,) = usage_of([group(duration_ms, runs, **given)], prices)
    return advise(usage, prices)


def given(prices: PriceList, peak_mb: int, **more: Any) -> Advice:
    found = advice(prices, peak_mb, **more)
    assert found is not None
    return found


def test_memory_to_spare_where_memory_does_not_matter_to_time() -> None:
    prices = LISTS.get("openwhisk")
    found = given(prices, 2911)
    assert (found.memory_mb, found.certain, found.slower) == (3072, True, Decimal(1))
    assert f"{found.headroom:.1%}" == "5.5%"
    each = prices.cost_usd(3891, 1603) - prices.cost_usd(3072, 1603)
    assert found.most == 12_480 * each
    assert format_usd(found.most) == "$0.29"


@pytest.mark.parametrize("peak_mb", [None, 3700, 3891, 4000])
def test_nothing_to_say(peak_mb: int | None) -> None:
    assert advice(LISTS.get("openwhisk"), peak_mb) is None


@pytest.mark.parametrize(("runs", "given"), [(19, False), (20, True)])
def test_a_few_calls_are_too_few_for_advice(runs: int, given: bool) -> None:
    found = advice(LISTS.get("openwhisk"), 500, duration_ms=49_090, runs=runs)
    assert (found is not None) is given


def test_a_saving_that_does_not_show_is_no_advice() -> None:
    # 256 MB to 128 MB, at the least duration: a million calls save 23 cents.
    prices = LISTS.get("digitalocean")
    assert advice(prices, 60, duration_ms=3, runs=40_000, memory_mb=256) is None
    assert advice(prices, 60, duration_ms=3, runs=50_000, memory_mb=256) is not None


def test_never_the_same_duration_where_cpu_comes_with_memory() -> None:
    prices = LISTS.get("aws-lambda-x86")
    found = given(prices, 100, memory_mb=1024)
    assert found.memory_mb == 128
    # An eighth of the CPU: work on one core takes eight times as long and costs as much.
    assert found.slower == 8
    assert not found.certain
    assert found.least <= 0 < found.most
    assert "up to 8.0 times as long" in found.why


def test_single_core_work_above_a_core_saves_for_certain() -> None:
    found = given(LISTS.get("aws-lambda-x86"), 1800)
    assert (found.memory_mb, found.certain, found.slower) == (1920, True, Decimal(1))
    assert "at least one core" in found.why


def test_gen1_saves_only_across_a_size() -> None:
    prices = LISTS.get("google-gen1")
    assert advice(prices, 2911) is None
    found = given(prices, 900)
    assert found.memory_mb == 1024
    assert found.slower > Decimal("1.7")
    assert found.least < found.most


def test_a_limit_saves_nothing_where_use_is_charged() -> None:
    assert advice(LISTS.get("azure-consumption"), 100, memory_mb=1024, used_mb=128) is None


def test_cloud_run_with_a_cpu_of_its_own_saves_the_memory_alone() -> None:
    prices = replace(LISTS.get("google-run"), cpu=Decimal(1))
    found = given(prices, 900)
    assert found.certain
    saved = Decimal(3891 - 1024) / 1024 * Decimal("1.7") * Decimal("0.0000025") * 12_480
    assert found.most == saved
    assert "does not depend on the amount of memory" in found.why
    assert not given(LISTS.get("google-run"), 900).certain

from __future__ import annotations

from decimal import Decimal

from jupyter_faas.cost import cold_price, load_price_list
from jupyter_faas.cost.usage import Charge, charge_of, percentiles, usage_of
from jupyter_faas.whisk.activations import FAILED_START
from tests.cost.helpers.groups import group

PRICES = load_price_list("openwhisk")


def test_runs_are_added_up_exactly() -> None:
    (found,) = usage_of([group(3, 999), group(210, 1, cold=True, latest=5)], PRICES)
    assert (found.name, found.whole, found.calls, found.cold_runs) == ("f", False, 1000, 1)
    assert found.duration_ms == 3 * 999 + 210
    assert found.charge.billed_ms == 999 * 100 + 300
    expected = 999 * PRICES.cost_usd(256, 3) + PRICES.cost_usd(256, 210)
    assert found.charge.cost(PRICES) == expected
    assert found.cold.cost(PRICES) == PRICES.cost_usd(256, 210)


def test_percentiles_are_durations_that_were_seen() -> None:
    runs = [group(ms) for ms in range(1, 101)]
    assert percentiles(runs, (1, 50, 95, 100)) == [1, 50, 95, 100]
    assert percentiles([group(7)], (0, 50)) == [7, 7]
    assert percentiles([group(1, 95), group(900, 5)], (95,)) == [1]
    assert percentiles([group(900, 6), group(1, 94)], (95,)) == [900]
    assert percentiles([], (50, 95)) == [0, 0]


def test_durations_of_a_group_are_rounded_one_by_one() -> None:
    lambda_list = load_price_list("aws-lambda-x86")
    for prices in (PRICES, lambda_list):
        alike = group(0)._replace(durations_ms=(0, 3, 101), runs=(2, 5, 7))
        apart = [group(0, 2), group(3, 5), group(101, 7)]
        assert charge_of([alike], prices) == charge_of(apart, prices)
        (one,), (same,) = usage_of([alike], prices), usage_of(apart, prices)
        assert (one.calls, one.duration_ms, one.p50_ms) == (14, 3 * 5 + 101 * 7, 3)
        assert (same.calls, same.duration_ms, same.p50_ms) == (14, 3 * 5 + 101 * 7, 3)


def test_functions_come_by_name() -> None:
    found = usage_of([group(1, name="b"), group(1, name="a"), group(1, name="b")], PRICES)
    assert [(each.name, each.calls) for each in found] == [("a", 1), ("b", 2)]


def test_a_composition_counts_once_and_pays_for_its_conductor() -> None:
    (found,) = usage_of([group(2000, 10, memory_mb=0), group(4, 30)], PRICES)
    assert (found.whole, found.calls, found.runs) == (True, 10, 30)
    assert (found.p50_ms, found.p95_ms) == (2000, 2000)
    assert found.charge.cost(PRICES) == 30 * PRICES.cost_usd(256, 4)


def test_a_sequence_costs_nothing_itself() -> None:
    (found,) = usage_of([group(2000, 10, memory_mb=0)], PRICES)
    assert (found.calls, found.memory_mb) == (10, None)
    assert found.charge == Charge()


def test_memory_is_that_of_the_latest_run() -> None:
    runs = [
        group(3, memory_mb=512, latest=9, measured=1, peak_mb=90),
        group(3, memory_mb=1024, latest=5, measured=1, peak_mb=600),
    ]
    (found,) = usage_of(runs, PRICES)
    assert (found.memory_mb, found.peak_mb, found.measured) == (512, 90, 1)


def test_memory_that_was_used_is_charged_where_a_list_says_so() -> None:
    azure = load_price_list("azure-consumption")
    found = charge_of([group(120, 2, memory_mb=1024, used_mb=256 + 384)], azure)
    assert found.cost(azure) == azure.cost_usd(256, 120) + azure.cost_usd(384, 120)


def test_cpu_is_charged_by_memory() -> None:
    google = load_price_list("google-gen1")
    found = charge_of([group(120, 2), group(25_500, memory_mb=3891)], google)
    assert found.cost(google) == 2 * google.cost_usd(256, 120) + google.cost_usd(3891, 25_500)


def test_a_charge_of_more_calls() -> None:
    found = Charge(1000, Decimal("1.5"), 300, 3).times(7, 3)
    assert found == Charge(2334, Decimal("3.5"), 700, 7)


def test_a_failed_start_is_paid_and_does_not_make_the_price_of_a_cold_start() -> None:
    runs = [group(3, 9), group(200, cold=1), group(60_000, cold=FAILED_START)]
    (found,) = usage_of(runs, PRICES)
    assert found.cold_runs == 2
    assert found.charge.cost(PRICES) > PRICES.cost_usd(256, 60_000)
    price = cold_price(PRICES, found.started, found.cold)
    assert price is not None
    assert price.cold == PRICES.per_million(256, 200)
    assert price.warm == PRICES.per_million(256, 3)

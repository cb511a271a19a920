"""CostService of a period on a real playground."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.commands.table import Call, parse
from jupyter_faas.cost import load_price_list, usage_of
from jupyter_faas.errors import InputError
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.costs.service import CostQuery, groups_of
from tests.workspace.helpers.composing import ComposingNotebook
from tests.workspace.helpers.samples import assert_same_shape, sample
from tests.workspace.helpers.sessions import STEP, Place

HUNGRY = "def main(args):\n    held = b'x' * (args.get('mb', 1) << 20)\n    return {}\n"
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("faas")
    place = Place(Workspace.open(folder, target="playground"))
    place.put("step", STEP)
    place.put("hungry", HUNGRY, memory=1024)
    place.sequence("pair", "step", "step")
    notebook = ComposingNotebook(place.workspace)
    made = notebook.compose("flow", "sequence('step')\n")
    place.workspace.deploy(made.record.id)
    notebook.forget_sources()
    for mb in (1, 200, 1):
        place.run("hungry", {"mb": mb})
    for name in ("step", "pair", "flow"):
        place.run(name)
    yield place
    stop(folder)


def report(place: Place, **question: Any) -> dict[str, Any]:
    return place.workspace.costs.report(CostQuery(**question)).to_json()


def functions(place: Place, **question: Any) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in report(place, **question)["functions"]}


def test_report_has_the_shape_that_is_drawn(place: Place) -> None:
    made = report(place, prices="openwhisk")
    assert_same_shape(made, sample("cost"))
    assert [each["cost_usd"] is None for each in made["functions"]] == [False] * 3 + [True]
    made["functions"] = made["functions"][-1:]
    assert_same_shape(made, sample("cost"))


def test_each_function_with_its_runs(place: Place) -> None:
    found = functions(place)
    told = {name: (each["kind"], each["calls"], each["memory_mb"]) for name, each in found.items()}
    assert told == {
        "step": ("function", 4, 256),
        "hungry": ("function", 3, 1024),
        "pair": ("sequence", 1, None),
        "flow": ("composition", 1, 256),
    }
    assert found["hungry"]["cold"] == 1
    assert found["hungry"]["cold_share"] == pytest.approx(1 / 3)


def test_cost_is_the_exact_sum_over_the_records(place: Place) -> None:
    prices = load_price_list()
    runs = place.client.list_activations(100)
    paid = [
        prices.cost_usd(each.memory_mb or 0, each.duration or 0)
        for each in runs
        if each.kind != "sequence"
    ]
    exact = sum(paid)
    made = report(place)
    assert Decimal(made["total"]["cost_usd"]) == exact
    assert made["total"]["calls"] == 9
    assert made["seen"] == {"runs": len(runs), "complete": True, "added_up": True}
    with localcontext() as context:
        context.prec = 3
        assert Decimal(report(place)["total"]["cost_usd"]) == exact


def test_the_memory_that_was_used_is_in_the_report(place: Place) -> None:
    hungry = functions(place)["hungry"]
    assert hungry["measured"] == 3
    assert 200 <= hungry["peak_mb"] < 300


def test_another_list_of_prices(place: Place) -> None:
    found = report(place, name="hungry", prices="google-gen1")
    assert found["prices"]["label"] == "Google Cloud Functions (1st gen)"
    prices = load_price_list("google-gen1")
    runs = place.client.list_activations(100, name="hungry")
    paid = sum(prices.cost_usd(1024, each.duration or 0) for each in runs)
    assert Decimal(found["total"]["cost_usd"]) == paid
    chosen = [each["name"] for each in found["price_lists"] if each["chosen"]]
    assert chosen == ["digitalocean"]


def test_what_was_used_is_charged_where_a_list_says_so(place: Place) -> None:
    prices = load_price_list("azure-consumption")
    found = report(place, name="hungry", prices="azure-consumption")
    runs = place.client.list_activations(100, name="hungry")
    paid = sum(prices.cost_usd(1024, each.duration or 0, each.peak_mb) for each in runs)
    assert Decimal(found["total"]["cost_usd"]) == paid
    assert paid < sum(prices.cost_usd(1024, each.duration or 0) for each in runs)


def test_sums_of_records_and_of_a_list_agree(place: Place) -> None:
    for name in ("openwhisk", "azure-consumption", "google-run"):
        prices = load_price_list(name)
        summed = place.workspace.costs.report(CostQuery(prices=name))
        runs = place.client.list_activations(100)
        listed = replace(summed, usages=tuple(usage_of(groups_of(runs, prices), prices)))
        assert listed.to_json() == summed.to_json()


def test_what_is_too_large_is_told(place: Place) -> None:
    assert functions(place, prices="digitalocean")["hungry"]["runnable"]
    place.workspace.prices.file.write_text(
        '[lists.small]\nbased_on = "digitalocean"\nlabel = "Small"\nmemory_maximum_mb = 512\n'
    )
    found = functions(place, prices="small")
    place.workspace.prices.file.unlink()
    assert (found["hungry"]["runnable"], found["step"]["runnable"]) == (False, True)


def test_cold_starts_at_another_rate(place: Place) -> None:
    seen = functions(place)["hungry"]["cold_start"]
    assert seen["rate"] == pytest.approx(1 / 3)
    none = functions(place, cold_rate=Decimal(0))["hungry"]["cold_start"]
    assert none["mixed_per_million_usd"] == seen["warm_per_million_usd"]


def test_always_on_by_name(place: Place) -> None:
    made = report(place, name="hungry", always_on="t3-medium")
    (hungry,) = made["functions"]
    assert hungry["always_on"]["label"] == "EC2 t3.medium, 4 GB"
    cost = Decimal(hungry["cost_usd"]) / 3
    calls = hungry["always_on"]["calls"]
    assert cost * (calls - 1) < Decimal("30.368") <= cost * calls
    assert made["total"]["always_on"]["name"] == "t3-medium"


def test_the_price_on_the_talks_slide() -> None:
    found = {each["name"]: each for each in sample("cost")["functions"]}
    assert found["talk_2018"]["per_million_text"] == "$1,647.22"


def test_period(place: Place) -> None:
    now = time.time_ns() // 1_000_000
    assert report(place, until=now - HOUR_MS)["functions"] == []
    whole = report(place, since=now - HOUR_MS, until=now + HOUR_MS)
    assert whole["total"]["calls"] == 9
    # Nine calls in two hours, of 730 in a month.
    month = Decimal(whole["total"]["per_month_usd"])
    assert month == Decimal(whole["total"]["cost_usd"]) * 365


def test_a_period_must_begin_before_it_ends(place: Place) -> None:
    with pytest.raises(InputError, match="ends before it begins"):
        report(place, since=5, until=5)


@pytest.mark.parametrize("question", [{"prices": "x"}, {"always_on": "x"}], ids=str)
def test_unknown_names(place: Place, question: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"Unknown .* 'x'"):
        report(place, **question)


def test_a_name_that_nothing_has_is_told_as_such(place: Place) -> None:
    def said(line: str) -> str:
        call = parse("magic", line.split())
        assert isinstance(call, Call)
        return "\n".join(call.run(place.workspace).lines)

    assert "no function 'hungri' on Local playground.\nDid you mean hungry?" in said("cost hungri")
    assert said("cost hungry --since 2029-01-01 --until 2029-02-01").endswith("in this period.")


def test_days_add_up_to_the_period(place: Place) -> None:
    made = report(place)
    assert sum(each["runs"] for each in made["days"]) == sum(
        1 for each in place.client.list_activations(100) if each.kind != "sequence"
    )
    assert sum(Decimal(each["usd"]) for each in made["days"]) == Decimal(made["total"]["cost_usd"])
    # Seven days and a part of the first: eight dates, also those without a run.
    assert [each["runs"] for each in made["days"][:-2]] == [0] * 6
    assert len(made["days"]) == 8


@pytest.mark.parametrize("name", ["google-gen1", "azure-consumption", "aws-lambda-x86"])
def test_days_by_any_list_of_prices(place: Place, name: str) -> None:
    made = report(place, prices=name, name="hungry")
    assert sum(Decimal(each["usd"]) for each in made["days"]) == Decimal(made["total"]["cost_usd"])


def test_days_are_those_of_the_clock_that_is_named(place: Place) -> None:
    for utc_offset in (-840, 0, 840):
        made = report(place, utc_offset=utc_offset)
        today = datetime.fromtimestamp(made["until"] / 1000, timezone.utc)
        day = (today + timedelta(minutes=utc_offset)).date().isoformat()
        assert made["days"][-1]["day"] == day


def test_thirty_one_days_at_most(place: Place) -> None:
    now = time.time_ns() // 1_000_000
    assert len(report(place, since=now - 100 * 24 * HOUR_MS)["days"]) == 31


def test_all_time_has_a_pace_since_the_first_run(place: Place) -> None:
    made = report(place, since=0)
    # The first run was a moment ago, and counts as if it were of a day.
    assert made["until"] - made["pace_since"] >= 24 * HOUR_MS
    month, cost = (Decimal(made["total"][key]) for key in ("per_month_usd", "cost_usd"))
    # 730 hours of 24 to 48.
    assert 15 < float(month / cost) < 730 / 24 + 1e-3
    assert 1 <= len(made["days"]) <= 2


def test_all_time_without_a_run_has_no_pace(place: Place) -> None:
    made = report(place, since=0, name="nothing")
    assert (made["pace_since"], made["days"]) == (None, [])
    assert made["total"]["per_month_usd"] is made["total"]["per_month_text"] is None


@pytest.mark.parametrize(
    ("name", "speed", "mb_per_cpu", "cpus_per_unit"),
    [
        ("openwhisk", None, None, None),
        ("aws-lambda-x86", "memory", 1769, None),
        ("google-gen1", "size", None, "2.4"),
        ("google-run", "chosen", None, "1"),
    ],
)
def test_a_session_tells_what_memory_does_to_the_time(
    place: Place, name: str, speed: str | None, mb_per_cpu: int | None, cpus_per_unit: str | None
) -> None:
    run = place.run("hungry", {"mb": 1})
    place.workspace.prices.choose(name)
    try:
        session = place.workspace.sessions.session(run).to_json()
    finally:
        place.workspace.prices.choose("digitalocean")
    found = [session["prices"].get(key) for key in ("speed", "mb_per_cpu", "cpus_per_unit")]
    assert found == [speed, mb_per_cpu, cpus_per_unit]


def test_budget_and_how_the_month_goes(place: Place) -> None:
    budgets = place.workspace.budgets
    assert report(place)["budget"] is None
    budgets.put("playground", Decimal("20.00"))
    try:
        whole = report(place)
        found = whole["budget"]
        assert (found["usd_per_month"], found["text"], found["over"]) == ("20", "$20.00", False)
        assert found["month"] == datetime.now(timezone.utc).strftime("%Y-%m")
        # It is of all functions, whichever are asked for.
        assert report(place, name="step")["budget"]["spent_usd"] == found["spent_usd"]
        assert Decimal(found["estimate_usd"]) >= Decimal(found["spent_usd"]) > 0
        budgets.put("playground", Decimal("0.00"))
        assert report(place)["budget"]["over"] is True
    finally:
        budgets.put("playground", None)

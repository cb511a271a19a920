"""Costs over HTTP, on a real playground."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.workspace import Workspace
from tests.server.conftest import Api
from tests.workspace.helpers.samples import assert_same_shape, sample
from tests.workspace.helpers.sessions import STEP, Place


@pytest.fixture
def place(api: Api, data_dir: Path) -> Iterator[Place]:
    place = Place(Workspace.open(data_dir, target="playground"))
    place.put("step", STEP)
    place.run("step")
    place.run("step")
    yield place
    place.client.close()


def test_costs(api: Api, place: Place) -> None:
    # Each list has facts of its own; the sample has those of this one.
    answer = api("GET", "faas/api/cost", query={"prices": "openwhisk"})
    assert answer.status == 200, answer.text
    assert_same_shape(answer.json, sample("cost"))
    (step,) = answer.json["functions"]
    assert (step["name"], step["calls"], step["cold"]) == ("step", 2, 1)


def test_question(api: Api, place: Place) -> None:
    query = {"prices": "google-run", "always_on": "t3-small", "cold_rate": "0.1", "name": "step"}
    found = api("GET", "faas/api/cost", query=query).json
    assert found["prices"]["name"] == "google-run"
    (step,) = found["functions"]
    assert step["always_on"]["name"] == "t3-small"
    assert step["cold_start"]["rate"] == 0.1
    none = api("GET", "faas/api/cost", query={"since": "1", "until": "2"}).json
    assert none["functions"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"prices": "x"},
        {"since": "x"},
        {"cold_rate": "x"},
        {"since": "9", "until": "5"},
        {"utc_offset": "x"},
        {"utc_offset": "841"},
        {"utc_offset": "--1"},
        {"utc_offset": "5.5"},
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense(api: Api, place: Place, query: dict[str, str]) -> None:
    answer = api("GET", "faas/api/cost", query=query)
    assert (answer.status, answer.error["code"]) == (400, "bad_input")


def test_costs_without_a_playground(api: Api) -> None:
    assert api("GET", "faas/api/cost").status == 502


def test_days_of_the_browsers_clock(api: Api, place: Place) -> None:
    days = {
        api("GET", "faas/api/cost", query={"utc_offset": offset}).json["days"][-1]["day"]
        for offset in ("-720", "840")
    }
    # Twenty-six hours lie between the two.
    assert len(days) == 2


def test_budget_of_the_target(api: Api, place: Place) -> None:
    assert api("GET", "faas/api/cost").json["budget"] is None
    kept = api("PUT", "faas/api/budget", {"usd_per_month": "20.5"})
    assert (kept.status, kept.json) == (200, {"target": "playground", "usd_per_month": "20.5"})
    assert api("GET", "faas/api/cost").json["budget"]["text"] == "$20.50"
    gone = api("PUT", "faas/api/budget", {"usd_per_month": None})
    assert gone.json == {"target": "playground", "usd_per_month": None}
    assert api("GET", "faas/api/cost").json["budget"] is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "must contain 'usd_per_month'"),
        ({"usd_per_month": "x"}, "'x'"),
        ({"usd_per_month": 5}, "not 5"),
    ],
)
def test_a_budget_that_is_none(api: Api, body: dict[str, object], said: str) -> None:
    answer = api("PUT", "faas/api/budget", body)
    assert (answer.status, answer.error["code"]) == (400, "bad_input")
    assert said in answer.error["message"]

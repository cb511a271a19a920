"""A rule that calls a function so often that it stays warm, on a real playground."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import Api, pack
from tests.workspace.helpers.samples import assert_same_shape, sample

KEEP_WARM = {"name": "keep-warm-greet", "every": "1s", "run": "greet"}


@pytest.fixture
def greet(api: Api, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deployed on a playground that keeps a worker for two seconds without a call."""
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_WORKER_IDLE_SECONDS", "2")
    packaged = pack(data_dir)
    assert api("POST", "faas/api/deployments", {"package": packaged.record.id}).status == 200


def calls(api: Api, number: int) -> list[dict[str, Any]]:
    """The calls of greet, the first one first, when there are so many."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = api("GET", "faas/api/activations", query={"name": "greet"}).json["activations"]
        if len(found) >= number:
            return list(reversed(found))
        time.sleep(0.1)
    raise AssertionError(f"only {len(found)} calls came")


@pytest.mark.usefixtures("greet")
@pytest.mark.parametrize(("params", "ok"), [({"name": "Ada"}, True), ({}, False)])
def test_the_rule_fires_and_the_worker_stays_warm(
    api: Api, params: dict[str, str], ok: bool
) -> None:
    made = api("POST", "faas/api/triggers", {**KEEP_WARM, "params": params})
    assert made.status == 201
    assert_same_shape(made.json, sample("triggers")["triggers"][0])
    assert made.json["rules"][0]["name"] == "keep-warm-greet-greet"
    found = calls(api, 5)
    # A call that is refused for want of parameters keeps the worker too.
    assert {each["ok"] for each in found} == {ok}
    assert [each["cold"] for each in found] == [True] + [False] * (len(found) - 1)
    # Longer than a worker stays that nobody calls.
    assert found[-1]["start"] - found[0]["start"] > 2000
    assert api("DELETE", "faas/api/triggers/keep-warm-greet").json["warning"] == ""
    assert api("GET", "faas/api/triggers").json["triggers"] == []


@pytest.mark.usefixtures("greet")
def test_a_name_that_is_taken(api: Api) -> None:
    assert api("POST", "faas/api/triggers", {**KEEP_WARM, "every": "1h"}).status == 201
    again = api("POST", "faas/api/triggers", KEEP_WARM)
    assert (again.status, again.error["code"]) == (409, "action_conflict")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, "must contain 'name': a string that is not empty"),
        ({"every": "often"}, "often"),
        ({"every": 5}, "must contain 'every': a string that is not empty"),
        ({"cron": "* * * * *"}, "--every and --cron"),
        ({"params": []}, "params must be a JSON object"),
    ],
    ids=str,
)
def test_what_is_no_trigger(api: Api, change: dict[str, object], said: str) -> None:
    refused = api("POST", "faas/api/triggers", {**KEEP_WARM, **change})
    assert (refused.status, refused.error["code"]) == (400, "bad_input")
    assert said in refused.error["message"]


@pytest.mark.usefixtures("greet")
def test_a_function_that_is_not_there(api: Api) -> None:
    refused = api("POST", "faas/api/triggers", {**KEEP_WARM, "run": "nobody"})
    assert refused.status == 404
    assert api("GET", "faas/api/triggers").json["triggers"] == []

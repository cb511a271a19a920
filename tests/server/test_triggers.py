"""Triggers and rules, and what fires them, on a real playground."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.conftest import Api, pack
from tests.workspace.helpers.samples import assert_same_shape, sample


@pytest.fixture
def hourly(api: Api, data_dir: Path) -> None:
    """The function ``greet`` with a trigger that runs it every hour."""
    from jupyter_faas.workspace import Workspace
    from jupyter_faas.workspace.triggers.schedules import Schedule

    packaged = pack(data_dir)
    assert api("POST", "faas/api/deployments", {"package": packaged.record.id}).status == 200
    events = Workspace.open(data_dir=data_dir).triggers
    events.create_trigger(
        "hourly", schedule=Schedule(every_s=3600), run="greet", params={"name": "Ada"}
    )


@pytest.mark.usefixtures("hourly")
def test_list_has_schedule_and_rules(api: Api, data_dir: Path) -> None:
    answer = api("GET", "faas/api/triggers")
    assert_same_shape(answer.json, sample("triggers"))
    [trigger] = answer.json["triggers"]
    assert (trigger["name"], trigger["when"]) == ("hourly", "every hour")
    assert trigger["rules"] == [
        {"name": "hourly-greet", "trigger": "hourly", "action": "greet", "active": True}
    ]
    key = (data_dir / "playground" / "wskprops").read_text("utf-8").partition("AUTH=")[2]
    assert key.splitlines()[0].partition(":")[2] not in json.dumps(answer.json)


@pytest.mark.usefixtures("hourly")
def test_firing_runs_the_function(api: Api) -> None:
    fired = api("POST", "faas/api/triggers/hourly/firings", {"params": {"name": "Eve"}})
    assert list(fired.json) == ["trigger", "activation", "runs", "paused"]
    [run] = fired.json["runs"]
    assert (run["rule"], run["action"], run["error"]) == ("hourly-greet", "greet", "")
    trigger = api("GET", "faas/api/triggers").json["triggers"][0]
    assert trigger["last_activation"] == fired.json["activation"]
    unasked = api("GET", "faas/api/triggers", query={"fired": "false"}).json["triggers"]
    assert unasked == [{**trigger, "last_fired": None, "last_activation": None}]


@pytest.mark.usefixtures("hourly")
def test_paused_rule_runs_nothing(api: Api) -> None:
    paused = api("POST", "faas/api/rules/hourly-greet", {"active": False})
    assert (paused.status, paused.json["active"]) == (200, False)
    fired = api("POST", "faas/api/triggers/hourly/firings", {})
    assert fired.json["activation"] is None
    assert fired.json["paused"] == ["hourly-greet"]
    assert api("POST", "faas/api/rules/hourly-greet", {"active": True}).json["active"] is True


@pytest.mark.usefixtures("hourly")
def test_removing_takes_the_rules_along(api: Api) -> None:
    removed = api("DELETE", "faas/api/triggers/hourly")
    assert removed.json == {"rules": ["hourly-greet"], "warning": ""}
    assert api("GET", "faas/api/triggers").json["triggers"] == []
    assert api("DELETE", "faas/api/triggers/hourly").error["code"] == "trigger_not_found"


@pytest.mark.usefixtures("hourly")
def test_removing_a_function_names_the_rules_that_run_it(api: Api) -> None:
    removed = api("DELETE", "faas/api/functions/greet")
    assert removed.status == 200
    assert "hourly-greet (trigger hourly)" in removed.json["warning"]


def test_bad_bodies(api: Api) -> None:
    refused = api("POST", "faas/api/triggers/hourly/firings", {"params": []})
    assert (refused.status, refused.error["message"]) == (400, "params must be a JSON object.")
    for body in ({}, {"active": "yes"}):
        assert api("POST", "faas/api/rules/x", body).status == 400


def test_looking_starts_no_playground(api: Api) -> None:
    assert api("GET", "faas/api/triggers").status == 502
    assert api("GET", "faas/api/status").json["target"]["state"] == "stopped"

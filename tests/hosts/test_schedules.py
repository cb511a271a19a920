"""The verbs for schedules, on hosts without OpenWhisk's alarms."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    ChangedElsewhere,
    InputError,
    NotAuthorized,
    TargetNotConfigured,
    TargetRefused,
    TriggerNotFound,
)
from jupyter_faas.workspace.costs.service import CostQuery
from jupyter_faas.workspace.triggers.cron_annotation import cron_pattern
from jupyter_faas.workspace.triggers.schedules import Schedule
from tests.hosts.helpers.digitalocean import TOKEN, DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless
from tests.hosts.test_providers import using
from tests.workspace.helpers.cells import GREET, run_cell
from tests.workspace.helpers.requests import function_request

FIVE = Schedule(every_s=300)


def test_openserverless_calls_a_function_by_its_annotation(
    openserverless: OpenServerless, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(openserverless, tmp_path, monkeypatch) as workspace:
        made = workspace.package(function_request(GREET, "greet"), run_cell(GREET))
        workspace.deploy(made.record.id)
        state = workspace.triggers.create_trigger("often", schedule=FIVE, run="greet")
        assert (state.when, state.rules[0].action) == ("every 5 minutes", "greet")
        assert workspace.triggers.triggers() == [state]
        (ran,) = openserverless.run_cron()
        assert workspace.activation(ran).result == {"hello": "you"}
        with pytest.raises(ActionConflict, match=r"already has a schedule on cloud: \*/5"):
            workspace.triggers.create_trigger("again", schedule=FIVE, run="greet")
        # The new version of the action is this program's own, so a deploy does not refuse it.
        assert workspace.deploy(made.record.id).unchanged

        assert workspace.triggers.remove_trigger("often") == ((), "")

        assert workspace.triggers.triggers() == []
        assert openserverless.run_cron() == []
        with pytest.raises(TriggerNotFound):
            workspace.triggers.remove_trigger("often")


def test_a_schedule_does_not_hide_what_others_changed(
    openserverless: OpenServerless, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(openserverless, tmp_path, monkeypatch) as workspace:
        made = workspace.package(function_request(GREET, "greet"), run_cell(GREET))
        workspace.deploy(made.record.id)
        other = {"exec": {"kind": "python:3.11", "code": "def main(args):\n    return {}"}}
        workspace.handover.connect().client.put_action("greet", other)
        workspace.triggers.create_trigger("often", schedule=FIVE, run="greet")
        with pytest.raises(ChangedElsewhere):
            workspace.deploy(made.record.id)


@pytest.fixture
def account(digitalocean: DigitalOcean, monkeypatch: pytest.MonkeyPatch) -> Iterator[DigitalOcean]:
    """The host with the account's token in the environment."""
    monkeypatch.setenv("DIGITALOCEAN_API_URL", digitalocean.url)
    monkeypatch.setenv("DIGITALOCEAN_ACCESS_TOKEN", TOKEN)
    yield digitalocean
    digitalocean.triggers.clear()


def test_digitalocean_calls_a_function_by_its_trigger_api(
    account: DigitalOcean, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(account, tmp_path, monkeypatch) as workspace:
        made = workspace.package(function_request(GREET, "greet"), run_cell(GREET))
        workspace.deploy(made.record.id)
        create = workspace.triggers.create_trigger
        state = create("often", schedule=FIVE, run="greet", params={"name": "Ada"})
        assert account.triggers["often"] == {
            "name": "often",
            "function": "greet",
            "type": "SCHEDULED",
            "is_enabled": True,
            "scheduled_details": {"cron": "*/5 * * * *", "body": {"name": "Ada"}},
        }
        assert (state.schedule, state.rules[0].action) == (Schedule(cron="*/5 * * * *"), "greet")
        assert workspace.triggers.triggers() == [state]
        with pytest.raises(ActionConflict, match="trigger 'often' already exists on cloud"):
            create("often", schedule=FIVE, run="greet")
        with pytest.raises(ActionNotFound):
            create("other", schedule=FIVE, run="absent")
        for name in ("second", "third"):
            create(name, schedule=Schedule(cron="0 9 * * 1-5"), run="greet")
        with pytest.raises(
            TargetRefused, match="rejected the request: The limit of 3 triggers is reached"
        ):
            create("fourth", schedule=FIVE, run="greet")

        assert workspace.triggers.remove_trigger("often") == ((), "")

        assert sorted(account.triggers) == ["second", "third"]
        with pytest.raises(TriggerNotFound):
            workspace.triggers.remove_trigger("often")


def test_the_token_of_digitalocean_is_needed_and_checked(
    account: DigitalOcean, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(account, tmp_path, monkeypatch) as workspace:
        made = workspace.package(function_request(GREET, "greet"), run_cell(GREET))
        workspace.deploy(made.record.id)
        create = workspace.triggers.create_trigger
        monkeypatch.setenv("DIGITALOCEAN_ACCESS_TOKEN", "dop_v1_wrong")
        with pytest.raises(NotAuthorized, match="the token in DIGITALOCEAN_ACCESS_TOKEN") as wrong:
            create("often", schedule=FIVE, run="greet")
        assert "dop_v1" not in str(wrong.value)
        monkeypatch.setenv("DIGITALOCEAN_API_URL", "http://api.example")
        with pytest.raises(TargetNotConfigured, match="would be sent unencrypted"):
            create("often", schedule=FIVE, run="greet")
        monkeypatch.delenv("DIGITALOCEAN_ACCESS_TOKEN")
        with pytest.raises(TargetRefused, match="needs an API token") as without:
            create("often", schedule=FIVE, run="greet", params={"name": "it's; rm", "n": 1})
        # A cron job runs the command in a shell.
        [_, command] = without.value.hint.split("cron job: jupyter faas ")
        [*words, given, option, target] = shlex.split(command)
        assert words == ["invoke", "greet", "--params-json"]
        assert json.loads(given) == {"name": "it's; rm", "n": 1}
        assert [option, target] == ["--target", workspace.target_name]
        assert workspace.triggers.triggers() == []


def test_no_function_is_kept_warm_where_there_are_no_alarms(
    openserverless: OpenServerless, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(openserverless, tmp_path, monkeypatch) as workspace:
        made = workspace.package(function_request(GREET, "warmed"), run_cell(GREET))
        workspace.deploy(made.record.id)
        workspace.invoke("warmed", {})
        there = workspace.costs.report(CostQuery(name="warmed"))
    elsewhere = dataclasses.replace(there, has_alarms=True)
    assert there.to_json()["functions"][0]["keep_warm"] is None
    assert elsewhere.to_json()["functions"][0]["keep_warm"] is not None


@pytest.mark.parametrize(
    ("schedule", "pattern"),
    [
        (Schedule(every_s=60), "* * * * *"),
        (Schedule(every_s=300), "*/5 * * * *"),
        (Schedule(every_s=3600), "0 * * * *"),
        (Schedule(every_s=4 * 3600), "0 */4 * * *"),
        (Schedule(every_s=86_400), "0 0 * * *"),
        (Schedule(cron="0 9 * * 1-5", timezone="UTC"), "0 9 * * 1-5"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_schedule_is_a_pattern(schedule: Schedule, pattern: str) -> None:
    assert cron_pattern(schedule, "Lab") == pattern


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (Schedule(every_s=30), "once a minute"),
        (Schedule(every_s=7 * 60), "cannot express --every 7m"),
        (Schedule(every_s=90 * 60), "cannot express --every 90m"),
        (Schedule(cron="0 9 * * *", timezone="Europe/Rome"), "does not support time zones"),
    ],
    ids=["seconds", "7m", "90m", "time zone"],
)
def test_a_schedule_that_no_pattern_says_is_refused(schedule: Schedule, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cron_pattern(schedule, "Lab")

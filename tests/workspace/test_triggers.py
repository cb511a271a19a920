"""Functions that run on a schedule or an event, on a real playground."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import Client, Feed, TriggersClient
from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    FaasError,
    InputError,
    RuleNotFound,
    TargetNotReachable,
    TargetRefused,
    TriggerNotFound,
)
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.targets.connection import Connection
from jupyter_faas.workspace.triggers.schedules import Schedule
from jupyter_faas.workspace.triggers.service import TriggerService
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, Asked, serving
from tests.workspace.helpers.sessions import Place

SEEN = "def main(args):\n    args.pop('__ow_headers', None)\n    return {'seen': args}\n"


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("faas")
    place = Place(Workspace.open(folder, target="playground"))
    yield place
    stop(folder)


@pytest.fixture
def place(playground: Place) -> Iterator[Place]:
    """The playground with ``seen``, which answers what it was given; triggers go with the test."""
    playground.put("seen", SEEN)
    yield playground
    events = playground.workspace.triggers
    for trigger in events.triggers():
        events.remove_trigger(trigger.name)
    for rule in events.rules():
        events.remove_rule(rule.name)


def run(place: Place, *words: str) -> Outcome:
    call = parse("magic", words)
    assert isinstance(call, Call)
    return call.run(place.workspace)


def seen_by(place: Place, activation_id: str) -> Any:
    return place.record(activation_id).response.result["seen"]


def alarm_of(place: Place, trigger: str) -> Any:
    """What the playground's own alarms tell of a trigger."""
    target = place.client.target
    asked = {"lifecycleEvent": "READ", "triggerName": f"/_/{trigger}", "authKey": target.auth}
    done = place.client.invoke("/whisk.system/alarms/interval", asked)
    assert not isinstance(done, str)
    return done.response.result


def test_runs_of_the_feed_are_told_from_those_of_functions(place: Place) -> None:
    place.run("seen")
    run(place, "trigger", "create", "hourly", "--every", "1h", "--run", "seen")
    listed = {one.name: one.to_json() for one in place.workspace.activations(limit=30)}
    assert (listed["alarms/interval"]["feed"], "feed" in listed["seen"]) == (True, False)
    costs = run(place, "cost")
    report: Any = costs.to_json()
    *others, last = report["functions"]
    assert (last["name"], last["kind"]) == ("alarms/interval", "feed")
    assert "seen" in [each["name"] for each in others]
    for advice in ("advice", "always_on", "cold_start", "keep_warm"):
        assert last[advice] is None
    # It is charged all the same.
    assert sum(each["calls"] for each in report["functions"]) == report["total"]["calls"]
    told = [line for line in costs.lines if line.startswith("alarms/interval")]
    assert [line.split("  ")[0] for line in told] == ["alarms/interval (schedules)"]


def test_trigger_and_rule_in_one_step(place: Place) -> None:
    done = run(
        place, "trigger", "create", "every5", "--every", "5m", "--run", "seen", "n=5", "who=Ada"
    )
    assert done.lines == ("seen runs every 5 minutes (trigger every5, rule every5-seen).",)
    assert alarm_of(place, "every5")["config"]["minutes"] == 5
    fired = place.workspace.triggers.fire("every5")
    assert [each.rule for each in fired.runs] == ["every5-seen"]
    assert seen_by(place, fired.runs[0].activation or "") == {"n": 5, "who": "Ada"}


def test_what_is_fired_goes_over_what_the_trigger_has(place: Place) -> None:
    run(place, "trigger", "create", "t", "--run", "seen", "n=5", "m=1")
    fired = place.workspace.triggers.fire("t", {"n": 6})
    assert seen_by(place, fired.runs[0].activation or "") == {"n": 6, "m": 1}


def test_parameters_follow_the_signature_of_the_function(place: Place) -> None:
    schema = {"type": "object", "properties": {"code": {"type": "string"}}}
    place.put("typed", SEEN, annotations=[{"key": "faas-schema", "value": schema}])
    run(place, "trigger", "create", "t", "--run", "typed", "code=007")
    fired = place.workspace.triggers.fire("t")
    assert seen_by(place, fired.runs[0].activation or "") == {"code": "007"}


def test_function_runs_on_its_schedule(place: Place) -> None:
    run(place, "trigger", "create", "tick", "--every", "1s", "--run", "seen", "n=1")
    deadline = time.monotonic() + 15
    while (trigger := place.workspace.triggers.triggers()[0]).last_activation is None:
        assert time.monotonic() < deadline, "it has not fired"
    record = place.record(trigger.last_activation)
    assert (record.name, record.duration, record.end) == ("tick", None, None)
    assert trigger.last_fired == record.start
    assert trigger.when == "every second"


def test_composition_runs_by_a_trigger(place: Place) -> None:
    graph = {"type": "sequence", "components": []}
    place.conductor("flow", graph, {"action": "seen"})
    run(place, "trigger", "create", "t", "--run", "flow")
    fired = place.workspace.triggers.fire("t", {"n": 2})
    record = place.record(fired.runs[0].activation or "")
    assert record.name == "flow"


def test_record_of_a_trigger_is_understandable_in_lists(place: Place) -> None:
    run(place, "trigger", "create", "lonely", "--run", "seen")
    fired = place.workspace.triggers.fire("lonely")
    lines = run(place, "activations", "--name", "lonely").lines
    assert lines[1].split()[:5] == ["lonely", "success", "trigger", "—", "—"]
    assert lines[1].endswith(fired.activation or "?")


def test_record_of_a_trigger_by_itself(place: Place) -> None:
    run(place, "trigger", "create", "lonely", "--run", "seen")
    fired = place.workspace.triggers.fire("lonely").activation or ""
    shown = run(place, "session", fired)
    assert shown.lines[0] == f"lonely 0.0.1 · trigger · success · {fired}"
    assert shown.lines[1].startswith("Fired 2")
    assert len(shown.lines) == 2
    told: Any = shown.to_json()
    assert (told["running"], told["end"], told["elapsed_ms"]) == (False, None, 0)


def test_table_of_triggers(place: Place) -> None:
    assert "No triggers yet" in run(place, "trigger").lines[0]
    run(place, "trigger", "create", "nightly", "--cron", "0 3 * * *", "--run", "seen")
    run(place, "rule", "create", "second", "nightly", "seen")
    run(place, "rule", "disable", "second")
    run(place, "trigger", "create", "bare")
    head, bare, first, second = run(place, "trigger", "list").lines
    assert head.split("  ")[0] == "TRIGGER"
    assert bare.split() == ["bare", "—", "—", "—", "no", "rule", "—"]
    assert "at 03:00 every day (UTC)" in first
    assert first.split()[-3:] == ["nightly-seen", "active", "—"]
    assert second.split() == ["seen", "second", "paused"]


def test_trigger_of_another_tool_says_what_fires_it(place: Place) -> None:
    events = TriggersClient(place.client)
    events.create_trigger("theirs", {}, {}, Feed("/whisk.system/alarms/interval", {"minutes": 9}))
    events.close()
    [trigger] = place.workspace.triggers.triggers()
    assert (trigger.schedule, trigger.when) == (None, "by /whisk.system/alarms/interval")


def test_removed_trigger_fires_no_more(place: Place) -> None:
    run(place, "trigger", "create", "tick", "--every", "1s", "--run", "seen")
    done = run(place, "trigger", "remove", "tick")
    assert done.lines == ("Removed trigger tick and its rule tick-seen.",)
    assert place.workspace.triggers.rules() == []
    # Its alarm is gone too: one that only lost its trigger would still be told of.
    run(place, "trigger", "create", "tick")
    assert "error" in alarm_of(place, "tick")


def test_trigger_goes_although_its_feed_is_gone(place: Place) -> None:
    events = TriggersClient(place.client)
    events.create_trigger("t", {}, {"feed": "/whisk.system/nosuch/feed"})
    events.close()
    gone, trouble = place.workspace.triggers.remove_trigger("t")
    assert gone == ()
    assert trouble == (
        "The feed did not cancel the trigger: "
        "Local playground does not have the feed /whisk.system/nosuch/feed."
    )
    assert place.workspace.triggers.triggers() == []


def test_paused_rule_runs_nothing_until_it_is_resumed(place: Place) -> None:
    run(place, "trigger", "create", "t", "--run", "seen")
    assert run(place, "rule", "disable", "t-seen").lines == ("t no longer runs seen (paused).",)
    nothing = run(place, "trigger", "fire", "t")
    assert nothing.lines == (
        "t has no active rule, so nothing ran.",
        "To enable the rule t-seen: %faas rule enable t-seen",
    )
    assert run(place, "rule", "enable", "t-seen").lines == ("t runs seen (active).",)
    assert run(place, "trigger", "fire", "t").lines[0].startswith("Fired t: activation ")


def test_rule_whose_trigger_is_gone(place: Place) -> None:
    run(place, "trigger", "create", "t", "--run", "seen")
    events = TriggersClient(place.client)
    events.drop_trigger("t")
    events.close()
    head, line = run(place, "rule").lines
    assert head.split() == ["RULE", "TRIGGER", "RUNS", "STATE"]
    assert line.split() == ["t-seen", "t", "seen", "trigger", "deleted"]
    with pytest.raises(TriggerNotFound, match="'t'"):
        run(place, "rule", "enable", "t-seen")
    assert run(place, "rule", "remove", "t-seen").lines == ("Removed rule t-seen.",)


def test_removing_a_function_names_the_rules_that_run_it(place: Place) -> None:
    run(place, "trigger", "create", "t", "--run", "seen")
    run(place, "rule", "create", "again", "t", "seen")
    done = run(place, "remove", "seen")
    assert done.lines == (
        "Removed seen.",
        "The rules again (trigger t), t-seen (trigger t) still refer to seen and fail when their "
        "triggers are fired. To remove a rule: %faas rule remove NAME",
    )
    fired = run(place, "trigger", "fire", "t")
    assert fired.failed
    assert "seen: not run: The requested resource does not exist." in fired.lines[1]


def test_removing_a_function_that_no_rule_runs_says_nothing_more(place: Place) -> None:
    assert run(place, "remove", "seen").lines == ("Removed seen.",)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ("trigger create t --every 5m --run nosuch", ActionNotFound, "There is no action 'nosuch'"),
        ("trigger create seen --every 5m", ActionConflict, "Another entity on .* 'seen'"),
        ("trigger create t --every 7s", InputError, "--every 7s"),
        ("rule create r t nosuch", TriggerNotFound, "no trigger 't'"),
        ("rule enable r", RuleNotFound, "no rule 'r'"),
        ("trigger fire t", TriggerNotFound, "no trigger 't'"),
        ("trigger remove t", TriggerNotFound, "no trigger 't'"),
        ("trigger fire", InputError, "trigger fire needs the name"),
        ("trigger list t", InputError, "does not take a name"),
        ("trigger fire t --every 5m", InputError, "--every can be used only with trigger create"),
        ("trigger remove t n=1", InputError, "does not take the argument n=1"),
        ("trigger create t n", InputError, "'n' is not key=value"),
        ("rule create r t", InputError, "a name, a trigger and a function"),
        ("rule remove r t", InputError, "does not take the argument t"),
    ],
)
def test_what_cannot_be(place: Place, words: str, error: type[FaasError], message: str) -> None:
    with pytest.raises(error, match=message):
        run(place, *words.split())
    assert place.workspace.triggers.triggers() == []


def test_name_of_a_trigger_that_is_taken(place: Place) -> None:
    run(place, "trigger", "create", "t")
    with pytest.raises(ActionConflict, match=r"A trigger 't' already exists on ") as caught:
        run(place, "trigger", "create", "t")
    assert "%faas trigger remove t" in caught.value.hint


def test_nothing_is_left_when_the_name_of_the_rule_is_taken(place: Place) -> None:
    run(place, "trigger", "create", "other", "--run", "seen")
    run(place, "rule", "create", "t-seen", "other", "seen")
    with pytest.raises(ActionConflict, match="A rule 't-seen' already exists"):
        run(place, "trigger", "create", "t", "--every", "5m", "--run", "seen")
    assert [each.name for each in place.workspace.triggers.triggers()] == ["other"]


def test_function_that_is_missing_is_told_before_a_rule_is_made(place: Place) -> None:
    run(place, "trigger", "create", "t")
    with pytest.raises(ActionNotFound, match="nosuch"):
        run(place, "rule", "create", "r", "t", "nosuch")
    assert place.workspace.triggers.rules() == []


def test_seconds_that_a_host_refuses() -> None:
    trigger = {"namespace": "guest", "name": "t", "version": "0.0.1"}

    def script(asked: Asked) -> Answer:
        if "whisk.system" in asked.path:
            return Answer(400, {"error": "cron pattern is limited to 5 fields"})
        return Answer(body=trigger)

    with serving(script) as host:
        client = Client(target_at(host.url))
        events = TriggerService(lambda **_: Connection(client))
        with pytest.raises(TargetRefused, match="limited to 5 fields") as caught:
            events.create_trigger("t", schedule=Schedule(every_s=10))
        client.close()
    assert "--every 1m" in caught.value.hint
    assert [asked.method for asked in host.asked] == ["PUT", "POST", "DELETE"]


def test_key_is_in_no_record_and_no_answer(place: Place) -> None:
    secret = place.client.target.auth.partition(":")[2]
    done = run(place, "trigger", "create", "t", "--every", "5m", "--run", "seen")
    place.workspace.triggers.fire("t")
    told = repr(done) + repr(place.client.list_activations(30, docs=True))
    told += repr(place.workspace.triggers.triggers())
    place.workspace.triggers.remove_trigger("t")
    assert secret not in told + repr(place.client.list_activations(30, docs=True))
    logs = place.workspace.data_dir / "playground"
    for file in logs.rglob("*.log"):
        assert secret not in file.read_text("utf-8", errors="replace")


def test_looking_starts_no_playground(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path, target="playground")
    for look in (workspace.triggers.triggers, workspace.triggers.rules):
        with pytest.raises(TargetNotReachable):
            look()
    with suppress(TargetNotReachable):
        assert workspace.triggers.rules_naming("seen") == []

"""Contract §2.3, §6: feeds, by those of ``/whisk.system/alarms``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.contract.conftest import Deploy
from tests.contract.helpers.api import Api, Target, annotated, python
from tests.contract.helpers.feeds import ECHO, Feeds, result, soon, until
from tests.contract.helpers.triggers import Triggers, new_name
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives

# Apache's package is installed beside OpenWhisk, not with it.
pytestmark = pytest.mark.usefixtures("ours")

EVERY_SECOND = "* * * * * *"
NO_AUTH = "Trigger authentication request failed."


@pytest.fixture
def feeds(triggers: Triggers) -> Iterator[Feeds]:
    feeds = Feeds(triggers)
    yield feeds
    feeds.close()


# -- the package ---------------------------------------------------------------------------------


def test_alarms_is_published(api: Api) -> None:
    found = api.elsewhere("GET", "whisk.system", "packages").json()
    assert "alarms" in [each["name"] for each in found]
    package = api.elsewhere("GET", "whisk.system", "packages/alarms").json()
    assert package["publish"] is True
    assert package["parameters"] == [{"key": "trigger_payload", "value": ""}]


def test_feeds_are_listed_apart(api: Api) -> None:
    """GET of a package tells feeds from actions by their annotation."""
    package = api.elsewhere("GET", "whisk.system", "packages/alarms").json()
    assert package["actions"] == []
    wanted = {each["name"]: annotated(each)["parameters"] for each in package["feeds"]}
    assert {name: [each["name"] for each in found] for name, found in wanted.items()} == {
        "alarm": ["cron", "timezone", "startDate", "stopDate", "strict"],
        "once": ["date", "deleteAfterFire"],
        "interval": ["minutes", "startDate", "stopDate"],
    }
    assert {each["name"] for found in wanted.values() for each in found if each["required"]} == {
        *("cron", "date", "minutes")
    }
    assert all(annotated(each)["feed"] is True for each in package["feeds"])


def test_feed_is_an_action_like_others(api: Api, feeds: Feeds) -> None:
    action = api.elsewhere("GET", "whisk.system", "actions/alarms/once").json()
    assert action["namespace"] == "whisk.system/alarms"
    assert action["exec"]["kind"].startswith("python:")
    listed = api.elsewhere("GET", "whisk.system", "actions/alarms/").json()
    assert {each["name"] for each in listed} == {"alarm", "once", "interval"}


# -- firing --------------------------------------------------------------------------------------


def test_cron_fires_in_order(api: Api, feeds: Feeds, triggers: Triggers, deploy: Deploy) -> None:
    trigger = feeds.create("alarm", cron=EVERY_SECOND, trigger_payload={"n": 1})
    action = deploy(ECHO)
    rule = triggers.rule(trigger, action)
    firings = feeds.firings(trigger, 3)
    starts = [each["start"] // 1000 for each in firings]
    assert starts == sorted(set(starts))
    for each in firings:
        assert each["response"]["result"] == {"n": 1}
        assert each["subject"] == each["namespace"] == triggers.namespace
        assert f'"rule":"{triggers.namespace}/{rule}"' in each["logs"][0]
    ran = until(lambda: api.activations(name=action, docs=True).json(), lambda found: found)
    assert ran[0]["response"]["result"] == {"n": 1, "__ow_headers": {}}


def test_interval_fires(feeds: Feeds, triggers: Triggers, deploy: Deploy) -> None:
    date = soon(1)
    trigger = feeds.create("interval", minutes=1, startDate=date, trigger_payload="text")
    triggers.rule(trigger, deploy(ECHO))
    (first,) = feeds.firings(trigger, 1)
    assert first["start"] >= date
    assert first["response"]["result"] == {"payload": "text"}
    assert feeds.read("interval", trigger)["status"]["active"] is True


def test_once_fires_once(feeds: Feeds, triggers: Triggers, deploy: Deploy) -> None:
    date = soon(1)
    trigger = feeds.create("once", date=date)
    triggers.rule(trigger, deploy(ECHO))
    (fired,) = feeds.firings(trigger, 1)
    assert fired["start"] >= date
    # What a trigger is given when nobody said: the package's own parameter.
    assert fired["response"]["result"] == {"payload": ""}
    read = until(
        lambda: feeds.read("once", trigger), lambda found: found["status"]["active"] is False
    )
    assert read["config"]["date"] == date
    assert read["status"]["reason"] == {
        "kind": "AUTO",
        "message": "Automatically disabled after firing once",
    }


def test_once_deletes_its_trigger_and_rules(
    api: Api, feeds: Feeds, triggers: Triggers, deploy: Deploy
) -> None:
    trigger = feeds.create("once", date=soon(1), deleteAfterFire="rules")
    rule = triggers.rule(trigger, deploy(ECHO))
    for path in (f"triggers/{trigger}", f"rules/{rule}"):
        until(
            lambda path=path: api.request("GET", path).status_code,  # type: ignore[misc]
            lambda code: code == 404,
        )
    assert len(feeds.firings(trigger, 1)) == 1


def test_trigger_fires_by_hand_too(feeds: Feeds, triggers: Triggers, deploy: Deploy) -> None:
    trigger = feeds.create("interval", minutes=1)
    triggers.rule(trigger, deploy(ECHO))
    assert triggers.fire(trigger, {"by": "hand"}).status_code == 202


def test_inactive_rules_are_left_alone(feeds: Feeds, triggers: Triggers, deploy: Deploy) -> None:
    trigger = feeds.create("alarm", cron=EVERY_SECOND)
    on, off = (triggers.rule(trigger, deploy(ECHO)) for _ in range(2))
    triggers.set_status(off, "inactive")
    logs = feeds.firings(trigger, 1)[0]["logs"]
    assert [f"/{on}" in line and '"success":true' in line for line in sorted(logs)].count(True) == 1
    assert any(f"Rule '{triggers.namespace}/{off}' is inactive" in line for line in logs)


# -- the life of an alarm ------------------------------------------------------------------------


def test_record_of_a_feed(api: Api, feeds: Feeds) -> None:
    trigger = feeds.create("interval", minutes=2)
    response = feeds.invoke("interval", "READ", trigger)
    record = api.record(response.json()["activationId"])
    assert record["response"]["result"] == result(response)
    assert annotated(record)["path"] == "whisk.system/alarms/interval"
    assert annotated(record)["timeout"] is False
    assert record["duration"] >= 1
    secret = api.target.auth.partition(":")[2]
    assert secret not in str(record)
    assert secret not in str(api.activations(docs=True, name="alarms/interval").json())


def test_read(feeds: Feeds, triggers: Triggers) -> None:
    start, stop = soon(100), "2096-11-25T12:00:00.000Z"
    trigger = feeds.create(
        "alarm",
        cron="0 9 8 * *",
        timezone="Europe/Paris",
        startDate=start,
        stopDate=stop,
        trigger_payload={"a": 1},
    )
    read = feeds.read("alarm", trigger)
    assert read["config"] == {
        "name": trigger,
        "namespace": triggers.namespace,
        "payload": {"a": 1},
        "cron": "0 9 8 * *",
        "timezone": "Europe/Paris",
        "startDate": start,
        "stopDate": stop,
    }
    status = read["status"]
    assert status["active"] is True
    assert status["dateChanged"] > 1_700_000_000_000
    assert set(status) == {"active", "dateChanged", "dateChangedISO"}


def test_update(feeds: Feeds, triggers: Triggers, deploy: Deploy) -> None:
    trigger = feeds.create("alarm", cron="0 0 1 1 *")
    triggers.rule(trigger, deploy(ECHO))
    response = feeds.invoke("alarm", "UPDATE", trigger, cron=EVERY_SECOND, trigger_payload="new")
    assert result(response) == {"status": "success"}
    assert feeds.firings(trigger, 1)[0]["response"]["result"] == {"payload": "new"}
    assert feeds.read("alarm", trigger)["config"]["cron"] == EVERY_SECOND


def test_pause_and_unpause(api: Api, feeds: Feeds, triggers: Triggers, deploy: Deploy) -> None:
    trigger = feeds.create("alarm", cron=EVERY_SECOND)
    assert result(feeds.invoke("alarm", "PAUSE", trigger)) == {"status": "success"}
    assert feeds.read("alarm", trigger)["status"]["reason"] == {"kind": "USER", "message": "Paused"}
    triggers.rule(trigger, deploy(ECHO))
    # Another alarm that fires twice meanwhile shows that time has passed.
    other = feeds.create("alarm", cron=EVERY_SECOND)
    triggers.rule(other, deploy(ECHO))
    feeds.firings(other, 2)
    assert api.activations(name=trigger).json() == []
    assert result(feeds.invoke("alarm", "UNPAUSE", trigger)) == {"status": "success"}
    feeds.firings(trigger, 1)
    assert feeds.read("alarm", trigger)["status"]["active"] is True


def test_delete(feeds: Feeds) -> None:
    trigger = feeds.create("interval", minutes=1)
    assert result(feeds.invoke("interval", "DELETE", trigger)) == {"status": "success"}
    response = feeds.invoke("interval", "READ", trigger)
    assert response.status_code == 502
    name = f"/{feeds.triggers.namespace}/{trigger}"
    assert result(response) == {
        "error": {"error": f"could not find trigger {name} in the database"}
    }


def test_delete_after_the_trigger(api: Api, feeds: Feeds) -> None:
    """As some clients do it."""
    trigger = feeds.create("interval", minutes=1)
    assert api.request("DELETE", f"triggers/{trigger}").status_code == 200
    assert result(feeds.invoke("interval", "DELETE", trigger)) == {"status": "success"}


def test_trigger_that_is_made_anew_has_no_alarm(api: Api, feeds: Feeds, triggers: Triggers) -> None:
    trigger = feeds.create("interval", minutes=1)
    api.request("DELETE", f"triggers/{trigger}")
    triggers.put(f"triggers/{trigger}")
    status = feeds.read("interval", trigger)["status"]
    assert (status["active"], status["reason"]["statusCode"]) == (False, 404)
    assert feeds.invoke("interval", "CREATE", trigger, minutes=2).status_code == 200
    assert feeds.read("interval", trigger)["config"]["minutes"] == 2


def test_feed_behind_a_binding(feeds: Feeds, triggers: Triggers, binding: str) -> None:
    body = {
        "binding": {"namespace": "whisk.system", "name": "alarms"},
        "parameters": [{"key": "trigger_payload", "value": {"from": "binding"}}],
    }
    assert triggers.put(f"packages/{binding}", body).status_code == 200
    trigger = triggers.trigger(annotations=[{"key": "feed", "value": f"{binding}/interval"}])
    bound: dict[str, Any] = {"namespace": "_", "package": binding}
    response = feeds.invoke("interval", "CREATE", trigger, minutes=1, **bound)
    assert result(response) == {"status": "success"}
    assert annotated(response.json())["binding"] == f"{triggers.namespace}/{binding}"
    read = result(feeds.invoke("interval", "READ", trigger, **bound))
    assert read["config"]["payload"] == {"from": "binding"}
    assert feeds.invoke("interval", "DELETE", trigger, **bound).status_code == 200


def test_feed_without_waiting(api: Api, feeds: Feeds, triggers: Triggers) -> None:
    trigger = triggers.trigger()
    body = {
        "lifecycleEvent": "CREATE",
        "triggerName": f"/{triggers.namespace}/{trigger}",
        "authKey": api.target.auth,
        "minutes": 1,
    }
    response = api.elsewhere("POST", "whisk.system", "actions/alarms/interval", json=body)
    assert response.status_code == 202
    record = api.record(response.json()["activationId"])
    assert record["response"]["result"] == {"status": "success"}
    assert feeds.invoke("interval", "DELETE", trigger).status_code == 200


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "given", "error"),
    [
        ("alarm", {}, "alarms trigger feed is missing the cron parameter"),
        ("alarm", {"cron": "***"}, "cron pattern '***' is not valid"),
        ("alarm", {"cron": "* * * * *", "timezone": "Mars"}, "Invalid timezone."),
        ("alarm", {"cron": "* * * * *", "startDate": 5}, "startDate parameter '5' must be in the"),
        ("once", {}, "alarms once trigger feed is missing the date parameter"),
        ("once", {"date": "tomorrow"}, "date parameter 'tomorrow' is not a valid Date"),
        ("interval", {}, "interval trigger feed is missing the minutes parameter"),
        ("interval", {"minutes": 0.5}, "the minutes parameter must be an integer"),
    ],
    ids=str,
)
def test_create_that_is_refused(
    feeds: Feeds, triggers: Triggers, feed: str, given: dict[str, Any], error: str
) -> None:
    trigger = triggers.trigger()
    response = feeds.invoke(feed, "CREATE", trigger, **given)
    assert response.status_code == 502
    assert response.json()["response"]["status"] == "application error"
    assert error in result(response)["error"]["error"]
    assert "could not find trigger" in str(result(feeds.invoke(feed, "READ", trigger)))


def test_create_twice(feeds: Feeds) -> None:
    trigger = feeds.create("interval", minutes=1)
    response = feeds.invoke("interval", "CREATE", trigger, minutes=2)
    assert response.status_code == 502
    assert result(response)["error"]["error"] == "error creating alarm trigger."
    assert feeds.read("interval", trigger)["config"]["minutes"] == 1


def test_update_that_is_refused(feeds: Feeds) -> None:
    trigger = feeds.create("once", date=soon(60))
    response = feeds.invoke("alarm", "UPDATE", trigger, startDate=soon(20), stopDate=soon(30))
    assert result(response) == {"error": {"error": "no updatable parameters were specified"}}


@pytest.mark.parametrize("event", ["create", "RESUME", None, 1])
def test_event_that_is_none(feeds: Feeds, event: object) -> None:
    response = feeds.invoke("interval", event, "t")
    assert (response.status_code, result(response)) == (
        502,
        {"error": "unsupported lifecycleEvent"},
    )


def test_trigger_that_does_not_exist(feeds: Feeds) -> None:
    for event in ("CREATE", "READ", "UPDATE", "PAUSE", "UNPAUSE"):
        response = feeds.invoke("interval", event, new_name(), minutes=1)
        assert (response.status_code, result(response)) == (502, {"error": {"error": NO_AUTH}})


def test_name_of_a_trigger_that_something_else_has(feeds: Feeds, deploy: Deploy) -> None:
    response = feeds.invoke("interval", "CREATE", deploy(ECHO), minutes=1)
    assert result(response) == {"error": {"error": NO_AUTH}}


def test_request_without_a_trigger_or_a_key(feeds: Feeds, triggers: Triggers) -> None:
    response = feeds.invoke("interval", "READ", None)
    assert result(response) == {"error": {"error": "no trigger name parameter was provided"}}
    response = feeds.invoke("interval", "READ", triggers.trigger(), authKey=None)
    assert result(response) == {"error": {"error": "no authKey parameter was provided"}}


def test_key_that_is_nobodys(feeds: Feeds, triggers: Triggers, api: Api) -> None:
    trigger = feeds.create("interval", minutes=1)
    uuid, _, key = api.target.auth.partition(":")
    for wrong in ("x", f"{uuid}:{key[::-1]}", f"{uuid}:", f"{uuid}:é"):
        response = feeds.invoke("interval", "READ", trigger, authKey=wrong)
        assert result(response) == {"error": {"error": NO_AUTH}}


def test_trigger_and_key_of_another_namespace(
    api: Api, neighbour: Api, feeds: Feeds, triggers: Triggers
) -> None:
    trigger = feeds.create("interval", minutes=1)
    theirs = Feeds(Triggers(neighbour, "neighbour"))
    # Their own key does not reach our trigger, nor does ours when they are the ones who ask.
    for given in (
        {"triggerName": f"/{triggers.namespace}/{trigger}"},
        {"triggerName": f"/{triggers.namespace}/{trigger}", "authKey": api.target.auth},
        {"triggerName": f"/_/{trigger}", "authKey": api.target.auth},
        {"triggerName": trigger},
    ):
        for event in ("READ", "UPDATE", "DELETE"):
            response = theirs.invoke("interval", event, trigger, minutes=5, **given)
            assert response.status_code == 502, given
    assert feeds.read("interval", trigger)["config"]["minutes"] == 1


# -- the playground ------------------------------------------------------------------------------


def test_alarms_survive_the_end_of_the_playground(tmp_path: Path) -> None:
    first, info = _started(tmp_path)
    first.api.put("echo", python(ECHO))
    trigger = first.triggers.trigger()
    first.triggers.rule(trigger, "echo")
    given: dict[str, Any] = {"cron": EVERY_SECOND, "trigger_payload": {"n": 1}}
    assert first.invoke("alarm", "CREATE", trigger, **given).status_code == 200
    before = first.read("alarm", trigger)
    count = len(first.firings(trigger, 1))
    os.kill(info.pid, signal.SIGKILL)
    wait_until(lambda: not lives(info.pid))
    again, _ = _started(tmp_path)
    assert again.read("alarm", trigger) == before
    assert again.firings(trigger, count + 2)[-1]["response"]["result"] == {"n": 1}
    for each in (first, again):
        each.api.session.close()
    stop(tmp_path)
    secret = again.api.target.auth.partition(":")[2].encode()
    written = {each for each in tmp_path.rglob("*") if each.is_file()}
    holding = {each.name for each in written if secret in each.read_bytes()}
    assert holding == {"key", "wskprops"}


def test_playground_stays_for_its_alarms(tmp_path: Path) -> None:
    """It would have stopped long ago, as one does that has none."""
    env = {
        **os.environ,
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTER_FAAS_PLAYGROUND_IDLE_MINUTES": "0.02",
    }
    (tmp_path / "runtime").mkdir()
    command = [sys.executable, "-m", "jupyter_faas.playground", "--data-dir", str(tmp_path)]
    with subprocess.Popen([*command, "--port", "0", "--foreground"], env=env) as process:
        wait_until(lambda: (tmp_path / "playground" / "state.json").exists(), 30)
        feeds, _ = _started(tmp_path)
        trigger = feeds.triggers.trigger()
        date = soon(4)
        assert feeds.invoke("once", "CREATE", trigger, date=date).status_code == 200
        feeds.api.session.close()
        assert process.wait(30) == 0
        assert soon(0) > date


def _started(data_dir: Path) -> tuple[Feeds, PlaygroundInfo]:
    info = start(data_dir, port=0, wait_s=30)
    auth = info.wskprops.read_text().partition("AUTH=")[2].splitlines()[0]
    return Feeds(Triggers(Api(Target(info.apihost, auth, True)), "guest")), info

from __future__ import annotations

import orjson

from jupyter_faas.playground.alarms.alarm import Alarm, Status
from jupyter_faas.playground.alarms.schedules import Cron, Once
from jupyter_faas.whisk import FullName
from tests.playground.alarms.helpers.clock import NOON

TRIGGER = FullName("guest", None, "t")
ALARM = Alarm(TRIGGER, {"n": 1}, Once(NOON), Status(True, NOON))


def test_alarm_as_it_is_shown() -> None:
    assert ALARM.to_json() == {
        "config": {"name": "t", "namespace": "guest", "payload": {"n": 1}, "date": NOON},
        "status": {
            "active": True,
            "dateChanged": NOON,
            "dateChangedISO": "2026-11-25T12:00:00Z",
        },
    }


def test_alarm_is_read_as_it_was_written() -> None:
    counting = Alarm(TRIGGER, {}, Cron("* * * * *", second=7), Status(True, NOON), 5, 3)
    for alarm in (ALARM, counting, ALARM.disabled("why", NOON + 1, status_code=404)):
        assert Alarm.from_json(orjson.loads(orjson.dumps(alarm.stored_json()))) == alarm


def test_disabled_alarm_tells_why() -> None:
    disabled = ALARM.disabled("why", NOON + 1000, status_code=404)
    assert disabled.to_json()["status"] == {
        "active": False,
        "dateChanged": NOON + 1000,
        "dateChangedISO": "2026-11-25T12:00:01Z",
        "reason": {"kind": "AUTO", "statusCode": 404, "message": "why"},
    }
    assert disabled.orphaned
    assert disabled.disabled("another", NOON + 2000) is disabled
    assert not ALARM.disabled("why", NOON).orphaned


def test_alarm_that_is_activated_again_counts_anew() -> None:
    counted = Alarm(
        TRIGGER, {}, Cron("* * * * *"), Status(True, NOON), max_firings=3, firings_left=0
    )
    again = counted.disabled("why", NOON).activated(NOON + 1)
    assert (again.firings_left, again.status) == (3, Status(True, NOON + 1))


def test_payload_stays_out_of_logs() -> None:
    assert "secret" not in repr(Alarm(TRIGGER, {"a": "secret"}, Once(NOON), Status(True, NOON)))

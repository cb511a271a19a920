"""Alarms over a real database and real triggers; the clock and what firing leads to are ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.alarms import AlarmService
from jupyter_faas.playground.alarms.requests import AlarmRefused, new_alarm, update_alarm
from jupyter_faas.playground.alarms.service import WallClockTimer
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import Actions, read_action_change
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.entities.triggers import RuleChange, TriggerChange, Triggers
from jupyter_faas.playground.storage.entities import AlarmStore, PackageStore, TriggerStore
from jupyter_faas.telemetry import Origin
from jupyter_faas.whisk import FullName, SystemLimits, Trigger
from jupyter_faas.whisk.kinds import runtimes_with_python
from tests.playground.alarms.helpers.clock import MINUTE, NOON, SECOND, Clock
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.storage.test_activations import opened

GUEST = Caller("guest", "guest", "")


class Firings:
    """Instead of Firing: remembers what was fired, and when."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.fired: list[tuple[int, str, dict[str, Any]]] = []
        self.fault: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def fire(
        self,
        trigger: Trigger,
        payload: dict[str, Any],
        headers: dict[str, str],
        *,
        caller: Caller,
        transaction_id: str,
        origin: Origin,
    ) -> str:
        assert caller is GUEST
        assert origin.trigger == "timer"
        self.fired.append(((self.clock.now - NOON) // SECOND, trigger.name, dict(payload)))
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        return transaction_id

    @property
    def seconds(self) -> list[int]:
        return [each[0] for each in self.fired]


class House:
    """Everything that an alarm meets. ``owners``: who has the namespaces."""

    def __init__(self, parts: Any, clock: Clock) -> None:
        self.clock = clock
        self.firings = Firings(clock)
        self.owners = {"guest": GUEST}
        self.actions = Actions(parts.store, parts.threads, SystemLimits(), clock.now_ms)
        packages = Packages(PackageStore(parts.store), parts.threads, self.actions, clock.now_ms)
        self.triggers = Triggers(
            TriggerStore(parts.store),
            parts.threads,
            actions=self.actions,
            packages=packages,
            access=Access(self.actions, packages),
            now_ms=clock.now_ms,
        )
        firing: Any = self.firings
        self.alarms = AlarmService(
            AlarmStore(parts.store),
            parts.threads,
            triggers=self.triggers,
            firing=firing,
            owner=lambda namespace: self.owners.get(namespace),
            timer=WallClockTimer(clock.now_ms, clock.call_later),
            new_id=lambda: "id",
        )
        self.triggers.on_deleted(self.alarms.orphan)

    async def set(self, feed: str, name: str = "t", **given: Any) -> FullName:
        """An alarm for a trigger, which is made when it is not there."""
        trigger = named(name)
        if not self.triggers.has(trigger):
            await self.triggers.put(trigger, TriggerChange(), overwrite=False)
        await self.alarms.create(new_alarm(feed, trigger, given, self.clock.now))
        return trigger

    def status(self, name: str = "t") -> dict[str, Any]:
        found: dict[str, Any] = self.alarms.get(named(name)).to_json()["status"]
        return found

    def reason(self, name: str = "t") -> str:
        status = self.status(name)
        assert status["active"] is False
        return str(status["reason"]["message"])


def named(name: str) -> FullName:
    return FullName("guest", None, name)


@asynccontextmanager
async def house_in(path: Path, clock: Clock | None = None) -> AsyncIterator[House]:
    with opened(path) as parts:
        house = House(parts, clock or Clock())
        await house.alarms.start()
        yield house
        await house.alarms.close()


@in_loop
async def test_interval_fires_in_order(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("interval", minutes=1, trigger_payload={"n": 1})
        await house.clock.pass_to(NOON + 3 * MINUTE)
        payload = {"n": 1}
        assert house.firings.fired == [(30, "t", payload), (90, "t", payload), (150, "t", payload)]
        assert house.alarms.pending


@in_loop
async def test_alarms_fire_in_the_order_in_which_they_are_due(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("once", "late", date=NOON + 40 * SECOND)
        await house.set("alarm", "often", cron="*/20 * * * * *")
        await house.set("once", "early", date=NOON + 10 * SECOND)
        await house.clock.pass_to(NOON + 45 * SECOND)
        assert [each[:2] for each in house.firings.fired] == [
            *((10, "early"), (20, "often"), (40, "late"), (40, "often"))
        ]


@in_loop
async def test_idle_alarms_have_one_timer(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        for number in range(5):
            await house.set("interval", f"t{number}", minutes=1 + number)
        assert len(house.clock.waiting) == 1
        await house.clock.pass_to(NOON + 10 * MINUTE)
        assert len(house.clock.waiting) == 1


@in_loop
async def test_what_the_machine_slept_through_happens_once(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("alarm", cron="* * * * *")
        await house.clock.sleep_to(NOON + 10 * MINUTE + 30 * SECOND)
        assert house.firings.seconds == [630]
        await house.clock.pass_to(NOON + 11 * MINUTE)
        assert house.firings.seconds == [630, 660]


@in_loop
async def test_times_are_planned_again_when_the_clock_was_set_back(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("alarm", "cron", cron="*/5 * * * *")
        await house.set("interval", "often", minutes=5, startDate=NOON + SECOND)
        await house.set("interval", "later", minutes=5, startDate=NOON + 4 * MINUTE)
        await house.set("once", "once", date=NOON + 3 * MINUTE)
        await house.clock.pass_to(NOON + 2 * SECOND)
        assert house.firings.fired.pop()[:2] == (1, "often")
        house.clock.set_back(600 * MINUTE)
        await house.clock.pass_to(NOON - 594 * MINUTE)
        assert [(each[0] + 36_000, each[1]) for each in house.firings.fired] == [
            *((300, "cron"), (301, "often"))
        ]
        await house.clock.pass_to(NOON + 5 * MINUTE)
        assert [each[:2] for each in house.firings.fired if each[1] in ("once", "later")] == [
            *((180, "once"), (240, "later"))
        ]


@in_loop
async def test_small_correction_of_the_clock_repeats_no_firing(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("alarm", cron="* * * * *")
        await house.clock.pass_to(NOON + MINUTE + 100)
        house.clock.set_back(2 * SECOND)
        await house.clock.pass_to(NOON + 2 * MINUTE)
        assert house.firings.seconds == [60, 120]


@in_loop
async def test_alarm_that_cannot_be_read_does_not_prevent_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as parts:
        AlarmStore(parts.store).put(named("t"), b'{"config": 3}')
    async with house_in(tmp_path) as house:
        assert "An entry of the database cannot be read (alarm)" in caplog.text
        await house.set("alarm", cron="* * * * *")
        await house.clock.pass_to(NOON + MINUTE)
        assert house.firings.seconds == [60]


@in_loop
async def test_what_is_missed_while_nobody_is_here_is_not_made_up_for(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("interval", minutes=1, startDate=NOON + MINUTE)
        await house.set("once", "o", date=NOON + MINUTE)
        await house.set("alarm", "stopped", cron="* * * * *", stopDate=NOON + 3 * MINUTE)
    clock = Clock(NOON + 5 * MINUTE + 1)
    async with house_in(tmp_path, clock) as house:
        await clock.pass_to(NOON + 7 * MINUTE)
        assert house.firings.fired == [(360, "t", {}), (420, "t", {})]
        begin = "Automatically disabled after receiving error on trigger initialization: "
        assert house.reason("o") == f"{begin}the fire once date has expired"
        assert house.reason("stopped") == f"{begin}the stop date has expired"


@in_loop
async def test_alarm_that_was_acknowledged_survives_a_crash(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path) as parts:
        house = House(parts, clock)
        await house.set("alarm", cron="* * * * *", trigger_payload={"n": 1})
        await house.set("alarm", "u", cron="* * * * *")
        await house.alarms.delete(named("u"))
        # No close: the process is gone.
    clock = Clock()
    async with house_in(tmp_path, clock) as house:
        await clock.pass_to(NOON + MINUTE)
        assert house.firings.fired == [(60, "t", {"n": 1})]
        with pytest.raises(AlarmRefused, match="could not find trigger /guest/u in the database"):
            house.alarms.get(named("u"))


@in_loop
async def test_once_is_disabled_when_it_has_fired(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("once", date=NOON + SECOND)
        await house.clock.pass_to(NOON + MINUTE)
        assert house.firings.seconds == [1]
        assert house.reason() == "Automatically disabled after firing once"
        assert not house.alarms.pending
        assert house.triggers.has(named("t"))


@pytest.mark.parametrize("after", ["true", "rules"])
@in_loop
async def test_once_deletes_what_it_is_told_to(tmp_path: Path, after: str) -> None:
    async with house_in(tmp_path) as house:
        trigger = await house.set("once", date=NOON + SECOND, deleteAfterFire=after)
        body = {"exec": {"kind": "python:default", "code": "def main(args): return args"}}
        change = read_action_change(body, runtimes_with_python("3.11"), SystemLimits())
        await house.actions.put(named("a"), change, overwrite=False)
        rule = RuleChange(trigger=trigger, action=named("a"))
        await house.triggers.put_rule(named("r"), rule, overwrite=False)
        await house.clock.pass_to(NOON + MINUTE)
        assert house.firings.seconds == [1]
        assert not house.triggers.has(trigger)
        assert house.triggers.has(named("r")) is (after == "true")
        with pytest.raises(AlarmRefused, match="could not find trigger"):
            house.alarms.get(trigger)


@in_loop
async def test_stop_date_ends_it(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        stop = NOON + 2 * MINUTE + SECOND
        await house.set("alarm", "c", cron="* * * * *", stopDate=stop)
        await house.set("interval", "i", minutes=1, startDate=NOON + MINUTE, stopDate=stop)
        await house.clock.pass_to(NOON + 9 * MINUTE)
        assert [each[:2] for each in house.firings.fired] == [
            *((60, "c"), (60, "i"), (120, "c"), (120, "i"))
        ]
        last = "Automatically disabled after firing last scheduled {} trigger"
        assert house.reason("c") == last.format("cron")
        assert house.reason("i") == last.format("interval")


@in_loop
async def test_max_triggers_end_it_also_over_a_restart(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("alarm", cron="* * * * *", maxTriggers=3)
        await house.clock.pass_to(NOON + 2 * MINUTE)
    clock = Clock(NOON + 2 * MINUTE)
    async with house_in(tmp_path, clock) as house:
        await clock.pass_to(NOON + 9 * MINUTE)
        assert house.firings.seconds == [180]
        assert house.reason() == "Automatically disabled after reaching max triggers"


@in_loop
async def test_alarm_of_a_trigger_that_was_deleted(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        trigger = await house.set("alarm", cron="* * * * *")
        await house.triggers.delete(trigger)
        assert house.status()["reason"] == {
            "kind": "AUTO",
            "statusCode": 404,
            "message": "Trigger automatically disabled: the trigger was deleted",
        }
        await house.triggers.put(trigger, TriggerChange(), overwrite=False)
        await house.clock.pass_to(NOON + 2 * MINUTE)
        assert house.firings.fired == []
        # It is in nobody's way.
        await house.set("alarm", cron="* * * * *", trigger_payload={"n": 2})
        await house.clock.pass_to(NOON + 3 * MINUTE)
        assert house.firings.fired == [(180, "t", {"n": 2})]


@in_loop
async def test_alarm_that_was_over_is_in_nobodys_way_either(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        trigger = await house.set("once", date=NOON + SECOND)
        await house.clock.pass_to(NOON + MINUTE)
        await house.triggers.delete(trigger)
        await house.set("once", date=NOON + 2 * MINUTE)
        await house.clock.pass_to(NOON + 3 * MINUTE)
        assert house.firings.seconds == [1, 120]


@in_loop
async def test_alarm_whose_trigger_went_while_nobody_was_here(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        trigger = await house.set("alarm", cron="* * * * *")
        house.triggers.on_deleted(nothing)
        await house.triggers.delete(trigger)
    async with house_in(tmp_path, Clock()) as house:
        assert house.reason() == (
            "Automatically disabled after receiving a 404 status code on trigger initialization"
        )
        assert not house.alarms.pending


async def nothing(name: FullName) -> None:
    """As if the playground had ended between the two."""


@in_loop
async def test_alarm_of_a_namespace_that_was_removed(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("alarm", cron="* * * * *")
        house.owners.clear()
        await house.clock.pass_to(NOON + 2 * MINUTE)
        assert house.firings.fired == []
        assert house.status()["reason"]["statusCode"] == 401
        assert house.reason() == (
            "Trigger automatically disabled: Received a 401 status code when firing the trigger"
        )
        assert not house.alarms.pending


@in_loop
async def test_create_over_an_alarm(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.set("once", date=NOON + SECOND)
        for _ in range(2):
            with pytest.raises(AlarmRefused, match=r"error creating alarm trigger\.") as refused:
                await house.set("once", date=NOON + MINUTE)
            assert "/guest/t already has an alarm" in refused.value.more["message"]
            await house.clock.pass_to(NOON + 2 * SECOND)
        assert house.firings.seconds == [1]


@in_loop
async def test_change_counts_from_then_on(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        trigger = await house.set("alarm", cron="* * * * *")
        change = {"cron": "*/10 * * * * *", "trigger_payload": {"n": 2}}
        await house.alarms.change(trigger, lambda old: update_alarm(old, change, house.clock.now))
        await house.clock.pass_to(NOON + 25 * SECOND)
        assert house.firings.fired == [(10, "t", {"n": 2}), (20, "t", {"n": 2})]


@in_loop
async def test_change_to_what_is_over_disables(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        trigger = await house.set("once", date=NOON + SECOND)
        await house.clock.pass_to(NOON + MINUTE)
        change = {"trigger_payload": {"n": 2}}
        await house.alarms.change(trigger, lambda old: update_alarm(old, change, house.clock.now))
        assert house.reason() == (
            "Automatically disabled after receiving error on trigger creation: "
            "the fire once date has expired"
        )


@in_loop
async def test_slow_firing_holds_up_its_own_alarm_only(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        gate = house.firings.gate = asyncio.Event()
        await house.set("interval", "slow", minutes=1)
        await house.clock.pass_to(NOON + 4 * MINUTE, settle=False)
        await eventually(lambda: house.firings.fired == [(240, "slow", {})])
        house.firings.gate = None
        await house.set("once", "quick", date=house.clock.now + SECOND)
        await house.clock.pass_to(NOON + 4 * MINUTE + SECOND, settle=False)
        await eventually(lambda: len(house.firings.fired) == 2)
        gate.set()
        await house.clock.settle()
        assert [name for _, name, _ in house.firings.fired] == ["slow", "quick", *["slow"] * 3]


@in_loop
async def test_firing_that_waits_is_dropped_when_the_alarm_is_deleted(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        gate = house.firings.gate = asyncio.Event()
        trigger = await house.set("interval", minutes=1)
        await house.clock.pass_to(NOON + 3 * MINUTE, settle=False)
        await eventually(lambda: len(house.firings.fired) == 1)
        await house.alarms.delete(trigger)
        gate.set()
        await house.clock.settle()
        assert len(house.firings.fired) == 1
        assert not house.alarms.pending


@in_loop
async def test_fault_of_the_playground_does_not_end_an_alarm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house_in(tmp_path) as house:
        house.firings.fault = PlaygroundError("The journal cannot be written.")
        await house.set("alarm", cron="* * * * *", trigger_payload={"a": "secret"})
        with caplog.at_level(logging.INFO):
            await house.clock.pass_to(NOON + 2 * MINUTE)
        assert house.firings.seconds == [60, 120]
        assert house.status()["active"] is True
    assert (
        "The alarm of guest/t could not fire the trigger: The journal cannot be written."
        in caplog.text
    )
    assert "secret" not in caplog.text


@in_loop
async def test_nothing_fires_after_the_end(tmp_path: Path) -> None:
    clock = Clock()
    async with house_in(tmp_path, clock) as house:
        await house.set("alarm", cron="* * * * *")
    assert clock.waiting == []
    await clock.pass_to(NOON + 2 * MINUTE)
    assert house.firings.fired == []

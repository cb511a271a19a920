"""The alarms: kept in the database, and fired when they are due."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import orjson

from jupyter_faas.errors import ActionConflict, ActionNotFound, FaasError
from jupyter_faas.playground.alarms.alarm import Alarm
from jupyter_faas.playground.alarms.requests import AlarmRefused
from jupyter_faas.playground.alarms.schedules import (
    Expired,
    InvalidPattern,
    Once,
    Schedule,
    UnknownTimezone,
)
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.triggers import Triggers
from jupyter_faas.playground.invocation.trigger_firing import Firing
from jupyter_faas.playground.storage.entities import AlarmStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_written
from jupyter_faas.whisk import FullName, Trigger

# -- One timer, set to a time of day.


# The loop's clock stands still while the machine sleeps, and does not follow when the time is
# set: something that waits for long looks at the time this often. Nothing looks without an alarm.
LONGEST_S = 60.0


class Handle(Protocol):
    def cancel(self) -> None: ...


CallLater = Callable[[float, Callable[[], None]], Handle]


class WallClockTimer:
    """Calls ``ring`` when it is time, once for each ``set``.

    ``now_ms`` is epoch ms; ``call_later`` takes seconds, and is the running loop's by default.
    """

    def __init__(self, now_ms: Callable[[], int], call_later: CallLater | None = None) -> None:
        self.now_ms = now_ms
        self._call_later = call_later or _in_loop
        self._handle: Handle | None = None

    def set(self, due: int | None, ring: Callable[[], None]) -> None:
        """In place of what was set before. ``due`` is epoch ms; None: not at all."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if due is not None:
            self._wait(due, ring)

    def _wait(self, due: int, ring: Callable[[], None]) -> None:
        left_s = max(0.0, (due - self.now_ms()) / 1000)
        self._handle = self._call_later(min(left_s, LONGEST_S), lambda: self._look(due, ring))

    def _look(self, due: int, ring: Callable[[], None]) -> None:
        self._handle = None
        if self.now_ms() < due:
            self._wait(due, ring)
        else:
            ring()


def _in_loop(seconds: float, function: Callable[[], None]) -> Handle:
    return asyncio.get_running_loop().call_later(seconds, function)


log = logging.getLogger(__name__)

_NEVER = (Expired, InvalidPattern, UnknownTimezone)
_DELETES = ("true", "rules")


class AlarmService:
    """What ``create``, ``change`` and ``delete`` return for survives a power cut.

    There is one timer, for the alarm that is due next. Firings of one alarm wait for each other;
    those of several begin in the order in which they are due.
    """

    def __init__(
        self,
        store: AlarmStore,
        threads: DatabaseThreads,
        *,
        triggers: Triggers,
        firing: Firing,
        owner: Callable[[str], Caller | None],
        timer: WallClockTimer,
        new_id: Callable[[], str],
    ) -> None:
        """Blocking: reads all alarms. ``owner`` gives whoever has a namespace."""
        self._store = store
        self._threads = threads
        self._triggers = triggers
        self._firing = firing
        self._owner = owner
        self._timer = timer
        self._now_ms = timer.now_ms
        self._new_id = new_id
        self._changing = asyncio.Lock()
        self._closing = False
        self._due: dict[FullName, int] = {}
        self._ringing: dict[FullName, asyncio.Task[None]] = {}
        self._alarms = {
            alarm.trigger: alarm
            for alarm in (Alarm.from_json(read_written(doc)) for doc in store.alarms())
        }

    @property
    def pending(self) -> bool:
        """Whether anything is due some time."""
        return bool(self._due or self._ringing)

    async def start(self) -> None:
        """Begin. What was due while nobody was here is over; who has lost its trigger, disabled."""
        async with self._changing:
            for alarm in [each for each in self._alarms.values() if each.status.active]:
                lost = self._lost(alarm)
                if lost is None:
                    await self._keep(alarm, "initialization")
                else:
                    message = (
                        f"Automatically disabled after receiving a {lost} status code "
                        "on trigger initialization"
                    )
                    await self._disable(alarm, message, status_code=lost)

    async def close(self) -> None:
        """Fire nothing more; returns when what is being fired has been."""
        self._closing = True
        self._due.clear()
        self._set_timer()
        await asyncio.gather(*self._ringing.values(), return_exceptions=True)

    # -- keeping -------------------------------------------------------------------------------

    def get(self, trigger: FullName) -> Alarm:
        """Raises AlarmRefused."""
        try:
            return self._alarms[trigger]
        except KeyError:
            raise AlarmRefused(f"could not find trigger /{trigger.path} in the database") from None

    async def create(self, alarm: Alarm) -> None:
        """Raises AlarmRefused when its trigger has one already, unless that was orphaned."""
        async with self._changing:
            old = self._alarms.get(alarm.trigger)
            if old is not None and not old.orphaned:
                raise AlarmRefused(
                    "error creating alarm trigger.",
                    message=f"The trigger /{alarm.trigger.path} has an alarm already; "
                    "update or delete it.",
                )
            await self._keep(alarm, "creation")

    async def change(self, trigger: FullName, change: Callable[[Alarm], Alarm]) -> None:
        """Raises AlarmRefused, also what ``change`` does."""
        async with self._changing:
            await self._keep(change(self.get(trigger)), "creation")

    async def delete(self, trigger: FullName) -> None:
        """Raises AlarmRefused."""
        async with self._changing:
            self.get(trigger)
            await self._forget(trigger)

    async def orphan(self, trigger: FullName) -> None:
        """Its trigger was deleted."""
        async with self._changing:
            alarm = self._alarms.get(trigger)
            if alarm is not None:
                await self._keep(alarm.without_trigger(self._now_ms()), "creation")

    async def _keep(self, alarm: Alarm, event: str) -> None:
        """Hold ``_changing``. An active one that would never be due is disabled."""
        due = None
        if alarm.status.active:
            try:
                due = alarm.schedule.due(self._now_ms())
            except _NEVER as error:
                message = f"Automatically disabled after receiving error on trigger {event}"
                alarm = alarm.disabled(f"{message}: {error}", self._now_ms())
        if alarm is not self._alarms.get(alarm.trigger):
            await self._write(alarm)
        self._set_due(alarm.trigger, due)

    async def _write(self, alarm: Alarm) -> None:
        doc = orjson.dumps(alarm.stored_json())
        await self._threads.write(self._store.put, alarm.trigger, doc)
        self._alarms[alarm.trigger] = alarm

    async def _disable(self, alarm: Alarm, message: str, *, status_code: int | None = None) -> None:
        disabled = alarm.disabled(message, self._now_ms(), status_code=status_code)
        log.info("Alarm of %s: %s.", alarm.trigger.path, message)
        await self._keep(disabled, "creation")

    async def _forget(self, trigger: FullName) -> None:
        await self._threads.write(self._store.delete, trigger)
        del self._alarms[trigger]
        self._set_due(trigger, None)

    # -- firing --------------------------------------------------------------------------------

    def _set_due(self, trigger: FullName, due: int | None) -> None:
        self._due.pop(trigger, None)
        if due is not None and not self._closing:
            self._due[trigger] = due
        self._set_timer()

    def _set_timer(self) -> None:
        self._timer.set(min(self._due.values(), default=None), self._ring)

    def _ring(self) -> None:
        now = self._now_ms()
        ripe = [trigger for trigger, due in self._due.items() if due <= now]
        for trigger in sorted(ripe, key=self._due.__getitem__):
            schedule = self._alarms[trigger].schedule
            del self._due[trigger]
            with contextlib.suppress(*_NEVER):
                self._due[trigger] = schedule.due(now)
            self._ringing[trigger] = task = asyncio.ensure_future(
                self._fire(
                    trigger,
                    schedule,
                    self._ringing.get(trigger),
                    last=trigger not in self._due,
                )
            )
            task.add_done_callback(functools.partial(self._rung, trigger))
        self._set_timer()

    def _rung(self, trigger: FullName, task: asyncio.Task[None]) -> None:
        if self._ringing.get(trigger) is task:
            del self._ringing[trigger]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("The alarm of %s failed.", trigger.path, exc_info=error)

    async def _fire(
        self,
        name: FullName,
        schedule: Schedule,
        before: asyncio.Task[None] | None,
        *,
        last: bool,
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        alarm = self._current(name, schedule)
        if alarm is None:
            return
        owner, trigger = self._owner(name.namespace), self._trigger(name)
        if owner is None or trigger is None:
            await self._stop(name, schedule, 401 if owner is None else 404)
            return
        try:
            await self._firing.fire(
                trigger, alarm.payload, {}, caller=owner, transaction_id=self._new_id()
            )
        except FaasError as error:
            log.error("The alarm of %s could not fire it: %s", name.path, error.message)
        await self._fired(name, schedule, last=last)

    async def _stop(self, name: FullName, schedule: Schedule, status_code: int) -> None:
        async with self._changing:
            alarm = self._current(name, schedule)
            if alarm is not None:
                message = (
                    "Trigger automatically disabled: "
                    f"Received a {status_code} status code when firing the trigger"
                )
                await self._disable(alarm, message, status_code=status_code)

    async def _fired(self, name: FullName, schedule: Schedule, *, last: bool) -> None:
        async with self._changing:
            alarm = self._current(name, schedule)
            if alarm is None:
                return
            after = schedule.delete_after if isinstance(schedule, Once) else None
            if after in _DELETES:
                await self._forget(name)
            elif last:
                await self._disable(alarm, schedule.LAST)
            elif alarm.left == 1:
                await self._disable(
                    replace(alarm, left=0), "Automatically disabled after reaching max triggers"
                )
            elif alarm.left is not None:
                await self._write(replace(alarm, left=alarm.left - 1))
        if after in _DELETES:
            await self._delete_trigger(name, rules=after == "rules")

    async def _delete_trigger(self, name: FullName, *, rules: bool) -> None:
        try:
            trigger = await self._triggers.delete(name)
            for path in trigger.rules if rules else ():
                namespace, _, rule = path.partition("/")
                await self._triggers.delete_rule(FullName(namespace, None, rule))
        except FaasError as error:
            log.warning("%s could not be deleted after it fired: %s", name.path, error.message)

    def _current(self, name: FullName, schedule: Schedule) -> Alarm | None:
        """The alarm if it is active, and has not been replaced or updated since it rang."""
        alarm = self._alarms.get(name)
        if alarm is None or alarm.schedule is not schedule or not alarm.status.active:
            return None
        return alarm

    def _trigger(self, name: FullName) -> Trigger | None:
        try:
            return self._triggers.get(name)
        except (ActionNotFound, ActionConflict):
            return None

    def _lost(self, alarm: Alarm) -> int | None:
        """The status code that firing it would meet."""
        if self._owner(alarm.trigger.namespace) is None:
            return 401
        return 404 if self._trigger(alarm.trigger) is None else None

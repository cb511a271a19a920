"""The alarm service, which stores alarms in the database and fires them when they are due."""

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
    Interval,
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
from jupyter_faas.playground.strict_json import read_rows
from jupyter_faas.telemetry import Origin
from jupyter_faas.whisk import FullName, Trigger

# A long wait checks the system time at this interval. The event loop's clock stops while the
# machine sleeps, and does not follow changes of the system time.
MAX_WAIT_S = 60.0

# The system time was set back if it is this much earlier than at the last check. Time servers make
# smaller corrections, after which a firing must not be repeated.
_SET_BACK_MS = 5_000


class Handle(Protocol):
    def cancel(self) -> None: ...


CallLater = Callable[[float, Callable[[], None]], Handle]


class WallClockTimer:
    """A timer for an absolute time. It calls its callback once after each ``set``.

    ``on_set_back`` is called instead if the system time was set back meanwhile, because the times
    that were computed before would be too late.

    ``now_ms``: a function that returns the current time in epoch ms.
    ``call_later``: a function like the event loop's ``call_later``, which is the default.
    """

    def __init__(self, now_ms: Callable[[], int], call_later: CallLater | None = None) -> None:
        self.now_ms = now_ms
        self.on_set_back: Callable[[], None] | None = None
        self._checked = now_ms()
        self._call_later = call_later or _in_loop
        self._handle: Handle | None = None

    def set(self, due: int | None, callback: Callable[[], None]) -> None:
        """Cancel the pending call; unless ``due`` is None, call ``callback`` then (epoch ms)."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if due is not None:
            self._wait(due, callback)

    def _wait(self, due: int, callback: Callable[[], None]) -> None:
        self._checked = self.now_ms()
        left_s = max(0.0, (due - self._checked) / 1000)
        self._handle = self._call_later(
            min(left_s, MAX_WAIT_S), lambda: self._on_timer(due, callback)
        )

    def _on_timer(self, due: int, callback: Callable[[], None]) -> None:
        self._handle = None
        if self.on_set_back is not None and self.now_ms() < self._checked - _SET_BACK_MS:
            self.on_set_back()
        elif self.now_ms() < due:
            self._wait(due, callback)
        else:
            callback()


def _in_loop(seconds: float, function: Callable[[], None]) -> Handle:
    return asyncio.get_running_loop().call_later(seconds, function)


log = logging.getLogger(__name__)

_NEVER_DUE = (Expired, InvalidPattern, UnknownTimezone)
_DELETE_AFTER = ("true", "rules")


class AlarmService:
    """The alarms of all namespaces, in memory and in the database.

    ``create``, ``change`` and ``delete`` return after the commit, so their changes survive a power
    cut. A single timer waits for the alarm that is due next. The firings of one alarm do not
    overlap. The firings of several alarms start in the order in which they are due.
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
        """Read all alarms from the database. Blocking.

        ``owner`` returns the owner of a namespace, or None if the namespace does not exist.
        """
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
        self._firing_tasks: dict[FullName, asyncio.Task[None]] = {}
        self._alarms = {
            alarm.trigger: alarm for alarm in read_rows(store.alarms(), Alarm.from_json, "alarm")
        }
        timer.on_set_back = self._plan_again

    @property
    def pending(self) -> bool:
        """Whether any alarm is waiting or firing."""
        return bool(self._due or self._firing_tasks)

    async def start(self) -> None:
        """Schedule all active alarms; disable alarms without a trigger or namespace.

        Firings that were due while the playground was not running are skipped.
        """
        async with self._changing:
            for alarm in [each for each in self._alarms.values() if each.status.active]:
                status_code = self._missing_status(alarm)
                if status_code is None:
                    await self._store_and_schedule(alarm, "initialization")
                else:
                    message = (
                        f"Automatically disabled after receiving a {status_code} status code "
                        "on trigger initialization"
                    )
                    await self._disable(alarm, message, status_code=status_code)

    async def close(self) -> None:
        """Stop firing alarms, and wait for the firings that have started."""
        self._closing = True
        self._due.clear()
        self._set_timer()
        await asyncio.gather(*self._firing_tasks.values(), return_exceptions=True)

    # Storing

    def get(self, trigger: FullName) -> Alarm:
        """Return the alarm of a trigger. Raises AlarmRefused if it does not exist."""
        try:
            return self._alarms[trigger]
        except KeyError:
            raise AlarmRefused(f"could not find trigger /{trigger.path} in the database") from None

    async def create(self, alarm: Alarm) -> None:
        """Store a new alarm, which replaces an orphaned alarm of the same trigger.

        Raises AlarmRefused if the trigger already has an alarm that is not orphaned.
        """
        async with self._changing:
            old = self._alarms.get(alarm.trigger)
            if old is not None and not old.orphaned:
                raise AlarmRefused(
                    "error creating alarm trigger.",
                    message=f"The trigger /{alarm.trigger.path} already has an alarm. Update or "
                    "delete the alarm.",
                )
            await self._store_and_schedule(alarm, "creation")

    async def change(self, trigger: FullName, change: Callable[[Alarm], Alarm]) -> None:
        """Replace an alarm with the result of ``change``.

        Raises AlarmRefused if the alarm does not exist, and any error of ``change``.
        """
        async with self._changing:
            await self._store_and_schedule(change(self.get(trigger)), "creation")

    async def delete(self, trigger: FullName) -> None:
        """Delete an alarm. Raises AlarmRefused if it does not exist."""
        async with self._changing:
            self.get(trigger)
            await self._remove(trigger)

    async def orphan(self, trigger: FullName) -> None:
        """Disable the alarm of a deleted trigger. Do nothing if the trigger has no alarm."""
        async with self._changing:
            alarm = self._alarms.get(trigger)
            if alarm is not None:
                await self._store_and_schedule(alarm.without_trigger(self._now_ms()), "creation")

    async def _store_and_schedule(self, alarm: Alarm, event: str) -> None:
        """Store an alarm and schedule it; disable the alarm if it will never be due.

        The caller must hold ``_changing``. ``event`` is ``creation`` or ``initialization``, for the
        error message.
        """
        due = None
        if alarm.status.active:
            try:
                due = alarm.schedule.due(self._now_ms())
            except _NEVER_DUE as error:
                message = f"Automatically disabled after receiving error on trigger {event}"
                alarm = alarm.disabled(f"{message}: {error}", self._now_ms())
        # When the playground starts, most alarms are unchanged and do not have to be written.
        if alarm is not self._alarms.get(alarm.trigger):
            await self._write(alarm)
        self._set_due(alarm.trigger, due)

    async def _write(self, alarm: Alarm) -> None:
        doc = orjson.dumps(alarm.stored_json())
        # Write the database first, because every alarm in memory must survive a crash.
        await self._threads.write(self._store.put, alarm.trigger, doc)
        self._alarms[alarm.trigger] = alarm

    async def _disable(self, alarm: Alarm, message: str, *, status_code: int | None = None) -> None:
        disabled = alarm.disabled(message, self._now_ms(), status_code=status_code)
        log.info("Alarm of %s: %s.", alarm.trigger.path, message)
        await self._store_and_schedule(disabled, "creation")

    async def _remove(self, trigger: FullName) -> None:
        await self._threads.write(self._store.delete, trigger)
        del self._alarms[trigger]
        self._set_due(trigger, None)

    # Firing

    def _set_due(self, trigger: FullName, due: int | None) -> None:
        self._due.pop(trigger, None)
        if due is not None and not self._closing:
            self._due[trigger] = due
        self._set_timer()

    def _set_timer(self) -> None:
        self._timer.set(min(self._due.values(), default=None), self._fire_due)

    def _plan_again(self) -> None:
        """Compute all times again, because the system time was set back."""
        now = self._now_ms()
        log.info("The system clock was set back, so the times of the alarms are computed again.")
        for trigger, due in self._due.items():
            schedule = self._alarms[trigger].schedule
            if isinstance(schedule, Interval):
                self._due[trigger] = schedule.due_after_set_back(due, now)
                continue
            with contextlib.suppress(*_NEVER_DUE):
                self._due[trigger] = schedule.due(now)
        self._set_timer()

    def _fire_due(self) -> None:
        now = self._now_ms()
        due_triggers = [trigger for trigger, due in self._due.items() if due <= now]
        for trigger in sorted(due_triggers, key=self._due.__getitem__):
            schedule = self._alarms[trigger].schedule
            del self._due[trigger]
            # Compute the next time from the current time and not from the time that was due, so
            # that firings that were missed while the machine slept happen only once.
            with contextlib.suppress(*_NEVER_DUE):
                self._due[trigger] = schedule.due(now)
            self._firing_tasks[trigger] = task = asyncio.ensure_future(
                self._fire(
                    trigger,
                    schedule,
                    self._firing_tasks.get(trigger),
                    last=trigger not in self._due,
                )
            )
            task.add_done_callback(functools.partial(self._on_fired, trigger))
        self._set_timer()

    def _on_fired(self, trigger: FullName, task: asyncio.Task[None]) -> None:
        # A later firing of the same alarm may already have replaced this task.
        if self._firing_tasks.get(trigger) is task:
            del self._firing_tasks[trigger]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("The alarm of %s failed.", trigger.path, exc_info=error)

    async def _fire(
        self,
        name: FullName,
        schedule: Schedule,
        previous: asyncio.Task[None] | None,
        *,
        last: bool,
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        # The alarm may have been changed or deleted after it was due.
        alarm = self._current(name, schedule)
        if alarm is None:
            return
        owner, trigger = self._owner(name.namespace), self._trigger(name)
        if owner is None or trigger is None:
            await self._disable_unfireable(name, schedule, 401 if owner is None else 404)
            return
        try:
            await self._firing.fire(
                trigger,
                alarm.payload,
                {},
                caller=owner,
                transaction_id=self._new_id(),
                origin=Origin.of_timer(self._now_ms(), schedule.config().get("cron")),
            )
        except FaasError as error:
            # The alarm stays active, because its next firing may succeed.
            log.error("The alarm of %s could not fire the trigger: %s", name.path, error.message)
        await self._after_firing(name, schedule, last=last)

    async def _disable_unfireable(
        self, name: FullName, schedule: Schedule, status_code: int
    ) -> None:
        async with self._changing:
            alarm = self._current(name, schedule)
            if alarm is not None:
                message = (
                    "Trigger automatically disabled: "
                    f"Received a {status_code} status code when firing the trigger"
                )
                await self._disable(alarm, message, status_code=status_code)

    async def _after_firing(self, name: FullName, schedule: Schedule, *, last: bool) -> None:
        async with self._changing:
            alarm = self._current(name, schedule)
            if alarm is None:
                return
            after = schedule.delete_after if isinstance(schedule, Once) else None
            if after in _DELETE_AFTER:
                await self._remove(name)
            elif last:
                await self._disable(alarm, schedule.LAST)
            elif alarm.firings_left == 1:
                await self._disable(
                    replace(alarm, firings_left=0),
                    "Automatically disabled after reaching max triggers",
                )
            elif alarm.firings_left is not None:
                await self._write(replace(alarm, firings_left=alarm.firings_left - 1))
        # Delete the trigger after releasing the lock, because the deletion calls ``orphan``, which
        # acquires the lock.
        if after in _DELETE_AFTER:
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
        """Return the alarm, or None if it was disabled, updated or deleted after it was due."""
        alarm = self._alarms.get(name)
        if alarm is None or alarm.schedule is not schedule or not alarm.status.active:
            return None
        return alarm

    def _trigger(self, name: FullName) -> Trigger | None:
        try:
            return self._triggers.get(name)
        except (ActionNotFound, ActionConflict):
            return None

    def _missing_status(self, alarm: Alarm) -> int | None:
        """Return the status code with which firing would fail (401 or 404), else None."""
        if self._owner(alarm.trigger.namespace) is None:
            return 401
        return 404 if self._trigger(alarm.trigger) is None else None

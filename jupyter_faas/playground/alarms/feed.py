"""The feed actions: what clients ask of them when they make, look at or delete a trigger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from jupyter_faas.errors import ActionConflict, ActionNotFound
from jupyter_faas.playground.alarms.alarm import USER, Alarm
from jupyter_faas.playground.alarms.requests import AlarmRefused, new_alarm, update_alarm
from jupyter_faas.playground.alarms.service import AlarmService, WallClockTimer
from jupyter_faas.playground.entities.namespaces import Caller, Namespaces
from jupyter_faas.playground.entities.triggers import Triggers
from jupyter_faas.playground.invocation.builtin_actions import Natives
from jupyter_faas.playground.invocation.trigger_firing import Firing
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.entities import AlarmStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.whisk import FullName, PackageName
from jupyter_faas.whisk.names import OWN_NAMESPACE

# Each with its parameters: (name, whether it is needed).
FEEDS: Mapping[str, tuple[tuple[str, bool], ...]] = MappingProxyType(
    {
        "alarm": (
            ("cron", True),
            ("timezone", False),
            ("startDate", False),
            ("stopDate", False),
            ("strict", False),
        ),
        "once": (("date", True), ("deleteAfterFire", False)),
        "interval": (("minutes", True), ("startDate", False), ("stopDate", False)),
    }
)

_PACKAGE = PackageName("whisk.system", "alarms")
_UNAUTHENTICATED = "Trigger authentication request failed."
_UNKNOWN_EVENT = "unsupported lifecycleEvent"


def feed_name(feed: str) -> FullName:
    """``/whisk.system/alarms/once``"""
    return FullName(_PACKAGE.namespace, _PACKAGE.name, feed)


class AlarmFeed:
    """One of the ``FEEDS``; what it does belongs to the namespace that invokes it."""

    def __init__(
        self,
        feed: str,
        alarms: AlarmService,
        triggers: Triggers,
        *,
        by_auth: Callable[[bytes], Caller | None],
        now_ms: Callable[[], int],
    ) -> None:
        self._feed = feed
        self._alarms = alarms
        self._triggers = triggers
        self._by_auth = by_auth
        self._now_ms = now_ms
        self._events = {
            "CREATE": self._create,
            "READ": self._read,
            "UPDATE": self._update,
            "PAUSE": self._pause,
            "UNPAUSE": self._unpause,
            "DELETE": self._delete,
        }

    async def __call__(self, caller: Caller, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of an invocation; what is refused has ``error``, as OpenWhisk's feeds do.

        ``given`` are the arguments: ``lifecycleEvent``, ``triggerName``, ``authKey``, and more.
        """
        event = given.get("lifecycleEvent")
        handle = self._events.get(event) if isinstance(event, str) else None
        if handle is None:
            return {"error": _UNKNOWN_EVENT}
        try:
            trigger = _trigger_name(caller, given)
            key = given.get("authKey")
            if not isinstance(key, str) or not key:
                raise AlarmRefused("no authKey parameter was provided")
            return await handle(caller, trigger, given)
        except AlarmRefused as refused:
            return {"error": {"error": refused.error, **refused.more}}

    async def _create(
        self, caller: Caller, trigger: FullName, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        alarm = new_alarm(self._feed, trigger, given, self._now_ms())
        self._check(caller, trigger, given)
        await self._alarms.create(alarm)
        return {"status": "success"}

    async def _read(
        self, caller: Caller, trigger: FullName, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._check(caller, trigger, given)
        return self._alarms.get(trigger).to_json()

    async def _update(
        self, caller: Caller, trigger: FullName, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._check(caller, trigger, given)
        await self._alarms.change(trigger, lambda alarm: update_alarm(alarm, given, self._now_ms()))
        return {"status": "success"}

    async def _pause(
        self, caller: Caller, trigger: FullName, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._check(caller, trigger, given)
        await self._alarms.change(
            trigger, lambda alarm: alarm.disabled("Paused", self._now_ms(), kind=USER)
        )
        return {"status": "success"}

    async def _unpause(
        self, caller: Caller, trigger: FullName, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._check(caller, trigger, given)
        await self._alarms.change(trigger, self._resumed)
        return {"status": "success"}

    def _resumed(self, alarm: Alarm) -> Alarm:
        return alarm if alarm.status.active else alarm.activated(self._now_ms())

    async def _delete(
        self, caller: Caller, trigger: FullName, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        # Some clients delete the trigger first.
        self._check(caller, trigger, given, may_be_gone=True)
        await self._alarms.delete(trigger)
        return {"status": "success"}

    def _check(
        self,
        caller: Caller,
        trigger: FullName,
        given: Mapping[str, Any],
        *,
        may_be_gone: bool = False,
    ) -> None:
        """Raises AlarmRefused: the key is nobody's or another's, or there is no such trigger."""
        holder = self._by_auth(given["authKey"].encode(errors="replace"))
        if holder is None or holder.namespace != trigger.namespace:
            raise AlarmRefused(_UNAUTHENTICATED)
        try:
            self._triggers.get(trigger)
        except ActionConflict:
            raise AlarmRefused(_UNAUTHENTICATED) from None
        except ActionNotFound:
            if not may_be_gone:
                raise AlarmRefused(_UNAUTHENTICATED) from None


def _trigger_name(caller: Caller, given: Mapping[str, Any]) -> FullName:
    """``/ns/name``, ``/_/name`` or ``name``. Raises AlarmRefused for another namespace's."""
    text = given.get("triggerName")
    if not isinstance(text, str) or not text:
        raise AlarmRefused("no trigger name parameter was provided")
    namespace, name = OWN_NAMESPACE, text
    if text.startswith("/"):
        namespace, _, name = text[1:].partition("/")
    if namespace not in (OWN_NAMESPACE, caller.namespace):
        raise AlarmRefused(_UNAUTHENTICATED)
    return FullName(caller.namespace, None, name)


# -- Puts the alarms and their feeds together.


def make_alarms(
    store: Database,
    threads: DatabaseThreads,
    *,
    triggers: Triggers,
    firing: Firing,
    namespaces: Namespaces,
    natives: Natives,
    now_ms: Callable[[], int],
    new_id: Callable[[], str],
) -> AlarmService:
    """Blocking: reads all alarms. Nothing fires before ``start``."""
    alarms = AlarmService(
        AlarmStore(store),
        threads,
        triggers=triggers,
        firing=firing,
        owner=namespaces.by_namespace,
        timer=WallClockTimer(now_ms),
        new_id=new_id,
    )
    triggers.on_deleted(alarms.orphan)
    for feed in FEEDS:
        handler = AlarmFeed(feed, alarms, triggers, by_auth=namespaces.by_auth, now_ms=now_ms)
        natives.add(feed_name(feed), handler)
    return alarms

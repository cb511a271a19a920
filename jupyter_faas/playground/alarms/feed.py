"""The feed actions of alarms: CREATE, READ, UPDATE, PAUSE, UNPAUSE and DELETE (lifecycleEvent)."""

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
from jupyter_faas.playground.invocation.builtin_actions import BuiltinActions
from jupyter_faas.playground.invocation.trigger_firing import Firing
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.entities import AlarmStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.whisk import FullName, PackageName
from jupyter_faas.whisk.names import OWN_NAMESPACE

# The parameters of each feed, as pairs of a name and whether the parameter is required.
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
    """Return the full name of a feed: ``/whisk.system/alarms/once``."""
    return FullName(_PACKAGE.namespace, _PACKAGE.name, feed)


class AlarmFeed:
    """A feed action as a callable. It only accesses alarms in the caller's namespace."""

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

    async def __call__(self, caller: Caller, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Perform an invocation and return its result, which has ``error`` if it was refused.

        ``arguments``: ``lifecycleEvent``, ``triggerName``, ``authKey`` and the feed's parameters.
        """
        event = arguments.get("lifecycleEvent")
        handle = self._events.get(event) if isinstance(event, str) else None
        if handle is None:
            return {"error": _UNKNOWN_EVENT}
        try:
            trigger = _trigger_name(caller, arguments)
            key = arguments.get("authKey")
            if not isinstance(key, str) or not key:
                raise AlarmRefused("no authKey parameter was provided")
            return await handle(caller, trigger, arguments)
        except AlarmRefused as refused:
            return {"error": {"error": refused.error, **refused.more}}

    async def _create(
        self, caller: Caller, trigger: FullName, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        alarm = new_alarm(self._feed, trigger, arguments, self._now_ms())
        self._check(caller, trigger, arguments)
        await self._alarms.create(alarm)
        return {"status": "success"}

    async def _read(
        self, caller: Caller, trigger: FullName, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._check(caller, trigger, arguments)
        return self._alarms.get(trigger).to_json()

    async def _update(
        self, caller: Caller, trigger: FullName, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._check(caller, trigger, arguments)
        await self._alarms.change(
            trigger, lambda alarm: update_alarm(alarm, arguments, self._now_ms())
        )
        return {"status": "success"}

    async def _pause(
        self, caller: Caller, trigger: FullName, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._check(caller, trigger, arguments)
        await self._alarms.change(
            trigger, lambda alarm: alarm.disabled("Paused", self._now_ms(), kind=USER)
        )
        return {"status": "success"}

    async def _unpause(
        self, caller: Caller, trigger: FullName, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._check(caller, trigger, arguments)
        await self._alarms.change(trigger, self._resumed)
        return {"status": "success"}

    def _resumed(self, alarm: Alarm) -> Alarm:
        return alarm if alarm.status.active else alarm.activated(self._now_ms())

    async def _delete(
        self, caller: Caller, trigger: FullName, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        # The trigger may be missing, because some clients delete it before the alarm.
        self._check(caller, trigger, arguments, missing_ok=True)
        await self._alarms.delete(trigger)
        return {"status": "success"}

    def _check(
        self,
        caller: Caller,
        trigger: FullName,
        arguments: Mapping[str, Any],
        *,
        missing_ok: bool = False,
    ) -> None:
        """Raise AlarmRefused if the API key is not valid for the trigger or the trigger is missing.

        With ``missing_ok``, a missing trigger is accepted.
        """
        # The message is the same in all cases, because OpenWhisk's service reads the trigger with
        # the API key and reports any failure with this message.
        # The API key was parsed from JSON, so it may contain surrogates that cannot be encoded.
        holder = self._by_auth(arguments["authKey"].encode(errors="replace"))
        if holder is None or holder.namespace != trigger.namespace:
            raise AlarmRefused(_UNAUTHENTICATED)
        try:
            self._triggers.get(trigger)
        except ActionConflict:
            raise AlarmRefused(_UNAUTHENTICATED) from None
        except ActionNotFound:
            if not missing_ok:
                raise AlarmRefused(_UNAUTHENTICATED) from None


def _trigger_name(caller: Caller, arguments: Mapping[str, Any]) -> FullName:
    """Parse ``triggerName``, which is ``/ns/name``, ``/_/name`` or ``name``.

    Raises AlarmRefused if it is missing or has another namespace than the caller.
    """
    text = arguments.get("triggerName")
    if not isinstance(text, str) or not text:
        raise AlarmRefused("no trigger name parameter was provided")
    namespace, name = OWN_NAMESPACE, text
    if text.startswith("/"):
        namespace, _, name = text[1:].partition("/")
    if namespace not in (OWN_NAMESPACE, caller.namespace):
        raise AlarmRefused(_UNAUTHENTICATED)
    return FullName(caller.namespace, None, name)


def make_alarms(
    store: Database,
    threads: DatabaseThreads,
    *,
    triggers: Triggers,
    firing: Firing,
    namespaces: Namespaces,
    builtin_actions: BuiltinActions,
    now_ms: Callable[[], int],
    new_id: Callable[[], str],
) -> AlarmService:
    """Create the alarm service and register its feeds. Alarms do not fire before ``start``.

    Blocking: reads all alarms.
    """
    alarms = AlarmService(
        AlarmStore(store),
        threads,
        triggers=triggers,
        firing=firing,
        owner=namespaces.by_namespace,
        timer=WallClockTimer(now_ms),
        new_id=new_id,
    )
    # Triggers do not depend on alarms, so they call this method after each deletion.
    triggers.on_deleted(alarms.orphan)
    for feed in FEEDS:
        handler = AlarmFeed(feed, alarms, triggers, by_auth=namespaces.by_auth, now_ms=now_ms)
        builtin_actions.add(feed_name(feed), handler)
    return alarms

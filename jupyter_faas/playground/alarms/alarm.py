"""Alarm: its trigger, payload, schedule and status; its JSON for READ and for storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from jupyter_faas.playground.alarms.schedules import Cron, Schedule, read_schedule
from jupyter_faas.whisk import FullName

# Who disabled an alarm: the service, or a user with PAUSE.
AUTO = "AUTO"
USER = "USER"

# The status codes that firing would have: the namespace or the trigger no longer exists.
_NO_KEY, _NO_TRIGGER = 401, 404


@dataclass(frozen=True)
class Status:
    """Whether an alarm is active, and since when.

    ``changed`` is epoch ms. ``reason`` is why it is disabled, ``{kind, message(, statusCode)}``, or
    None.
    """

    active: bool
    changed: int
    reason: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the status as READ shows it."""
        second = datetime.fromtimestamp(self.changed // 1000, timezone.utc)
        shown: dict[str, Any] = {
            "active": self.active,
            "dateChanged": self.changed,
            "dateChangedISO": second.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if self.reason is not None:
            shown["reason"] = dict(self.reason)
        return shown


@dataclass(frozen=True)
class Alarm:
    """An alarm of a trigger.

    ``max_firings``: how often it may fire (``maxTriggers``). ``firings_left``: how often it may
    still fire. Both are None if there is no limit.
    """

    trigger: FullName
    payload: Mapping[str, Any] = field(repr=False)
    schedule: Schedule
    status: Status
    max_firings: int | None = None
    firings_left: int | None = None

    @property
    def orphaned(self) -> bool:
        """Whether the alarm was disabled because its trigger or namespace no longer existed."""
        reason = self.status.reason
        return reason is not None and reason.get("statusCode") in (_NO_KEY, _NO_TRIGGER)

    def activated(self, now: int) -> Alarm:
        """Return the alarm as active, with all its firings left. ``now`` is epoch ms."""
        return replace(self, status=Status(True, now), firings_left=self.max_firings)

    def disabled(
        self, message: str, now: int, *, kind: str = AUTO, status_code: int | None = None
    ) -> Alarm:
        """Return the alarm as disabled. One that is disabled already keeps its reason."""
        if not self.status.active:
            return self
        reason: dict[str, Any] = {"kind": kind, "message": message}
        if status_code is not None:
            reason["statusCode"] = status_code
        return replace(self, status=Status(False, now, reason))

    def without_trigger(self, now: int) -> Alarm:
        """Return the alarm as disabled because its trigger was deleted, in any status."""
        message = "Trigger automatically disabled: the trigger was deleted"
        # It is activated first, because an alarm that is disabled already would keep its reason.
        return self.activated(now).disabled(message, now, status_code=_NO_TRIGGER)

    def to_json(self) -> dict[str, Any]:
        """Return the answer to READ."""
        config = {
            "name": self.trigger.name,
            "namespace": self.trigger.namespace,
            "payload": dict(self.payload),
            **self.schedule.config(),
        }
        return {"config": config, "status": self.status.to_json()}

    def stored_json(self) -> dict[str, Any]:
        """Return the JSON to store: the answer to READ, and internal fields."""
        # READ shows ``strict`` only, from which the second cannot be computed.
        second = self.schedule.second if isinstance(self.schedule, Cron) else None
        return {
            **self.to_json(),
            "second": second,
            "most": self.max_firings,
            "left": self.firings_left,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Alarm:
        """Read an alarm from the JSON of ``stored_json``."""
        config, status = stored["config"], stored["status"]
        return cls(
            trigger=FullName(config["namespace"], None, config["name"]),
            payload=config["payload"],
            schedule=read_schedule(config, stored["second"]),
            status=Status(status["active"], status["dateChanged"], status.get("reason")),
            max_firings=stored["most"],
            firings_left=stored["left"],
        )

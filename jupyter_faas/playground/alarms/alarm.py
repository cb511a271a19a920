"""The class Alarm: trigger, payload, schedule and status, and its JSON for READ and storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, NamedTuple

from jupyter_faas.playground.alarms.schedules import Cron, Schedule, read_schedule
from jupyter_faas.whisk import FullName

# The kind of a reason says who disabled the alarm: the service (AUTO), or a user with PAUSE (USER).
AUTO = "AUTO"
USER = "USER"

# The status codes with which firing would fail if the namespace or the trigger no longer exists.
_NO_KEY, _NO_TRIGGER = 401, 404


class Status(NamedTuple):
    """The status of an alarm: active or disabled.

    ``changed``: the time of the last change of the status, in epoch ms.
    ``reason``: why the alarm is disabled, as ``{kind, message(, statusCode)}``; None if it is
    active.
    """

    active: bool
    changed: int
    reason: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the status as JSON, as in the result of READ."""
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
    """An alarm, which fires a trigger.

    ``max_firings``: the total number of firings (``maxTriggers``).
    ``firings_left``: the number of firings that are left.
    Both are None if the number of firings is not limited.
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
        """Return an active copy of the alarm with all its firings left. ``now`` is in epoch ms."""
        return replace(self, status=Status(True, now), firings_left=self.max_firings)

    def disabled(
        self, message: str, now: int, *, kind: str = AUTO, status_code: int | None = None
    ) -> Alarm:
        """Return a disabled copy of the alarm, or the alarm itself if it is already disabled."""
        if not self.status.active:
            return self
        reason: dict[str, Any] = {"kind": kind, "message": message}
        if status_code is not None:
            reason["statusCode"] = status_code
        return replace(self, status=Status(False, now, reason))

    def without_trigger(self, now: int) -> Alarm:
        """Return a copy of the alarm that is disabled because its trigger was deleted."""
        message = "Trigger automatically disabled: the trigger was deleted"
        # Activate the alarm first, because an alarm that is already disabled would keep its reason.
        return self.activated(now).disabled(message, now, status_code=_NO_TRIGGER)

    def to_json(self) -> dict[str, Any]:
        """Return the alarm as JSON, as in the result of READ."""
        config = {
            "name": self.trigger.name,
            "namespace": self.trigger.namespace,
            "payload": dict(self.payload),
            **self.schedule.config(),
        }
        return {"config": config, "status": self.status.to_json()}

    def stored_json(self) -> dict[str, Any]:
        """Return the JSON to store: the result of READ and internal fields."""
        # Store the second, because READ shows only ``strict``, from which the second cannot be
        # computed.
        second = self.schedule.second if isinstance(self.schedule, Cron) else None
        return {
            **self.to_json(),
            "second": second,
            "most": self.max_firings,
            "left": self.firings_left,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Alarm:
        """Create an alarm from the JSON that ``stored_json`` returns."""
        config, status = stored["config"], stored["status"]
        return cls(
            trigger=FullName(config["namespace"], None, config["name"]),
            payload=config["payload"],
            schedule=read_schedule(config, stored["second"]),
            status=Status(status["active"], status["dateChanged"], status.get("reason")),
            max_firings=stored["most"],
            firings_left=stored["left"],
        )

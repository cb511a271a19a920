"""An alarm: the trigger that it fires, with what, when, and whether it still does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from jupyter_faas.playground.alarms.schedules import Cron, Schedule, read_schedule
from jupyter_faas.whisk import FullName

# Why it was disabled, when it was not somebody's wish.
AUTO = "AUTO"
USER = "USER"

_NO_KEY, _NO_TRIGGER = 401, 404


@dataclass(frozen=True)
class Status:
    """``changed`` is epoch ms; ``reason`` is ``{kind, message(, statusCode)}`` or None."""

    active: bool
    changed: int
    reason: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As READ shows it."""
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
    """``most``: how often it may fire (``maxTriggers``), ``left`` how often it still may.

    Both are None for one that fires as often as it is due.
    """

    trigger: FullName
    payload: Mapping[str, Any] = field(repr=False)
    schedule: Schedule
    status: Status
    most: int | None = None
    left: int | None = None

    @property
    def orphaned(self) -> bool:
        """Whether it was disabled because its trigger or its namespace had gone."""
        reason = self.status.reason
        return reason is not None and reason.get("statusCode") in (_NO_KEY, _NO_TRIGGER)

    def activated(self, now: int) -> Alarm:
        return replace(self, status=Status(True, now), left=self.most)

    def disabled(
        self, message: str, now: int, *, kind: str = AUTO, status_code: int | None = None
    ) -> Alarm:
        """One that is disabled already keeps the reason it has."""
        if not self.status.active:
            return self
        reason: dict[str, Any] = {"kind": kind, "message": message}
        if status_code is not None:
            reason["statusCode"] = status_code
        return replace(self, status=Status(False, now, reason))

    def without_trigger(self, now: int) -> Alarm:
        """What becomes of it, active or not, when its trigger is deleted."""
        message = "Trigger automatically disabled: the trigger was deleted"
        return self.activated(now).disabled(message, now, status_code=_NO_TRIGGER)

    def to_json(self) -> dict[str, Any]:
        """What READ answers."""
        config = {
            "name": self.trigger.name,
            "namespace": self.trigger.namespace,
            "payload": dict(self.payload),
            **self.schedule.config(),
        }
        return {"config": config, "status": self.status.to_json()}

    def stored_json(self) -> dict[str, Any]:
        """That, and what nobody is shown."""
        second = self.schedule.second if isinstance(self.schedule, Cron) else None
        return {**self.to_json(), "second": second, "most": self.most, "left": self.left}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Alarm:
        """Read what ``stored_json`` gave."""
        config, status = stored["config"], stored["status"]
        return cls(
            trigger=FullName(config["namespace"], None, config["name"]),
            payload=config["payload"],
            schedule=read_schedule(config, stored["second"]),
            status=Status(status["active"], status["dateChanged"], status.get("reason")),
            most=stored["most"],
            left=stored["left"],
        )

"""TriggerState, RuleState and Firing: results of TriggerService; JSON as in triggers.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.triggers.schedules import Schedule

if TYPE_CHECKING:
    from jupyter_faas.whisk import Rule


@dataclass(frozen=True)
class RuleState:
    """A rule: its trigger runs ``action`` while it is active. ``orphaned``: the trigger is gone."""

    name: str
    trigger: str
    action: str
    active: bool
    orphaned: bool = False

    def to_json(self) -> dict[str, Any]:
        shown = {
            "name": self.name,
            "trigger": self.trigger,
            "action": self.action,
            "active": self.active,
        }
        return {**shown, "orphaned": True} if self.orphaned else shown


@dataclass(frozen=True)
class TriggerState:
    """A trigger. ``last_fired`` and ``updated`` are epoch ms; None without a record.

    ``feed`` is the full name of the action that fires it. ``schedule`` is None unless it was set
    with this product.
    """

    name: str
    schedule: Schedule | None
    feed: str | None
    rules: tuple[RuleState, ...]
    last_fired: int | None
    last_activation: str | None
    updated: int

    @property
    def when(self) -> str:
        """``every 5 minutes``, ``by /guest/my/feed``, or "" when only requests fire it."""
        if self.schedule is not None:
            return self.schedule.words
        return f"by {self.feed}" if self.feed else ""

    def to_json(self) -> dict[str, Any]:
        """An entry of triggers.json."""
        return {
            "name": self.name,
            "schedule": self.schedule and self.schedule.to_json(),
            "when": self.when,
            "feed": self.feed,
            "rules": [each.to_json() for each in self.rules],
            "last_fired": self.last_fired,
            "last_activation": self.last_activation,
            "updated": self.updated,
        }


@dataclass(frozen=True)
class FiredRule:
    """The outcome of one rule: the id of its activation, or an error."""

    rule: str
    action: str
    activation: str | None
    error: str

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "action": self.action,
            "activation": self.activation,
            "error": self.error,
        }


@dataclass(frozen=True)
class Fired:
    """A firing. ``activation`` is None without an active rule; ``paused`` are inactive rules."""

    trigger: str
    activation: str | None
    runs: tuple[FiredRule, ...] = ()
    paused: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether an active rule could not run its action."""
        return any(each.activation is None for each in self.runs)

    def to_json(self) -> dict[str, Any]:
        return {
            "trigger": self.trigger,
            "activation": self.activation,
            "runs": [each.to_json() for each in self.runs],
            "paused": list(self.paused),
        }


def left_behind(action: str, rules: Sequence[Rule]) -> str:
    """Return a warning about rules that still run a removed action, or an empty string."""
    if not rules:
        return ""
    named = ", ".join(f"{each.name} (trigger {each.trigger.name})" for each in rules)
    still = "The rule {} still names" if len(rules) == 1 else "The rules {} still name"
    return f"{still.format(named)} {action}: what fires then fails. Remove with: rule remove NAME"


def rule_json_lines(logs: Iterable[str], namespace: str) -> Iterator[FiredRule]:
    """Parse the rules in a trigger's logs (contract §2.3), without the inactive ones."""
    for line in logs:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if not isinstance(entry, Mapping):
            continue
        error, activation = str(entry.get("error") or ""), entry.get("activationId")
        if "is inactive" in error:
            continue
        yield FiredRule(
            _local(str(entry.get("rule")), namespace),
            _local(str(entry.get("action")), namespace),
            activation if isinstance(activation, str) else None,
            error,
        )


def _local(path: str, namespace: str) -> str:
    return path.removeprefix(f"{namespace}/")

"""The results of TriggerService: TriggerState, RuleState and Fired.

``tests/data/api/triggers.json`` has examples of TriggerState and RuleState as JSON.
"""

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
    """A rule, whose trigger runs ``action`` while the rule is active.

    ``orphaned`` is true if the trigger was deleted.
    """

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
    """A trigger with its rules. ``last_fired`` and ``updated`` are in epoch ms.

    ``last_fired`` and ``last_activation`` are None if no firing is recorded. ``feed`` is the full
    name of the action that fires the trigger, or None. ``schedule`` is None unless jupyter_faas set
    it.
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
        """When the trigger fires, such as ``every 5 minutes`` or ``by /guest/my/feed``.

        The text is empty for a trigger that fires only on request.
        """
        if self.schedule is not None:
            return self.schedule.words
        return f"by {self.feed}" if self.feed else ""

    def to_json(self) -> dict[str, Any]:
        """Return an entry of ``tests/data/api/triggers.json``."""
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
    """The outcome of one rule when its trigger fired.

    ``activation`` is None if the action could not run. ``error`` then says why.
    """

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
    """The result of firing a trigger.

    ``activation`` is None if no rule is active. In that case, ``paused`` has the names of the
    inactive rules.
    """

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
    if len(rules) == 1:
        return (
            f"The rule {named} still refers to {action} and fails when the trigger is fired. To "
            f"remove the rule: %faas rule remove {rules[0].name}"
        )
    return (
        f"The rules {named} still refer to {action} and fail when their triggers are fired. To "
        "remove a rule: %faas rule remove NAME"
    )


def rule_json_lines(logs: Iterable[str], namespace: str) -> Iterator[FiredRule]:
    """Yield the outcome of each active rule, from the logs of a trigger's activation record.

    OpenWhisk writes one line of JSON for each rule (openwhisk-contract.md §2.3). Other lines are
    ignored.
    """
    for line in logs:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if not isinstance(entry, Mapping):
            continue
        error, activation = str(entry.get("error") or ""), entry.get("activationId")
        # Only this text in the error message distinguishes an inactive rule from a failure.
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

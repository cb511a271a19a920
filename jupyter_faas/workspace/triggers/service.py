"""TriggerService: create, fire, list and remove triggers and rules of the target in use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import (
    ActionConflict,
    ActivationNotFound,
    TargetError,
    TargetRefused,
    TriggerNotFound,
)
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.triggers import ACTIVE
from jupyter_faas.workspace.triggers.results import (
    Fired,
    FiredRule,
    RuleState,
    TriggerState,
    rule_json_lines,
)
from jupyter_faas.workspace.triggers.schedules import SCHEDULE, Schedule, read_schedule

if TYPE_CHECKING:
    from jupyter_faas.client import Client, TriggersClient
    from jupyter_faas.whisk import Rule, Trigger
    from jupyter_faas.workspace.targets.connection import Connect

# Hosts may store the record of a firing after they responded.
_RECORD_PAUSES_S = (0.0, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class TriggerService:
    """Triggers and rules of the target in use. Only changes start a stopped playground."""

    connect: Connect
    pause: Callable[[float], None] = time.sleep

    def triggers(self, *, fired: bool = True) -> list[TriggerState]:
        """Return all triggers of the namespace, by name, with their rules.

        ``fired`` adds when each fired last, which takes one more request per trigger.
        """
        with self._open(start=False) as (client, events):
            found = (_or_none(events, each.name) for each in events.list_triggers())
            states = [_state(each, client, fired) for each in found if each is not None]
        return sorted(states, key=lambda each: each.name)

    def rules(self) -> list[RuleState]:
        """Return all rules of the namespace, by name; rules without a trigger are inactive."""
        with self._open(start=False) as (_, events):
            known = {
                path: link.status == ACTIVE
                for each in events.list_triggers()
                if (trigger := _or_none(events, each.name)) is not None
                for path, link in trigger.rules.items()
            }
            found = [
                RuleState(
                    rule.name,
                    rule.trigger.local,
                    shown_action(rule.action, rule.namespace),
                    known.get(rule.full_name.path, False),
                    orphaned=rule.full_name.path not in known,
                )
                for rule in events.list_rules()
            ]
        return sorted(found, key=lambda each: each.name)

    def rules_naming(self, action: str) -> list[Rule]:
        """Return the rules that run this action, also inactive ones; [] if the host fails."""
        with suppress(TargetError), self._open(start=False) as (_, events):
            found = events.list_rules()
            return [each for each in found if shown_action(each.action, each.namespace) == action]
        return []

    def create_trigger(
        self,
        name: str,
        *,
        schedule: Schedule | None = None,
        run: str | None = None,
        params: Mapping[str, Any] = MappingProxyType({}),
    ) -> TriggerState:
        """Create a trigger; ``run`` also creates the rule ``NAME-ACTION``.

        ``params`` are passed to the action. Raises ActionNotFound for the action, ActionConflict
        for a taken name, TargetRefused when the host rejects the alarm; nothing is left then.
        """
        with self._open() as (client, events):
            if run is not None:
                client.get_action(run)
            notes = {} if schedule is None else {SCHEDULE: schedule.to_json()}
            feed = None if schedule is None else schedule.feed()
            try:
                events.create_trigger(name, params, notes, feed)
            except ActionConflict as error:
                raise _taken("trigger", name, client, lambda: events.get_trigger(name)) from error
            except TargetRefused as error:
                if schedule is None or not schedule.finer_than_minutes:
                    raise
                raise TargetRefused(
                    error.message,
                    hint="The host may not fire more often than once a minute: --every 1m, or a "
                    "pattern of five fields.",
                ) from error
            if run is not None:
                try:
                    self._link(client, events, rule_name(name, run), name, run)
                except BaseException:
                    with suppress(TargetError):
                        _drop(events, events.get_trigger(name))
                    raise
            return _state(events.get_trigger(name), client, False)

    def fire(self, name: str, params: Mapping[str, Any] = MappingProxyType({})) -> Fired:
        """Fire a trigger; the runs are included if the host stores the record soon."""
        with self._open() as (client, events):
            activation_id = events.fire(name, params)
            if activation_id is None:
                rules = _state(events.get_trigger(name), client, False).rules
                return Fired(name, None, paused=tuple(each.name for each in rules))
            return Fired(name, activation_id, self._rule_outcomes(client, activation_id))

    def remove_trigger(self, name: str) -> tuple[tuple[str, ...], str]:
        """Remove a trigger, its alarm and its rules.

        Returns the names of the rules, and a warning or "". Raises TriggerNotFound.
        """
        with self._open() as (_, events):
            trigger = events.get_trigger(name)
            return _drop(events, trigger)

    def create_rule(self, name: str, trigger: str, action: str) -> RuleState:
        """Create an active rule. Raises TriggerNotFound, ActionNotFound, ActionConflict."""
        with self._open() as (client, events):
            events.get_trigger(trigger)
            client.get_action(action)
            self._link(client, events, name, trigger, action)
            return RuleState(name, trigger, action, True)

    def set_rule(self, name: str, active: bool) -> RuleState:
        """Activate or deactivate a rule; its trigger keeps firing.

        Raises RuleNotFound, and TriggerNotFound when its trigger was removed.
        """
        with self._open() as (_, events):
            rule, _active = events.get_rule(name)
            events.get_trigger(rule.trigger.name)
            events.set_rule(name, active)
            action = shown_action(rule.action, rule.namespace)
            return RuleState(name, rule.trigger.name, action, active)

    def remove_rule(self, name: str) -> None:
        """Remove a rule; its trigger stays. Raises RuleNotFound."""
        with self._open() as (_, events):
            events.delete_rule(name)

    def _link(
        self, client: Client, events: TriggersClient, name: str, trigger: str, action: str
    ) -> None:
        try:
            events.create_rule(name, trigger, action)
        except ActionConflict as error:
            raise _taken("rule", name, client, lambda: events.get_rule(name)) from error

    def _rule_outcomes(self, client: Client, activation_id: str) -> tuple[FiredRule, ...]:
        for wait_s in _RECORD_PAUSES_S:
            self.pause(wait_s)
            with suppress(ActivationNotFound):
                record = client.get_activation(activation_id)
                return tuple(rule_json_lines(record.logs, record.namespace))
        return ()

    @contextmanager
    def _open(self, *, start: bool = True) -> Iterator[tuple[Client, TriggersClient]]:
        from jupyter_faas.client import TriggersClient

        client = self.connect(start=start).client
        events = TriggersClient(client)
        try:
            yield client, events
        finally:
            events.close()


def rule_name(trigger: str, action: str) -> str:
    """Return the name of the rule that ``--run`` creates, such as ``every5-iris``."""
    return f"{trigger}-{FullName.parse(action).name}"


def shown_action(action: FullName, namespace: str) -> str:
    """Return ``iris`` or ``models/iris``, the full name for an action of another namespace."""
    return action.local if action.namespace in (namespace, "_") else f"/{action.path}"


def _or_none(events: TriggersClient, name: str) -> Trigger | None:
    """Return a trigger, or None when it was removed after it was listed."""
    try:
        return events.get_trigger(name)
    except TriggerNotFound:
        return None


def _state(trigger: Trigger, client: Client, fired: bool) -> TriggerState:
    from jupyter_faas.client import feed_of

    namespace = trigger.namespace
    notes = {each.key: each.value for each in trigger.annotations}
    feed = feed_of(trigger)
    latest = client.list_activations(1, name=trigger.name) if fired else []
    return TriggerState(
        name=trigger.name,
        # Our annotation is outdated when the trigger no longer has a feed.
        schedule=read_schedule(notes.get(SCHEDULE)) if feed else None,
        feed=feed,
        rules=tuple(
            RuleState(
                path.rpartition("/")[2],
                trigger.name,
                shown_action(link.action, namespace),
                link.status == ACTIVE,
            )
            for path, link in sorted(trigger.rules.items())
        ),
        last_fired=latest[0].start if latest else None,
        last_activation=latest[0].activation_id if latest else None,
        updated=trigger.updated,
    )


def _drop(events: TriggersClient, trigger: Trigger) -> tuple[tuple[str, ...], str]:
    removed = []
    for path in sorted(trigger.rules):
        name = path.rpartition("/")[2]
        with suppress(TargetError):
            events.delete_rule(name)
            removed.append(name)
    warning = ""
    try:
        events.cancel_feed(trigger)
    except TargetError as error:
        # Remove the trigger anyway: an alarm without a trigger stops by itself.
        warning = f"Its feed did not cancel it: {error.message}"
    events.drop_trigger(trigger.name)
    return tuple(removed), warning


def _taken(what: str, name: str, client: Client, find: Callable[[], object]) -> ActionConflict:
    """Return the error for a taken name; ``find`` fails if another kind of entity has it."""
    label = client.target.label
    try:
        find()
    except TargetError:
        return ActionConflict(
            f"Something else on {label} is called {name!r}.",
            hint="Functions, packages, triggers and rules share their names. Choose another one.",
        )
    return ActionConflict(
        f"There is a {what} {name!r} on {label} already.",
        hint=f"Choose another name, or remove it first: %faas {what} remove {name}",
    )

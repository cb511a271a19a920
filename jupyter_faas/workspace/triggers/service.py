"""Triggers and rules: functions and compositions that run on a schedule or an event."""

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

# A host may store a record after it has answered.
_RECORD_PAUSES_S = (0.0, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class TriggerService:
    """Those of the target in use. Reading starts no playground; what a person asks for does."""

    connect: Connect
    pause: Callable[[float], None] = time.sleep

    def triggers(self, *, fired: bool = True) -> list[TriggerState]:
        """All of the namespace, by name, with their rules and when they fired last.

        That takes a request for each; without ``fired`` it is not asked.
        """
        with self._open(start=False) as (client, events):
            found = (_or_none(events, each.name) for each in events.list_triggers())
            states = [_state(each, client, fired) for each in found if each is not None]
        return sorted(states, key=lambda each: each.name)

    def rules(self) -> list[RuleState]:
        """All of the namespace, by name; those whose trigger is gone are not active."""
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
        """Those that run this action, paused ones too; none where the host does not tell."""
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
        """Make a trigger; ``run`` also makes the rule ``NAME-ACTION``.

        ``params`` go to whatever it runs. Raises ActionNotFound for what is to run, ActionConflict
        when a name is taken, TargetRefused when the host sets no such alarm. Then nothing is left.
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
        """Fire it now; what ran is told where the host has its record already."""
        with self._open() as (client, events):
            activation_id = events.fire(name, params)
            if activation_id is None:
                rules = _state(events.get_trigger(name), client, False).rules
                return Fired(name, None, paused=tuple(each.name for each in rules))
            return Fired(name, activation_id, self._what_ran(client, activation_id))

    def remove_trigger(self, name: str) -> tuple[tuple[str, ...], str]:
        """Remove it, its alarm and its rules: their names, and what did not work or an empty text.

        ``TriggerNotFound``.
        """
        with self._open() as (_, events):
            trigger = events.get_trigger(name)
            return _drop(events, trigger)

    def create_rule(self, name: str, trigger: str, action: str) -> RuleState:
        """An active one. ``TriggerNotFound``, ActionNotFound, ActionConflict (name taken)."""
        with self._open() as (client, events):
            events.get_trigger(trigger)
            client.get_action(action)
            self._link(client, events, name, trigger, action)
            return RuleState(name, trigger, action, True)

    def set_rule(self, name: str, active: bool) -> RuleState:
        """Let it run its action, or no more. ``RuleNotFound``; TriggerNotFound when that is gone.

        Its trigger goes on firing.
        """
        with self._open() as (_, events):
            rule, _active = events.get_rule(name)
            events.get_trigger(rule.trigger.name)
            events.set_rule(name, active)
            action = shown_action(rule.action, rule.namespace)
            return RuleState(name, rule.trigger.name, action, active)

    def remove_rule(self, name: str) -> None:
        """``RuleNotFound``. Its trigger stays."""
        with self._open() as (_, events):
            events.delete_rule(name)

    def _link(
        self, client: Client, events: TriggersClient, name: str, trigger: str, action: str
    ) -> None:
        try:
            events.create_rule(name, trigger, action)
        except ActionConflict as error:
            raise _taken("rule", name, client, lambda: events.get_rule(name)) from error

    def _what_ran(self, client: Client, activation_id: str) -> tuple[FiredRule, ...]:
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
    """``every5-iris``: what ``--run`` calls the rule."""
    return f"{trigger}-{FullName.parse(action).name}"


def shown_action(action: FullName, namespace: str) -> str:
    """``iris`` or ``models/iris``; ``/whisk.system/utils/echo`` of another namespace."""
    return action.local if action.namespace in (namespace, "_") else f"/{action.path}"


def _or_none(events: TriggersClient, name: str) -> Trigger | None:
    """None when somebody removed it since it was listed."""
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
        # What is written there counts only while there is a feed that was told it.
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
    gone = []
    for path in sorted(trigger.rules):
        name = path.rpartition("/")[2]
        with suppress(TargetError):
            events.delete_rule(name)
            gone.append(name)
    trouble = ""
    try:
        events.cancel_feed(trigger)
    except TargetError as error:
        # The trigger is to go all the same: an alarm without one ends by itself.
        trouble = f"Its feed did not cancel it: {error.message}"
    events.drop_trigger(trigger.name)
    return tuple(gone), trouble


def _taken(what: str, name: str, client: Client, find: Callable[[], object]) -> ActionConflict:
    """The error for a name that is taken; ``find`` tells whether by another of its kind."""
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

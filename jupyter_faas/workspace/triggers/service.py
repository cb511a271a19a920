"""TriggerService: create, fire, list and remove triggers and rules on the target in use."""

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

# Pauses before requests for the record of a firing. Hosts may store it after they have responded.
_RECORD_PAUSES_S = (0.0, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class TriggerService:
    """Manages triggers and rules on the target in use.

    Only methods that change something start a stopped playground.
    """

    connect: Connect
    pause: Callable[[float], None] = time.sleep

    def triggers(self, *, fired: bool = True) -> list[TriggerState]:
        """Return all triggers of the namespace with their rules, sorted by name.

        ``fired`` adds when each trigger last fired, which takes one more request per trigger.
        """
        with self._open(start=False) as (client, events):
            found = (_or_none(events, each.name) for each in events.list_triggers())
            states = [_state(each, client, fired) for each in found if each is not None]
        return sorted(states, key=lambda each: each.name)

    def rules(self) -> list[RuleState]:
        """Return all rules of the namespace, sorted by name.

        Rules whose trigger was deleted are inactive and ``orphaned``.
        """
        with self._open(start=False) as (_, events):
            # Lists of rules do not show whether they are active. Only their triggers do.
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
        """Return the rules that run ``action``, including inactive ones; [] if a request fails.

        They are only needed for a warning, which must not make the removal of an action fail.
        """
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
        """Create a trigger. ``run`` is the name of an action for which a rule is created as well.

        The rule is called ``NAME-ACTION``. ``params`` are passed to the action. Raises
        ActionNotFound for the action, ActionConflict for a name that exists, and TargetRefused when
        the host rejects the schedule. After an error nothing stays on the target.
        """
        with self._open() as (client, events):
            if run is not None:
                # Called for its ActionNotFound, before anything is created.
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
                # Also for KeyboardInterrupt: a trigger without its rule must not stay.
                except BaseException:
                    with suppress(TargetError):
                        _drop(events, events.get_trigger(name))
                    raise
            # Read again, since the response to the creation has neither the rule nor the feed.
            return _state(events.get_trigger(name), client, False)

    def fire(self, name: str, params: Mapping[str, Any] = MappingProxyType({})) -> Fired:
        """Fire a trigger. The result has the runs if the host stores its record within 2 s."""
        with self._open() as (client, events):
            activation_id = events.fire(name, params)
            # The host responds without an id when no rule is active, and runs nothing.
            if activation_id is None:
                rules = _state(events.get_trigger(name), client, False).rules
                return Fired(name, None, paused=tuple(each.name for each in rules))
            return Fired(name, activation_id, self._rule_outcomes(client, activation_id))

    def remove_trigger(self, name: str) -> tuple[tuple[str, ...], str]:
        """Remove a trigger, its schedule and its rules.

        Returns the names of the removed rules, and a warning or "". Raises TriggerNotFound.
        """
        with self._open() as (_, events):
            trigger = events.get_trigger(name)
            return _drop(events, trigger)

    def create_rule(self, name: str, trigger: str, action: str) -> RuleState:
        """Create an active rule. Raises TriggerNotFound, ActionNotFound and ActionConflict."""
        with self._open() as (client, events):
            events.get_trigger(trigger)
            client.get_action(action)
            self._link(client, events, name, trigger, action)
            return RuleState(name, trigger, action, True)

    def set_rule(self, name: str, active: bool) -> RuleState:
        """Activate or deactivate a rule. This does not change its trigger.

        Raises RuleNotFound, and TriggerNotFound when its trigger was deleted.
        """
        with self._open() as (_, events):
            rule, _active = events.get_rule(name)
            # Called for its TriggerNotFound. The host's own error does not name the trigger.
            events.get_trigger(rule.trigger.name)
            events.set_rule(name, active)
            action = shown_action(rule.action, rule.namespace)
            return RuleState(name, rule.trigger.name, action, active)

    def remove_rule(self, name: str) -> None:
        """Remove a rule but not its trigger. Raises RuleNotFound."""
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
    """Return the name of the rule that ``create_trigger`` creates, such as ``every5-iris``."""
    return f"{trigger}-{FullName.parse(action).name}"


def shown_action(action: FullName, namespace: str) -> str:
    """Return ``iris`` or ``models/iris``, or the full name of an action in another namespace."""
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
        # If another tool removed the feed, our annotation is outdated.
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
    # The rules come first: a trigger without rules runs nothing, even if a later step fails.
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
        # The trigger is removed anyway: the host ends a schedule whose trigger does not exist.
        warning = f"Its feed did not cancel it: {error.message}"
    events.drop_trigger(trigger.name)
    return tuple(removed), warning


def _taken(what: str, name: str, client: Client, find: Callable[[], object]) -> ActionConflict:
    """Return the error for a name that exists already.

    ``find`` looks it up. It raises if another kind of entity has the name.
    """
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

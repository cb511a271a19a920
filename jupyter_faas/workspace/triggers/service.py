"""TriggerService, which creates, fires, lists and removes triggers and rules."""

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
from jupyter_faas.whisk.profiles import profile_of
from jupyter_faas.whisk.triggers import ACTIVE
from jupyter_faas.workspace.triggers.cron_annotation import (
    drop_cron,
    scheduled,
    set_cron,
)
from jupyter_faas.workspace.triggers.host_triggers import (
    create_host_trigger,
    drop_host_trigger,
    host_triggers,
)
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
    from jupyter_faas.whisk import Action, Rule, Trigger
    from jupyter_faas.whisk.profiles.profile import Scheduling
    from jupyter_faas.workspace.targets.connection import Connect

# These pauses precede requests for the record of a firing, which hosts may store after their
# response.
_RECORD_PAUSES_S = (0.0, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class TriggerService:
    """A service that manages triggers and rules on the current target.

    Methods that only read do not start a stopped playground. ``updated`` is called with an action
    whose annotations this service has changed.
    """

    connect: Connect
    pause: Callable[[float], None] = time.sleep
    updated: Callable[[Action, Action], None] = lambda *_: None

    def triggers(self, *, fired: bool = True) -> list[TriggerState]:
        """Return all triggers of the namespace with their rules, sorted by name.

        With ``fired``, each trigger has the time of its last firing, which takes one more request
        per trigger.
        """
        with self._open(start=False) as (client, events):
            found = (_or_none(events, each.name) for each in events.list_triggers())
            states = [_state(each, client, fired) for each in found if each is not None]
            if _scheduling(client) == "cron-annotation":
                states += scheduled(client)
            elif _scheduling(client) == "trigger-api":
                states += host_triggers(client)
        return sorted(states, key=lambda each: each.name)

    def rules(self) -> list[RuleState]:
        """Return all rules of the namespace, sorted by name.

        A rule whose trigger was deleted is inactive and ``orphaned``.
        """
        with self._open(start=False) as (_, events):
            # The list of rules does not show which rules are active. Only their triggers do.
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
        """Return the rules that run ``action``, including inactive rules, or [] if a request fails.

        The rules are needed only for a warning, so an error must not prevent the removal of an
        action.
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
        """Create a trigger, and a rule if ``run`` names an action.

        The rule is called ``NAME-ACTION``. ``params`` are passed to the action. Raises
        ActionNotFound if the action is missing, ActionConflict if a name is already used, and
        TargetRefused if the host rejects the schedule. After an error, a trigger that was already
        created is removed.
        """
        with self._open() as (client, events):
            scheduling = _scheduling(client)
            if schedule is not None and scheduling == "cron-annotation":
                state, before, action = set_cron(client, name, schedule, run, params)
                self.updated(before, action)
                return state
            if schedule is not None and scheduling == "trigger-api":
                return create_host_trigger(client, name, schedule, run, params)
            if run is not None:
                # This call raises ActionNotFound before the trigger is created.
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
                    hint="The host may be unable to fire triggers more often than once a minute. "
                    "Use --every 1m, or a pattern of five fields.",
                ) from error
            if run is not None:
                try:
                    self._link(client, events, rule_name(name, run), name, run)
                # This includes KeyboardInterrupt, because a trigger must not remain without its
                # rule.
                except BaseException:
                    with suppress(TargetError):
                        _drop(events, events.get_trigger(name))
                    raise
            # Read the trigger again, because the first response contains neither the rule nor the
            # feed.
            return _state(events.get_trigger(name), client, False)

    def fire(self, name: str, params: Mapping[str, Any] = MappingProxyType({})) -> Fired:
        """Fire a trigger.

        The result includes the outcome of each rule if the host stores the record within about 2 s.
        """
        with self._open() as (client, events):
            activation_id = events.fire(name, params)
            # If no rule is active, the host responds without an id and does not run anything.
            if activation_id is None:
                rules = _state(events.get_trigger(name), client, False).rules
                return Fired(name, None, paused=tuple(each.name for each in rules))
            return Fired(name, activation_id, self._rule_outcomes(client, activation_id))

    def remove_trigger(self, name: str) -> tuple[tuple[str, ...], str]:
        """Remove a trigger, its schedule and its rules.

        Returns the names of the removed rules, and a warning or an empty string. Raises
        TriggerNotFound.
        """
        with self._open() as (client, events):
            try:
                trigger = events.get_trigger(name)
            except TriggerNotFound:
                scheduling = _scheduling(client)
                if scheduling == "trigger-api" and drop_host_trigger(client, name):
                    return (), ""
                is_cron = scheduling == "cron-annotation"
                dropped = drop_cron(client, name) if is_cron else None
                if dropped is None:
                    raise
                self.updated(*dropped)
                return (), ""
            return _drop(events, trigger)

    def create_rule(self, name: str, trigger: str, action: str) -> RuleState:
        """Create an active rule. Raises TriggerNotFound, ActionNotFound and ActionConflict."""
        with self._open() as (client, events):
            events.get_trigger(trigger)
            client.get_action(action)
            self._link(client, events, name, trigger, action)
            return RuleState(name, trigger, action, True)

    def set_rule(self, name: str, active: bool) -> RuleState:
        """Activate or deactivate a rule, without changing its trigger.

        Raises RuleNotFound, and TriggerNotFound if the rule's trigger was deleted.
        """
        with self._open() as (_, events):
            rule, _active = events.get_rule(name)
            # This call raises TriggerNotFound. The host's own error would not name the trigger.
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


def _scheduling(client: Client) -> Scheduling:
    return profile_of(client.target.profile).scheduling


def rule_name(trigger: str, action: str) -> str:
    """Return the name of the rule that ``create_trigger`` creates, such as ``every5-iris``."""
    return f"{trigger}-{FullName.parse(action).name}"


def shown_action(action: FullName, namespace: str) -> str:
    """Return the name of an action for display, such as ``iris`` or ``models/iris``.

    For an action in another namespace this is the full name.
    """
    return action.local if action.namespace in (namespace, "_") else f"/{action.path}"


def _or_none(events: TriggersClient, name: str) -> Trigger | None:
    """Return a trigger, or None if it was removed after it was listed."""
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
        # If the trigger has no feed, another tool has removed it, and our annotation is outdated.
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
    # The rules are removed first, so that the trigger no longer runs actions if a later step fails.
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
        # The trigger is removed anyway, because the host ends a schedule without a trigger.
        warning = f"The feed did not cancel the trigger: {error.message}"
    events.drop_trigger(trigger.name)
    return tuple(removed), warning


def _taken(what: str, name: str, client: Client, find: Callable[[], object]) -> ActionConflict:
    """Return the error for a name that already exists.

    ``find`` looks up the entity of this kind, and raises TargetError if another kind of entity has
    the name.
    """
    label = client.target.label
    try:
        find()
    except TargetError:
        return ActionConflict(
            f"Another entity on {label} is named {name!r}.",
            hint="Functions, packages, triggers and rules share one set of names, so each name "
            f"can be used only once. Choose another name, such as {name}-2.",
        )
    return ActionConflict(
        f"A {what} {name!r} already exists on {label}.",
        hint=f"Choose another name, such as {name}-2, or remove it first: %faas {what} remove "
        f"{name}",
    )

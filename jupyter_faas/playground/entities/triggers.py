"""The collection of triggers and rules, and how a PUT changes them (contract §2.3, §2.4).

Entities are read from memory. A change is committed to the database before the response is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar

import orjson

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError, NameNotAllowed
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import (
    FIRST_VERSION,
    NOT_FOUND,
    Actions,
    check_size,
    next_version,
    read_body,
    read_publish,
    read_version,
)
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.errors import OTHER_COLLECTION, Malformed, NotEntitled
from jupyter_faas.playground.storage.entities import TriggerStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_rows
from jupyter_faas.whisk import (
    FullName,
    KeyValues,
    PackageName,
    Rule,
    RuleLink,
    SystemLimits,
    Trigger,
    check_name,
    key_values,
    read_reference,
)
from jupyter_faas.whisk.triggers import ACTIVE, INACTIVE

NO_FEED = "Feed name is not valid"
INCOMPLETE = "rule requires a valid trigger and a valid action"


class TriggerChange(NamedTuple):
    """The body of a PUT of a trigger. A field that is None does not change the trigger."""

    parameters: KeyValues | None = None
    annotations: KeyValues | None = None
    version: str | None = None
    publish: bool | None = None


class RuleChange(NamedTuple):
    """The body of a PUT of a rule. A field that is None does not change the rule."""

    trigger: FullName | None = None
    action: FullName | None = None
    annotations: KeyValues | None = None
    version: str | None = None
    publish: bool | None = None


def read_trigger_change(body: object, bounds: SystemLimits) -> TriggerChange:
    """Parse the body of a PUT of a trigger and ignore unknown fields.

    Raises Malformed for an invalid body, TooLarge for parameters or annotations beyond ``bounds``,
    and InputError for an invalid feed name.
    """
    fields = read_body(body)
    parameters, annotations = fields.get("parameters"), fields.get("annotations")
    try:
        change = TriggerChange(
            parameters=None if parameters is None else key_values(parameters),
            annotations=None if annotations is None else key_values(annotations),
            version=read_version(fields.get("version")),
            publish=read_publish(fields.get("publish")),
        )
    except InputError as error:
        raise Malformed(error.message) from error
    check_size("parameters", change.parameters or (), bounds.max_parameter_bytes)
    check_size("annotations", change.annotations or (), bounds.max_annotation_bytes)
    for each in change.annotations or ():
        if each.key == "feed":
            _check_feed(each.value)
    return change


def apply_trigger_change(
    change: TriggerChange, old: Trigger | None, name: FullName, now: int
) -> Trigger:
    """Return the trigger after the change; ``old`` is None for a new trigger.

    Unlike with actions, new annotations replace the old annotations and are not merged with them.
    """
    if old is None:
        old = Trigger(name.namespace, name.name, "", False, (), (), now)
        version = change.version or FIRST_VERSION
    else:
        version = change.version or next_version(old.version)
    return replace(
        old,
        version=version,
        publish=old.publish if change.publish is None else change.publish,
        parameters=old.parameters if change.parameters is None else change.parameters,
        annotations=old.annotations if change.annotations is None else change.annotations,
        updated=now,
    )


def read_rule_change(body: object, own_namespace: str, bounds: SystemLimits) -> RuleChange:
    """Parse the body of a PUT of a rule and ignore unknown fields.

    ``own_namespace`` replaces ``_`` in names. Raises Malformed for an invalid body, and TooLarge
    for annotations beyond ``bounds``.
    """
    fields = read_body(body)
    trigger, action = fields.get("trigger"), fields.get("action")
    annotations = fields.get("annotations")
    try:
        change = RuleChange(
            trigger=None if trigger is None else read_reference(trigger, own_namespace),
            action=None if action is None else read_reference(action, own_namespace),
            annotations=None if annotations is None else key_values(annotations),
            version=read_version(fields.get("version")),
            publish=read_publish(fields.get("publish")),
        )
    except InputError as error:
        raise Malformed(error.message) from error
    check_size("annotations", change.annotations or (), bounds.max_annotation_bytes)
    return change


def apply_rule_change(change: RuleChange, old: Rule | None, name: FullName, now: int) -> Rule:
    """Return the rule after the change; ``old`` is None for a new rule.

    Raises InputError if the rule would not have a trigger or an action.
    """
    trigger = change.trigger or (old.trigger if old else None)
    action = change.action or (old.action if old else None)
    if trigger is None or action is None:
        raise InputError(INCOMPLETE)
    annotations = change.annotations
    if annotations is None:
        annotations = old.annotations if old else ()
    return Rule(
        namespace=name.namespace,
        name=name.name,
        version=change.version or (next_version(old.version) if old else FIRST_VERSION),
        publish=change.publish if change.publish is not None else bool(old and old.publish),
        trigger=trigger,
        action=action,
        annotations=annotations,
        updated=now,
    )


def read_status(body: object) -> str:
    """Return the status in the body of a POST to a rule: ``active`` or ``inactive``.

    Raises Malformed for any other body.
    """
    if not isinstance(body, Mapping):
        raise Malformed(_described(body))
    if "status" not in body:
        raise Malformed("key not found: status")
    status = body["status"]
    if not isinstance(status, str):
        raise Malformed(_described(status))
    if not status:
        raise Malformed("requirement failed: argument undefined")
    if status not in (ACTIVE, INACTIVE):
        raise Malformed(f"requirement failed: {status} is not a recognized rule state")
    return str(status)


def _described(value: object) -> str:
    """Describe a JSON value as OpenWhisk's JSON library does in its messages."""
    names = {bool: "JsBoolean", int: "JsNumber", float: "JsNumber", str: "JsString"}
    names |= {list: "JsArray", dict: "JsObject", type(None): "JsNull$"}
    name = names.get(type(value), "JsNumber")
    return f"{orjson.dumps(value).decode()} (of class spray.json.{name})"


def _check_feed(value: object) -> None:
    """Raise InputError for an invalid feed name. Empty segments are ignored, as in OpenWhisk."""
    segments = [each for each in value.split("/") if each] if isinstance(value, str) else []
    try:
        for segment in segments:
            check_name(segment)
    except NameNotAllowed:
        # OpenWhisk uses the same message for every kind of invalid feed name.
        segments = []
    if not segments:
        raise InputError(NO_FEED)


_Entity = TypeVar("_Entity", Trigger, Rule)

EXISTS = "resource already exists"
NO_TRIGGER = "Only rules with existing triggers can be activated"


class Triggers:
    """The collection of all triggers and rules.

    Methods that change an entity return once the change is synced to disk and survives a power cut.
    The status of a rule is part of its trigger, so it is deleted with the trigger.
    """

    def __init__(
        self,
        store: TriggerStore,
        threads: DatabaseThreads,
        *,
        actions: Actions,
        packages: Packages,
        access: Access,
        now_ms: Callable[[], int],
    ) -> None:
        """Read all triggers and rules from the database. Blocking."""
        self._store = store
        self._threads = threads
        self._actions = actions
        self._packages = packages
        self._access = access
        self._now_ms = now_ms
        # One lock protects all changes, because a rule changes together with up to two triggers.
        self._changing = asyncio.Lock()
        self._on_deleted: Callable[[FullName], Awaitable[None]] | None = None
        self._triggers = {
            each.full_name: each
            for each in read_rows(store.triggers(), Trigger.from_json, "trigger")
        }
        self._rules = {
            each.full_name: each for each in read_rows(store.rules(), Rule.from_json, "rule")
        }
        access.share_names(self.has)

    def has(self, name: FullName) -> bool:
        """Return whether a trigger or a rule has the name."""
        return name in self._triggers or name in self._rules

    # -- Triggers

    def get(self, name: FullName) -> Trigger:
        """Return a trigger.

        Raises ActionNotFound, or ActionConflict if an entity of another kind has the name.
        """
        return self._found(self._triggers, name)

    def list_triggers(self, namespace: str) -> list[Trigger]:
        """Return the triggers of a namespace, the latest update first."""
        return _newest_first(self._triggers, namespace)

    async def put(self, name: FullName, change: TriggerChange, *, overwrite: bool) -> Trigger:
        """Create or update a trigger.

        Raises ActionConflict if the trigger exists and ``overwrite`` is false, or if an entity of
        another kind has the name.
        """
        # Also hold the lock of the name, because a package with the same name may be created at the
        # same time.
        async with self._packages.lock(_lock_of(name)), self._changing:
            old = self._before(self._triggers, name, overwrite)
            trigger = apply_trigger_change(change, old, name, self._now_ms())
            await self._commit({name: trigger}, {})
            return trigger

    async def delete(self, name: FullName) -> Trigger:
        """Delete a trigger and return it; its rules are kept. Raises what ``get`` raises."""
        async with self._changing:
            trigger = self.get(name)
            await self._commit({name: None}, {})
        if self._on_deleted is not None:
            await self._on_deleted(name)
        return trigger

    def on_deleted(self, callback: Callable[[FullName], Awaitable[None]]) -> None:
        """Set the callback that is called with the name of each deleted trigger."""
        self._on_deleted = callback

    # -- Rules

    def get_rule(self, name: FullName) -> tuple[Rule, str]:
        """Return a rule and its status.

        Raises ActionNotFound, or ActionConflict if an entity of another kind has the name.
        """
        rule = self._found(self._rules, name)
        return rule, self._status(rule)

    def list_rules(self, namespace: str) -> list[Rule]:
        """Return the rules of a namespace, the latest update first."""
        return _newest_first(self._rules, namespace)

    async def put_rule(
        self, name: FullName, change: RuleChange, *, overwrite: bool
    ) -> tuple[Rule, str]:
        """Create or update a rule; return the rule and its status.

        A new rule is active; an update does not change the status. Raises ActionConflict as ``put``
        does, InputError if the trigger or the action does not exist, and NotEntitled if the caller
        does not have access to them.
        """
        async with self._packages.lock(_lock_of(name)), self._changing:
            old = self._before(self._rules, name, overwrite)
            rule = apply_rule_change(change, old, name, self._now_ms())
            if name.namespace not in (rule.action.namespace, rule.trigger.namespace):
                raise NotEntitled(f"{rule.action.path}, {rule.trigger.path}")
            # Check the trigger first, because OpenWhisk reports it if both are missing.
            trigger = self._trigger_for(rule)
            self._check_action(rule)
            status = ACTIVE if old is None else self._status(old)
            triggers = {rule.trigger: trigger.linked(name, RuleLink(rule.action, status))}
            # If the rule now has another trigger, the old trigger must no longer run it.
            if old is not None and old.trigger != rule.trigger and old.trigger in self._triggers:
                triggers[old.trigger] = self._triggers[old.trigger].unlinked(name)
            await self._commit(triggers, {name: rule})
            return rule, status

    async def set_status(self, name: FullName, status: str) -> None:
        """Activate or deactivate a rule.

        Raises ActionNotFound if the rule or its trigger does not exist, and ActionConflict if an
        entity of another kind has the name.
        """
        async with self._changing:
            rule = self._found(self._rules, name)
            # Setting the same status again changes nothing, not even the rule's position among the
            # trigger's rules.
            if self._status(rule) == status:
                return
            trigger = self._triggers.get(rule.trigger)
            if trigger is None:
                raise ActionNotFound(NO_TRIGGER)
            # Remove the rule first and add it at the end, because a trigger lists and runs its
            # rules in the order of their last change of status.
            link = RuleLink(rule.action, status)
            await self._commit({rule.trigger: trigger.unlinked(name).linked(name, link)}, {})

    async def delete_rule(self, name: FullName) -> Rule:
        """Delete a rule and return it. Raises what ``get_rule`` raises."""
        async with self._changing:
            rule = self._found(self._rules, name)
            trigger = self._triggers.get(rule.trigger)
            unlinked = {rule.trigger: trigger.unlinked(name)} if trigger else {}
            await self._commit(unlinked, {name: None})
            return rule

    # -- Helpers

    def _status(self, rule: Rule) -> str:
        trigger = self._triggers.get(rule.trigger)
        return trigger.status_of(rule.full_name) if trigger else INACTIVE

    def _trigger_for(self, rule: Rule) -> Trigger:
        if rule.trigger.namespace != rule.namespace:
            raise NotEntitled(rule.trigger.path)
        trigger = self._triggers.get(rule.trigger)
        if trigger is None:
            self._check_type(rule.trigger, "WhiskTrigger")
            raise InputError(f"trigger /{rule.trigger.path} does not exist")
        return trigger

    def _check_action(self, rule: Rule) -> None:
        try:
            self._access.action(rule.namespace, rule.action)
        except (ActionNotFound, ActionConflict):
            if self._access.lacks_package(rule.action):
                raise ActionNotFound(NOT_FOUND) from None
            self._check_type(rule.action, "WhiskActionMetaData")
            # The status must be 400 and not 404 or 409, because the requested rule itself is not
            # missing.
            raise InputError(f"action /{rule.action.path} does not exist") from None

    def _check_type(self, name: FullName, expected: str) -> None:
        """Raise InputError, with OpenWhisk's message, if the name is that of another entity."""
        types = {
            "WhiskAction": self._actions.has(name),
            "WhiskPackage": name.package is None and self._packages.find(_lock_of(name)),
            "WhiskRule": name in self._rules,
            "WhiskTrigger": name in self._triggers,
        }
        found = next((each for each, is_it in types.items() if is_it), None)
        if found is not None:
            entity = "org.apache.openwhisk.core.entity"
            raise InputError(
                f"document type class {entity}.{found} did not match expected type class "
                f"{entity}.{expected}."
            )

    def _found(self, entities: Mapping[FullName, _Entity], name: FullName) -> _Entity:
        try:
            return entities[name]
        except KeyError:
            if self._is_other(entities, name):
                raise ActionConflict(OTHER_COLLECTION) from None
            raise ActionNotFound(NOT_FOUND) from None

    def _before(
        self, entities: Mapping[FullName, _Entity], name: FullName, overwrite: bool
    ) -> _Entity | None:
        old = entities.get(name)
        if old is None and self._is_other(entities, name):
            raise ActionConflict(OTHER_COLLECTION)
        if old is not None and not overwrite:
            raise ActionConflict(EXISTS)
        return old

    def _is_other(self, entities: Mapping[FullName, _Entity], name: FullName) -> bool:
        """Return whether an entity of another kind has the name."""
        return (
            any(name in each for each in (self._triggers, self._rules) if each is not entities)
            or self._actions.has(name)
            or self._packages.find(_lock_of(name)) is not None
        )

    async def _commit(
        self,
        triggers: Mapping[FullName, Trigger | None],
        rules: Mapping[FullName, Rule | None],
    ) -> None:
        await self._threads.write(
            self._store.commit,
            {
                name: orjson.dumps(each.to_json()) if each else None
                for name, each in triggers.items()
            },
            {
                name: orjson.dumps(each.summary_json()) if each else None
                for name, each in rules.items()
            },
        )
        # Update memory only after the commit, so that both stay the same if the commit fails.
        _update(self._triggers, triggers)
        _update(self._rules, rules)


def _update(entities: dict[FullName, _Entity], changed: Mapping[FullName, _Entity | None]) -> None:
    """Apply changes to a dict in the order of writing; None as a value deletes the entity."""
    for name, entity in changed.items():
        entities.pop(name, None)
        if entity is not None:
            entities[name] = entity


def _newest_first(entities: Mapping[FullName, _Entity], namespace: str) -> list[_Entity]:
    """Return the entities of a namespace, the latest update first.

    Of two updates in the same millisecond, the one written later comes first. For this reason, the
    result of the stable sort is reversed.
    """
    found = [each for each in entities.values() if each.namespace == namespace]
    return sorted(found, key=lambda each: each.updated)[::-1]


def _lock_of(name: FullName) -> PackageName:
    """Return the name of an entity's lock, which all kinds of entities with this name share."""
    return PackageName(name.namespace, name.name)

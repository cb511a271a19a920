"""The triggers and their rules: read from memory, committed before they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import orjson

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError
from jupyter_faas.playground.access import Access
from jupyter_faas.playground.actions import NOT_FOUND, Actions
from jupyter_faas.playground.jsontext import read_written
from jupyter_faas.playground.packages import Packages
from jupyter_faas.playground.refusals import OTHER_COLLECTION, NotEntitled
from jupyter_faas.playground.threads import StoreThreads
from jupyter_faas.playground.triggerchanges import (
    RuleChange,
    TriggerChange,
    apply_rule_change,
    apply_trigger_change,
)
from jupyter_faas.playground.triggerstore import TriggerStore
from jupyter_faas.whisk import FullName, PackageName, Rule, RuleLink, Trigger
from jupyter_faas.whisk.triggers import ACTIVE, INACTIVE

_Entity = TypeVar("_Entity", Trigger, Rule)

EXISTS = "resource already exists"
NO_TRIGGER = "Only rules with existing triggers can be activated"


class Triggers:
    """PUT, POST and DELETE return when the commit is synced to disk: they survive a power cut.

    The status of a rule is kept with its trigger, and is gone with it.
    """

    def __init__(
        self,
        store: TriggerStore,
        threads: StoreThreads,
        *,
        actions: Actions,
        packages: Packages,
        access: Access,
        now_ms: Callable[[], int],
    ) -> None:
        """Blocking: reads all triggers and rules."""
        self._store = store
        self._threads = threads
        self._actions = actions
        self._packages = packages
        self._access = access
        self._now_ms = now_ms
        # A rule's change reaches into two triggers; one commit at a time is all the disk does.
        self._changing = asyncio.Lock()
        self._on_deleted: Callable[[FullName], Awaitable[None]] | None = None
        self._triggers = {
            each.full_name: each
            for each in (Trigger.from_json(read_written(doc)) for doc in store.triggers())
        }
        self._rules = {
            each.full_name: each
            for each in (Rule.from_json(read_written(doc)) for doc in store.rules())
        }
        access.share_names(self.has)

    def has(self, name: FullName) -> bool:
        """Whether a trigger or a rule has the name."""
        return name in self._triggers or name in self._rules

    # -- triggers ------------------------------------------------------------------------------

    def get(self, name: FullName) -> Trigger:
        """Raises ActionNotFound, ActionConflict when another kind of entity has the name."""
        return self._found(self._triggers, name)

    def list_triggers(self, namespace: str) -> list[Trigger]:
        """Those of a namespace, the newest update first."""
        return _newest_first(self._triggers, namespace)

    async def put(self, name: FullName, change: TriggerChange, *, overwrite: bool) -> Trigger:
        """Create or update. Raises ActionConflict: it exists, or something else has this name."""
        async with self._packages.lock(_lock_of(name)), self._changing:
            old = self._before(self._triggers, name, overwrite)
            trigger = apply_trigger_change(change, old, name, self._now_ms())
            await self._commit({name: trigger}, {})
            return trigger

    async def delete(self, name: FullName) -> Trigger:
        """Give what was deleted; its rules stay. Raises ActionNotFound, ActionConflict."""
        async with self._changing:
            trigger = self.get(name)
            await self._commit({name: None}, {})
        if self._on_deleted is not None:
            await self._on_deleted(name)
        return trigger

    def when_deleted(self, tell: Callable[[FullName], Awaitable[None]]) -> None:
        """``tell`` is called with the name of each trigger that has been deleted."""
        self._on_deleted = tell

    # -- rules ---------------------------------------------------------------------------------

    def get_rule(self, name: FullName) -> tuple[Rule, str]:
        """The rule and its status. Raises ActionNotFound, ActionConflict."""
        rule = self._found(self._rules, name)
        return rule, self._status(rule)

    def list_rules(self, namespace: str) -> list[Rule]:
        """Those of a namespace, the newest update first."""
        return _newest_first(self._rules, namespace)

    async def put_rule(
        self, name: FullName, change: RuleChange, *, overwrite: bool
    ) -> tuple[Rule, str]:
        """Create, active, or update; give the rule and its status.

        Raises ActionConflict, InputError when its trigger or its action does not exist, and
        NotEntitled when they are another namespace's and not for all.
        """
        async with self._packages.lock(_lock_of(name)), self._changing:
            old = self._before(self._rules, name, overwrite)
            rule = apply_rule_change(change, old, name, self._now_ms())
            trigger = self._trigger_for(rule)
            self._check_action(rule)
            status = ACTIVE if old is None else self._status(old)
            triggers = {rule.trigger: trigger.linked(name, RuleLink(rule.action, status))}
            if old is not None and old.trigger != rule.trigger and old.trigger in self._triggers:
                triggers[old.trigger] = self._triggers[old.trigger].unlinked(name)
            await self._commit(triggers, {name: rule})
            return rule, status

    async def set_status(self, name: FullName, status: str) -> None:
        """Raises ActionNotFound: there is no such rule, or no trigger that it could wait for."""
        async with self._changing:
            rule = self._found(self._rules, name)
            if self._status(rule) == status:
                return
            trigger = self._triggers.get(rule.trigger)
            if trigger is None:
                raise ActionNotFound(NO_TRIGGER)
            # Its place in the order of the rules is that of its last activation.
            link = RuleLink(rule.action, status)
            await self._commit({rule.trigger: trigger.unlinked(name).linked(name, link)}, {})

    async def delete_rule(self, name: FullName) -> Rule:
        """Give what was deleted. Raises ActionNotFound, ActionConflict."""
        async with self._changing:
            rule = self._found(self._rules, name)
            trigger = self._triggers.get(rule.trigger)
            unlinked = {rule.trigger: trigger.unlinked(name)} if trigger else {}
            await self._commit(unlinked, {name: None})
            return rule

    # -- both ----------------------------------------------------------------------------------

    def _status(self, rule: Rule) -> str:
        trigger = self._triggers.get(rule.trigger)
        return trigger.status_of(rule.full_name) if trigger else INACTIVE

    def _trigger_for(self, rule: Rule) -> Trigger:
        if rule.trigger.namespace != rule.namespace:
            raise NotEntitled(rule.trigger.path)
        trigger = self._triggers.get(rule.trigger)
        if trigger is None:
            raise InputError(f"trigger /{rule.trigger.path} does not exist")
        return trigger

    def _check_action(self, rule: Rule) -> None:
        try:
            self._access.action(rule.namespace, rule.action)
        except (ActionNotFound, ActionConflict):
            raise InputError(f"action /{rule.action.path} does not exist") from None

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
        """Actions, packages, triggers and rules share one space of names."""
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
        _update(self._triggers, triggers)
        _update(self._rules, rules)


def _update(entities: dict[FullName, _Entity], changed: Mapping[FullName, _Entity | None]) -> None:
    """The one that was written last comes to stand behind the others."""
    for name, entity in changed.items():
        entities.pop(name, None)
        if entity is not None:
            entities[name] = entity


def _newest_first(entities: Mapping[FullName, _Entity], namespace: str) -> list[_Entity]:
    """By their update, and within a millisecond by the order in which they were written."""
    found = [each for each in entities.values() if each.namespace == namespace]
    return sorted(found, key=lambda each: each.updated)[::-1]


def _lock_of(name: FullName) -> PackageName:
    """Whoever makes an entity of this name, an action or a package too, holds the same lock."""
    return PackageName(name.namespace, name.name)

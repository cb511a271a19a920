"""The deployed actions: read from memory, committed to the database before they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

import orjson

from jupyter_faas.errors import ActionConflict, ActionNotFound
from jupyter_faas.playground.changes import ActionChange, apply_change, without_code
from jupyter_faas.playground.jsontext import read_written
from jupyter_faas.playground.store import Store
from jupyter_faas.playground.threads import StoreThreads
from jupyter_faas.whisk import Action, FullName, PackageName, SystemLimits

NOT_FOUND = "The requested resource does not exist."
EXISTS = "resource already exists"


@dataclass(frozen=True)
class Deployed:
    """An action without its code. A ``revision`` is never used twice, not even after a delete."""

    action: Action
    revision: int


class Actions:
    """PUT and DELETE return when the commit is synced to disk: they survive a power cut."""

    def __init__(
        self,
        store: Store,
        threads: StoreThreads,
        bounds: SystemLimits,
        now_ms: Callable[[], int],
    ) -> None:
        """Blocking: reads all actions, without their code."""
        self._store = store
        self._threads = threads
        self._bounds = bounds
        self._now_ms = now_ms
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._deployed: dict[str, Deployed] = {}
        # Grows with every change: who remembers what a name led to compares it.
        self.changes = 0
        for row in store.actions():
            action = Action.from_json(read_written(row.doc))
            self._deployed[action.full_name.path] = Deployed(action, row.revision)

    def get(self, name: FullName) -> Deployed:
        """Raises ActionNotFound."""
        try:
            return self._deployed[name.path]
        except KeyError:
            raise ActionNotFound(NOT_FOUND) from None

    def has(self, name: FullName) -> bool:
        return name.path in self._deployed

    def inside(self, package: PackageName) -> list[Action]:
        """Those of a package, the newest update first."""
        found = [
            each.action
            for each in reversed(self._deployed.values())
            if each.action.namespace == package.path
        ]
        return sorted(found, key=lambda action: -action.updated)

    def drop(self, package: PackageName) -> list[Deployed]:
        """Forget those of a package that has been deleted from the database; give them."""
        gone = [each for each in self._deployed.values() if each.action.namespace == package.path]
        for each in gone:
            del self._deployed[each.action.full_name.path]
        self.changes += 1
        return gone

    def list(self, namespace: str) -> list[Action]:
        """Those of a namespace, in packages or not, the newest update first."""
        found = [
            each.action
            for each in reversed(self._deployed.values())
            if each.action.full_name.namespace == namespace
        ]
        return sorted(found, key=lambda action: -action.updated)

    async def code(self, deployed: Deployed) -> str:
        """Empty for a sequence.

        Raises ActionNotFound when the action was updated or deleted meanwhile.
        """
        code = await self._threads.read(self._store.code, deployed.revision)
        if code is None:
            raise ActionNotFound(NOT_FOUND)
        return code

    def _lock(self, name: FullName) -> asyncio.Lock:
        return self._locks.setdefault(name.path, asyncio.Lock())

    async def put(
        self, name: FullName, change: ActionChange, *, overwrite: bool
    ) -> tuple[Deployed, str, Deployed | None]:
        """Create or update; give the action, its code, and what it replaces.

        Raises ActionConflict when it exists and ``overwrite`` is false; of two that create the
        same action at once, one gets it.
        """
        async with self._lock(name):
            old = self._deployed.get(name.path)
            if old is not None and not overwrite:
                raise ActionConflict(EXISTS)
            action = apply_change(
                change, old.action if old else None, name, self._now_ms(), self._bounds
            )
            code = "" if action.exec.is_sequence else action.exec.code
            if code is None and old is not None:
                code = await self.code(old)
            action = without_code(action)
            revision = await self._threads.write(
                self._store.put_action,
                action.namespace,
                action.name,
                orjson.dumps(action.to_json()),
                code,
            )
            # Behind the others, also when it is an update: so they lie in the order of updates.
            self._deployed.pop(name.path, None)
            deployed = self._deployed[name.path] = Deployed(action, revision)
            self.changes += 1
            return deployed, code or "", old

    async def delete(self, name: FullName) -> tuple[Deployed, str]:
        """Give what was deleted, and its code. Raises ActionNotFound."""
        async with self._lock(name):
            old = self.get(name)
            code = await self.code(old)
            await self._threads.write(
                self._store.delete_action, old.action.namespace, old.action.name
            )
            del self._deployed[name.path]
            self.changes += 1
            return old, code

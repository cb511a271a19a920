"""The packages: read from memory, committed to the database before they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from weakref import WeakValueDictionary

import orjson

from jupyter_faas.errors import ActionConflict, ActionNotFound
from jupyter_faas.playground.actions import NOT_FOUND, Actions, Deployed
from jupyter_faas.playground.jsontext import read_written
from jupyter_faas.playground.packagechanges import PackageChange, apply_package_change
from jupyter_faas.playground.packagestore import PackageStore
from jupyter_faas.playground.refusals import OTHER_COLLECTION
from jupyter_faas.playground.threads import StoreThreads
from jupyter_faas.whisk import FullName, Package, PackageName


class Packages:
    """PUT and DELETE return when the commit is synced to disk: they survive a power cut."""

    def __init__(
        self,
        store: PackageStore,
        threads: StoreThreads,
        actions: Actions,
        now_ms: Callable[[], int],
    ) -> None:
        """Blocking: reads all packages."""
        self._store = store
        self._threads = threads
        self._actions = actions
        self._now_ms = now_ms
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._packages: dict[str, Package] = {}
        self.changes = 0
        for doc in store.packages():
            package = Package.from_json(read_written(doc))
            self._packages[package.full_name.path] = package

    def find(self, name: PackageName) -> Package | None:
        return self._packages.get(name.path)

    def lock(self, name: PackageName) -> asyncio.Lock:
        """Held while the package, or what is in it, changes."""
        return self._locks.setdefault(name.path, asyncio.Lock())

    async def put(
        self,
        name: PackageName,
        change: PackageChange,
        *,
        overwrite: bool,
        is_other: Callable[[FullName], bool] | None = None,
    ) -> Package:
        """Create or update.

        Raises ActionConflict: it exists, or an action has this name, or what ``is_other`` knows.
        """
        async with self.lock(name):
            entity = FullName(name.namespace, None, name.name)
            if self._actions.has(entity) or (is_other and is_other(entity)):
                raise ActionConflict(OTHER_COLLECTION)
            old = self._packages.get(name.path)
            if old is not None and not overwrite:
                raise ActionConflict("resource already exists")
            package = apply_package_change(change, old, name, self._now_ms())
            await self._threads.write(self._store.put, name, orjson.dumps(package.to_json()))
            # Behind the others, also when it is an update: so they lie in the order of updates.
            self._packages.pop(name.path, None)
            self._packages[name.path] = package
            self.changes += 1
            return package

    async def delete(self, name: PackageName, *, force: bool) -> tuple[Package, list[Deployed]]:
        """Give what was deleted. Raises ActionNotFound, ActionConflict when it is not empty."""
        async with self.lock(name):
            package = self._packages.get(name.path)
            if package is None:
                raise ActionNotFound(NOT_FOUND)
            inside = self._actions.inside(name)
            if inside and not force:
                entities = "entity" if len(inside) == 1 else "entities"
                raise ActionConflict(
                    f"Package not empty (contains {len(inside)} {entities}). "
                    "Set force param or delete package contents."
                )
            await self._threads.write(self._store.delete, name)
            del self._packages[name.path]
            self.changes += 1
            return package, self._actions.drop(name)

    def list(self, namespace: str, *, published_only: bool) -> list[Package]:
        """Those of a namespace, the newest update first."""
        found = [
            each
            for each in reversed(self._packages.values())
            if each.namespace == namespace and (each.publish or not published_only)
        ]
        return sorted(found, key=lambda package: -package.updated)

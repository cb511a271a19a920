"""The collection of packages and bindings, and how a PUT changes a package (contract §2.2).

Packages are read from memory. A change is committed to the database before the response is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakValueDictionary

import orjson

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError
from jupyter_faas.playground.entities.actions import (
    FIRST_VERSION,
    NOT_FOUND,
    Actions,
    DeployedAction,
    check_size,
    next_version,
    read_body,
    read_publish,
    read_version,
)
from jupyter_faas.playground.errors import OTHER_COLLECTION, Malformed
from jupyter_faas.playground.storage.entities import PackageStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_rows
from jupyter_faas.whisk import FullName, KeyValues, Package, PackageName, SystemLimits, key_values
from jupyter_faas.whisk.packages import binding_annotation

NOT_A_BINDING = "Resource is a package and cannot be converted into a binding."


class PackageChange(NamedTuple):
    """The body of a PUT of a package. A field that is None does not change the package."""

    parameters: KeyValues | None = None
    annotations: KeyValues | None = None
    binding: PackageName | None = None
    version: str | None = None
    publish: bool | None = None


def read_package_change(body: object, own_namespace: str, bounds: SystemLimits) -> PackageChange:
    """Parse the body of a PUT of a package and ignore unknown fields.

    ``own_namespace`` replaces ``_`` in the name of a bound package. Raises Malformed for an invalid
    body, and TooLarge for parameters or annotations beyond ``bounds``.
    """
    fields = read_body(body)
    parameters, annotations = fields.get("parameters"), fields.get("annotations")
    try:
        change = PackageChange(
            parameters=None if parameters is None else key_values(parameters),
            annotations=None if annotations is None else key_values(annotations),
            binding=PackageName.from_json(fields.get("binding", {}), own_namespace),
            version=read_version(fields.get("version")),
            publish=read_publish(fields.get("publish")),
        )
    except InputError as error:
        raise Malformed(error.message) from error
    check_size("parameters", change.parameters or (), bounds.max_parameter_bytes)
    check_size("annotations", change.annotations or (), bounds.max_annotation_bytes)
    return change


def apply_package_change(
    change: PackageChange, old: Package | None, name: PackageName, now: int
) -> Package:
    """Return the package after the change; ``old`` is None for a new package.

    Unlike with actions, new annotations replace the old annotations and are not merged with them.
    Raises ActionConflict if a package would become a binding.
    """
    # OpenWhisk does not allow this, because the actions in the package would become unreachable.
    if old is not None and old.binding is None and change.binding is not None:
        raise ActionConflict(NOT_A_BINDING)
    binding = change.binding or (old.binding if old else None)
    annotations = change.annotations
    if annotations is None:
        annotations = old.annotations if old else ()
    # Remove this annotation, which only the server may set. It is added again below.
    annotations = tuple(each for each in annotations if each.key != "binding")
    parameters = change.parameters
    if parameters is None:
        parameters = old.parameters if old else ()
    return Package(
        namespace=name.namespace,
        name=name.name,
        version=change.version or (next_version(old.version) if old else FIRST_VERSION),
        publish=change.publish if change.publish is not None else bool(old and old.publish),
        parameters=parameters,
        annotations=(*annotations, *binding_annotation(binding)),
        binding=binding,
        updated=now,
    )


class Packages:
    """The collection of all packages.

    ``put`` and ``delete`` return once the change is synced to disk and survives a power cut.
    """

    def __init__(
        self,
        store: PackageStore,
        threads: DatabaseThreads,
        actions: Actions,
        now_ms: Callable[[], int],
    ) -> None:
        """Read all packages from the database. Blocking."""
        self._store = store
        self._threads = threads
        self._actions = actions
        self._now_ms = now_ms
        # The values are weak, so that a lock exists only while a request holds or awaits it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._packages: dict[str, Package] = {}
        # This counter increases with every change; see ``Access.changes``.
        self.changes = 0
        for package in read_rows(store.packages(), Package.from_json, "package"):
            self._packages[package.full_name.path] = package

    def find(self, name: PackageName) -> Package | None:
        return self._packages.get(name.path)

    def lock(self, name: PackageName) -> asyncio.Lock:
        """Return the lock to hold while the package or an action in it is changed."""
        return self._locks.setdefault(name.path, asyncio.Lock())

    async def put(
        self,
        name: PackageName,
        change: PackageChange,
        *,
        overwrite: bool,
        is_other: Callable[[FullName], bool] | None = None,
    ) -> Package:
        """Create or update a package.

        ``is_other`` returns whether a trigger or rule has the name. Raises ActionConflict if the
        package exists and ``overwrite`` is false, or if an entity of another kind has the name.
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
            # Remove the old value first. Otherwise the key would keep its position, but the dict
            # must be in the order of updates.
            self._packages.pop(name.path, None)
            self._packages[name.path] = package
            self.changes += 1
            return package

    async def delete(
        self, name: PackageName, *, force: bool
    ) -> tuple[Package, list[DeployedAction]]:
        """Delete a package, and with ``force`` also its actions; return the deleted entities.

        Raises ActionNotFound if the package does not exist, and ActionConflict if it contains
        actions and ``force`` is false.
        """
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
            # The store also deletes the actions, in the same transaction. ``drop`` then removes
            # them from memory.
            await self._threads.write(self._store.delete, name)
            del self._packages[name.path]
            self.changes += 1
            return package, self._actions.drop(name)

    def list(self, namespace: str, *, published_only: bool) -> list[Package]:
        """Return the packages of a namespace, the latest update first."""
        found = [
            each
            for each in reversed(self._packages.values())
            if each.namespace == namespace and (each.publish or not published_only)
        ]
        return sorted(found, key=lambda package: -package.updated)

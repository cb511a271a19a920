"""Who may read, run and change what, and what a name leads to (contract §1.2, §3.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError
from jupyter_faas.playground.entities.actions import NOT_FOUND, Actions, DeployedAction
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.errors import ON_BINDING, OTHER_COLLECTION, NotEntitled
from jupyter_faas.whisk import FullName, KeyValues, Package, PackageName, merge


@dataclass(frozen=True)
class LocatedAction:
    """An action as a name leads to it. ``package`` is the real one, whatever ``name`` says."""

    name: FullName
    deployed: DeployedAction
    package: Package | None = None
    binding: Package | None = None

    def merged(self) -> DeployedAction:
        """The action with the parameters of its package and the binding beneath its own."""
        beneath = inherited(self.package, self.binding)
        if not beneath:
            return self.deployed
        action = self.deployed.action
        return DeployedAction(
            replace(action, parameters=merge(beneath, action.parameters)), self.deployed.revision
        )

    def is_still(self, other: LocatedAction) -> bool:
        """Whether nothing that it was made of has changed since."""
        return (
            self.deployed is other.deployed
            and self.package is other.package
            and self.binding is other.binding
        )


class Access:
    """Every method takes the namespace of the caller: its own is the caller's to do all in.

    Of other namespaces it may read and run what is in a published package, and learns nothing of
    the rest: what is not there is refused as what is.
    """

    def __init__(self, actions: Actions, packages: Packages) -> None:
        self._actions = actions
        self._packages = packages
        self._others: list[Callable[[FullName], bool]] = []

    @property
    def changes(self) -> int:
        """The same number: every name still leads where it did."""
        return self._actions.changes + self._packages.changes

    def share_names(self, has: Callable[[FullName], bool]) -> None:
        """``has`` tells whether a name belongs to another collection, which shares them all."""
        self._others.append(has)

    def package(self, caller: str, name: PackageName) -> Package:
        """A package or binding to read. Raises NotEntitled, ActionNotFound, ActionConflict."""
        return self._readable(caller, name, name.path)

    def provider(self, package: Package) -> Package:
        """The package itself, or that which it binds. Raises ActionNotFound."""
        if package.binding is None:
            return package
        found = self._packages.find(package.binding)
        if found is None or found.binding is not None:
            raise ActionNotFound(NOT_FOUND)
        return found

    def action(self, caller: str, name: FullName) -> LocatedAction:
        """An action to read or run. Raises NotEntitled, ActionNotFound, ActionConflict."""
        if name.package is None:
            if name.namespace != caller:
                raise NotEntitled(name.path)
            if not self._actions.has(name):
                self._check_collection(name)
            return LocatedAction(name, self._actions.get(name))
        outer = PackageName(name.namespace, name.package)
        package = self._readable(caller, outer, name.path)
        if package.binding is None:
            return LocatedAction(name, self._actions.get(name), package)
        real = self.provider(package)
        deployed = self._actions.get(FullName(real.namespace, real.name, name.name))
        return LocatedAction(name, deployed, real, package)

    def is_entitled(self, caller: str, name: FullName) -> bool:
        """Whether it may be read and run, if it is there at all: what its package says."""
        if name.package is None:
            return name.namespace == caller
        try:
            self._readable(caller, PackageName(name.namespace, name.package), name.path)
        except (NotEntitled, ActionNotFound, ActionConflict):
            return False
        return True

    def change_action(self, caller: str, name: FullName) -> None:
        """Whether an action may be put or deleted; hold the lock of its package.

        Raises NotEntitled, ActionNotFound for a missing package, InputError for a binding,
        ActionConflict when a package has its name.
        """
        if name.namespace != caller:
            raise NotEntitled(name.path)
        if name.package is None:
            self._check_collection(name)
            return
        package = self._packages.find(PackageName(name.namespace, name.package))
        if package is None:
            raise self._no_package(PackageName(name.namespace, name.package))
        if package.binding is not None:
            raise InputError(ON_BINDING)

    def is_no_package(self, name: PackageName) -> bool:
        """Whether the name is that of an action or of something of another collection."""
        entity = FullName(name.namespace, None, name.name)
        return self._actions.has(entity) or self._is_others(entity)

    def _readable(self, caller: str, name: PackageName, resource: str) -> Package:
        package = self._packages.find(name)
        own = name.namespace == caller
        if package is None:
            if not own:
                raise NotEntitled(resource)
            raise self._no_package(name)
        if package.binding is None:
            if not own and not package.publish:
                raise NotEntitled(resource)
        elif not own:
            raise NotEntitled(resource)
        else:
            self._readable(caller, package.binding, resource)
        return package

    def _no_package(self, name: PackageName) -> ActionConflict | ActionNotFound:
        """Why there is no such package."""
        if self.is_no_package(name):
            return ActionConflict(OTHER_COLLECTION)
        return ActionNotFound(f"The requested resource '{name.path}' does not exist.")

    def _check_collection(self, name: FullName) -> None:
        """Raises ActionConflict when what has this name is no action."""
        is_package = self._packages.find(PackageName(name.namespace, name.name)) is not None
        if is_package or self._is_others(name):
            raise ActionConflict(OTHER_COLLECTION)

    def _is_others(self, name: FullName) -> bool:
        return any(has(name) for has in self._others)


def inherited(package: Package | None, binding: Package | None) -> KeyValues:
    """The parameters of a package, those of the binding over them."""
    if binding is not None and package is not None:
        return merge(package.parameters, binding.parameters)
    return package.parameters if package is not None else ()

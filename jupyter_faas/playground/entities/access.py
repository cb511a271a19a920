"""Access rights, and the lookup of actions and packages by name, including package bindings.

See the contract, §1.2 (rights, and when the status is 403, 404 or 409) and §3.1 (parameters).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from jupyter_faas.errors import ActionConflict, ActionNotFound, InputError
from jupyter_faas.playground.entities.actions import NOT_FOUND, Actions, DeployedAction
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.errors import ON_BINDING, OTHER_COLLECTION, NotEntitled
from jupyter_faas.whisk import FullName, KeyValues, Package, PackageName, merge


class LocatedAction(NamedTuple):
    """The action that ``name`` refers to, with its package.

    If ``name`` refers to the action through a ``binding``, ``package`` is the bound package.
    """

    name: FullName
    deployed: DeployedAction
    package: Package | None = None
    binding: Package | None = None

    def merged(self) -> DeployedAction:
        """Return the action with the parameters of its package and binding, which it overrides."""
        defaults = inherited(self.package, self.binding)
        if not defaults:
            return self.deployed
        action = self.deployed.action
        return DeployedAction(
            replace(action, parameters=merge(defaults, action.parameters)), self.deployed.revision
        )

    @property
    def binds_init(self) -> bool:
        """Whether the action gets an init parameter from the binding, not from its package."""
        if self.binding is None:
            return False
        own = {each.key for each in self.deployed.action.parameters}
        return any(each.init and each.key not in own for each in self.binding.parameters)

    def is_same(self, other: LocatedAction) -> bool:
        """Return whether action, package and binding are unchanged since ``other`` was found."""
        # Every change creates new objects, so comparing identities is sufficient.
        return (
            self.deployed is other.deployed
            and self.package is other.package
            and self.binding is other.binding
        )


class Access:
    """The access rights of callers, which are identified by their namespace.

    In its own namespace, a caller may do everything. In other namespaces, it may read and run the
    actions of published packages. Any other access is refused with status 403 whether the entity
    exists or not, so that the response does not reveal which names exist.
    """

    def __init__(self, actions: Actions, packages: Packages) -> None:
        self._actions = actions
        self._packages = packages
        self._shared_names: list[Callable[[FullName], bool]] = []

    @property
    def changes(self) -> int:
        """A counter of changes. While it does not change, every lookup has the same result."""
        return self._actions.changes + self._packages.changes

    def share_names(self, has: Callable[[FullName], bool]) -> None:
        """Add a collection whose entities must not have the name of an action or package.

        ``has`` returns whether the collection contains a name. A callback is used because the class
        Triggers depends on this class.
        """
        self._shared_names.append(has)

    def package(self, caller: str, name: PackageName) -> Package:
        """Return a package or binding that the caller may read.

        Raises NotEntitled, ActionNotFound, and ActionConflict if another entity has the name.
        """
        return self._readable(caller, name, name.path)

    def provider(self, package: Package) -> Package:
        """Return the bound package if ``package`` is a binding, else ``package`` itself.

        Raises ActionNotFound if the bound package does not exist or is a binding.
        """
        if package.binding is None:
            return package
        found = self._packages.find(package.binding)
        # The bound package may have been deleted and created again as a binding.
        if found is None or found.binding is not None:
            raise ActionNotFound(NOT_FOUND)
        return found

    def action(self, caller: str, name: FullName) -> LocatedAction:
        """Return an action that the caller may read and run.

        Raises NotEntitled, ActionNotFound, and ActionConflict if another entity has the name.
        """
        if name.package is None:
            if name.namespace != caller:
                raise NotEntitled(name.path)
            if not self._actions.has(name):
                self._check_collection(name)
            return LocatedAction(name, self._actions.get(name))
        outer = PackageName(name.namespace, name.package)
        package = self._readable(caller, outer, outer.path)
        if package.binding is None:
            return LocatedAction(name, self._actions.get(name), package)
        real = self.provider(package)
        deployed = self._actions.get(FullName(real.namespace, real.name, name.name))
        return LocatedAction(name, deployed, real, package)

    def has_action(self, name: FullName) -> bool:
        """Return whether an action is stored under this name, without following bindings."""
        return self._actions.has(name)

    def lacks_package(self, name: FullName) -> bool:
        """Return whether the package of an action, or the one that is bound to it, is missing."""
        if name.package is None:
            return False
        package = self._packages.find(PackageName(name.namespace, name.package))
        if package is None:
            return True
        return package.binding is not None and self._packages.find(package.binding) is None

    def is_entitled(self, caller: str, name: FullName) -> bool:
        """Return whether the caller may read and run the action. The action need not exist."""
        if name.package is None:
            return name.namespace == caller
        try:
            self._readable(caller, PackageName(name.namespace, name.package), name.path)
        except (NotEntitled, ActionNotFound, ActionConflict):
            return False
        return True

    def change_action(self, caller: str, name: FullName) -> None:
        """Check that ``caller`` may put or delete an action.

        If the action is in a package, call this method while holding the package's lock.
        Raises NotEntitled for another namespace, ActionNotFound if the package does not exist,
        InputError if the package is a binding, and ActionConflict if an entity of another kind has
        the name.
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

    def is_other_entity(self, name: PackageName) -> bool:
        """Return whether an action, trigger or rule has the name."""
        entity = FullName(name.namespace, None, name.name)
        return self._actions.has(entity) or self._is_shared(entity)

    def _readable(self, caller: str, name: PackageName, resource: str) -> Package:
        # ``resource`` is the name in the error message. OpenWhisk names the requested package even
        # if access to the bound package is refused.
        package = self._packages.find(name)
        own = name.namespace == caller
        if package is None:
            if not own:
                raise NotEntitled(resource)
            raise self._no_package(name)
        if package.binding is None:
            if not own and not package.publish:
                raise NotEntitled(resource)
        # Only the owner may use a binding, and the owner must also have access to the bound
        # package.
        elif not own:
            raise NotEntitled(resource)
        else:
            self._readable(caller, package.binding, resource)
        return package

    def _no_package(self, name: PackageName) -> ActionConflict | ActionNotFound:
        """Return the error for a missing package.

        It is an ActionConflict if another entity has the name, else an ActionNotFound.
        """
        if self.is_other_entity(name):
            return ActionConflict(OTHER_COLLECTION)
        return ActionNotFound(NOT_FOUND)

    def _check_collection(self, name: FullName) -> None:
        """Raise ActionConflict if an entity of another kind has this name."""
        is_package = self._packages.find(PackageName(name.namespace, name.name)) is not None
        if is_package or self._is_shared(name):
            raise ActionConflict(OTHER_COLLECTION)

    def _is_shared(self, name: FullName) -> bool:
        return any(has(name) for has in self._shared_names)


def inherited(package: Package | None, binding: Package | None) -> KeyValues:
    """Return the parameters of a package, overridden by those of the binding (contract §3.1).

    Without a package, the result is empty.
    """
    if binding is not None and package is not None:
        return merge(package.parameters, binding.parameters)
    return package.parameters if package is not None else ()

"""Package compositions, and find the actions that must be deployed before them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import composition_of
from jupyter_faas.errors import PackageNotFound, TargetError
from jupyter_faas.workspace.compositions.dependencies import (
    CalledAction,
    TargetActions,
    called,
    calls_of,
    check_cycle,
)
from jupyter_faas.workspace.targets.connection import Connection, short_timeouts

if TYPE_CHECKING:
    from jupyter_faas.bundle import BundleStore
    from jupyter_faas.composer import Composition
    from jupyter_faas.workspace.packaging.context import PackagingContext
    from jupyter_faas.workspace.request import CompositionRequest
    from jupyter_faas.workspace.results import Packaged
    from jupyter_faas.workspace.targets.connection import Connect


@dataclass(frozen=True)
class CompositionService:
    """A service that packages compositions and lists the actions that they call.

    ``reach`` returns a connection to the current target, or None, without starting the playground.
    """

    store: BundleStore
    connect: Connect
    reach: Callable[[], Connection | None]

    def package(
        self,
        request: CompositionRequest,
        node: Composition,
        namespace: Mapping[str, object],
        context: PackagingContext,
    ) -> Packaged:
        """Package a composition and the named compositions that it contains.

        ``Workspace.package_composition`` describes the parameters and errors.
        """
        from jupyter_faas.workspace.packaging.composition import package_composition

        parts = self._package_parts(request, node, namespace, context)

        def list_calls(node: Composition) -> list[CalledAction]:
            actions, brought = self._target_actions(), _carried(node) | _full(parts)
            return list(called(node, actions, request.notebook_functions, brought))

        return package_composition(request, node, namespace, context, list_calls, parts)

    def _package_parts(
        self,
        request: CompositionRequest,
        node: Composition,
        namespace: Mapping[str, object],
        context: PackagingContext,
    ) -> dict[str, Packaged]:
        """Package the included named compositions that do not have a cell in the notebook."""
        from jupyter_faas.composer import named_compositions
        from jupyter_faas.workspace.compositions.files import root_of

        return {
            name: self.package(request.for_part(name), root_of(named), namespace, context)
            for name, named in named_compositions(node).items()
            if name not in request.notebook_functions and name != request.options.path
        }

    def part_names(self, package_id: str) -> dict[str, str]:
        """Return the package ids of a composition's included named compositions, by name.

        Packages that are no longer in the store are left out.
        """
        found = {}
        for part in self.store.get_package(package_id).parts:
            # Old packages may have been removed from the store.
            with suppress(PackageNotFound):
                found[self.store.get_package(part).name] = part
        return found

    def graph(self, package_id: str) -> dict[str, Any] | None:
        """Return the syntax tree of a packaged composition, or None if the package is a function.

        Raises PackageNotFound.
        """
        record = self.store.get_package(package_id)
        document = composition_of(self.store.get(record.bundle))
        return None if document is None else document["ast"]

    def calls(
        self, package_id: str, notebook_functions: Mapping[str, str] | None = None
    ) -> list[CalledAction]:
        """Return the actions that a packaged composition calls, with their states on the target.

        The card shows this list as ``composition.actions``. It is empty for a function. Requests
        have short timeouts.
        """
        from jupyter_faas.composer import parse

        graph = self.graph(package_id)
        if graph is None:
            return []
        node = parse(graph)
        brought = _carried(node) | _full(self.part_names(package_id))
        return list(called(node, self._target_actions(), notebook_functions or {}, brought))

    def missing_actions(
        self, package_id: str, notebook_functions: Mapping[str, str] | None = None
    ) -> list[CalledAction]:
        """Return the actions to deploy before a composition, in order of deployment.

        The notebook's functions that the target does not have come first, with their ``package``
        and the state ``notebook``. Each of them follows the functions that it calls. Actions in the
        state ``missing``, which are not from this notebook, come last. ``notebook_functions`` maps
        names to package ids. Raises CompositionError when compositions call each other in a circle.
        """
        connection = self.connect(start=True)
        actions = TargetActions(connection.client, connection.own_namespace())
        own = _DeployOrder(self, actions, notebook_functions or {})
        own.visit(package_id)
        return [*own.found.values(), *own.missing.values()]

    def _target_actions(self) -> TargetActions | None:
        connection = self.reach()
        if connection is None:
            return None
        from jupyter_faas.client import Client

        # A card must not wait long for a slow host, so this client has shorter timeouts than usual.
        client = Client(connection.client.target, timeouts=short_timeouts())
        try:
            namespace = connection.namespace
            if namespace == "_":
                # ``_`` stands for the namespace of the API key. The connection keeps the real name
                # for later calls.
                namespace = connection.namespace = next(iter(client.namespaces()), "_")
            actions = TargetActions(client, namespace)
            actions.load()
        except TargetError:
            return None
        finally:
            client.close()
        return actions


class _DeployOrder:
    """A walk over a composition and everything that it calls, which collects callees first."""

    def __init__(
        self, compositions: CompositionService, actions: TargetActions, packages: Mapping[str, str]
    ) -> None:
        self.found: dict[str, CalledAction] = {}
        self.missing: dict[str, CalledAction] = {}
        self._compositions = compositions
        self._actions = actions
        self._packages = packages

    def visit(self, package_id: str) -> None:
        from jupyter_faas.composer import parse

        graph = self._compositions.graph(package_id)
        if graph is None:
            return
        name = self._compositions.store.get_package(package_id).name
        check_cycle(name, calls_of(graph), self._components, self._actions.namespace)
        node = parse(graph)
        parts = self._compositions.part_names(package_id)
        for part in parts.values():
            self.visit(part)
        for each in called(node, self._actions, self._packages, _carried(node) | _full(parts)):
            if each.state == "missing":
                self.missing.setdefault(each.name, each)
            elif each.package and each.name not in self.found:
                self.visit(each.package)
                # Each action is added after its own callees, so that the order of this dictionary
                # is the order of deployment.
                self.found[each.name] = each

    def _components(self, full: str) -> Iterable[str]:
        """Return the actions that an action calls.

        For a function of this notebook, the notebook's version counts. Otherwise the deployed
        version counts.
        """
        package = self._packages.get(self._actions.shown(full))
        graph = self._compositions.graph(package) if package else None
        return calls_of(graph) if graph is not None else self._actions.components(full)


def _full(names: Iterable[str]) -> frozenset[str]:
    return frozenset(f"/_/{name}" for name in names)


def _carried(node: Composition) -> frozenset[str]:
    from jupyter_faas.composer import embedded_actions

    return frozenset(each["name"] for each in embedded_actions(node))

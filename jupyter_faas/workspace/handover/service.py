"""HandoverService, which creates handles, snippets and OpenAPI documents for functions."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.whisk.keyvalues import as_dict
from jupyter_faas.whisk.names import RESERVED_PACKAGE, FullName
from jupyter_faas.workspace.calls import Calls
from jupyter_faas.workspace.handover.openapi import document
from jupyter_faas.workspace.handover.remote_function import Callee, RemoteFunction, Run
from jupyter_faas.workspace.handover.snippets import Deployed, Usage, setup_of, usage
from jupyter_faas.workspace.handover.web_actions import (
    Presets,
    every_action,
    web_action_of,
    web_actions,
)
from jupyter_faas.workspace.settings import DATA_DIR_VARIABLE, PLAYGROUND

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from jupyter_faas.bundle import BundleStore
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action
    from jupyter_faas.workspace.targets.connection import Connect


@dataclass(frozen=True)
class HandoverService:
    """A service that creates handles, snippets and OpenAPI documents for the current target."""

    connect: Connect
    action_main: Callable[[], ModuleType]
    store: BundleStore
    data_dir: Path
    named_targets: Callable[[], Mapping[str, Any]]

    def remote(
        self,
        name: str,
        run: Callable[[Mapping[str, Any]], Run | None],
        calls: Calls | None = None,
    ) -> RemoteFunction:
        """Return a handle of a deployed function. ``run`` invokes it with checked parameters.

        ``calls`` are the operations behind ``map``, ``spawn`` and ``ainvoke``.

        Raises ActionNotFound, which suggests similar names.
        """
        client = self.connect(start=True).client
        return self.handle(callee(find_action(client, name), client), run, calls)

    def placeholder(
        self,
        name: str,
        run: Callable[[Mapping[str, Any]], Run | None],
        calls: Calls | None = None,
    ) -> RemoteFunction:
        """Return a handle without an interface, for inert runs, which must not contact a target."""
        return self.handle(Callee(name, "no target"), run, calls)

    def handle(
        self,
        called: Callee,
        run: Callable[[Mapping[str, Any]], Run | None],
        calls: Calls | None = None,
    ) -> RemoteFunction:
        """Return a handle of a function whose interface is known. No request is sent."""
        return RemoteFunction(called, run, self.action_main(), calls)

    def check_name(self, name: str) -> None:
        """Raise ActionNotFound, which suggests similar names, if the target has no such action."""
        find_action(self.connect().client, name)

    def usage(self, name: str) -> Usage:
        """Return code snippets that call a function from other programs.

        A stopped playground is not started. Raises ActionNotFound, which suggests similar names,
        and TargetError.
        """
        client = self.connect().client
        action, target = find_action(client, name), client.target
        called = callee(action, client)
        web = web_action_of(called.name, as_dict(action.annotations), called.preset)
        deployed = Deployed(
            name=called.name,
            url=client.action_url(called.name),
            target=target.name,
            target_label=target.label,
            insecure=target.insecure,
            schema=called.schema,
            preset=called.preset,
            web=web,
            web_url=client.web_url(action.full_name) if web else None,
            examples=self._examples(called.name, action.annotation("faas-bundle")),
        )
        return usage(deployed, setup_of(target.name, self.data_dir, self.named_targets()))

    def _examples(self, name: str, bundle: object) -> tuple[Mapping[str, Any], ...]:
        """Return the test inputs of the deployed package, or () if another package is deployed."""
        record = self.store.latest_package(name)
        if record is None or record.bundle != bundle:
            return ()
        # Only inputs of ``--test`` are used, because snippets are shared and rows of ``--sample``
        # may be private.
        return tuple(each["params"] for each in record.examples if each["source"] == "test")

    def openapi(self, package: str | None = None, *, start: bool = True) -> dict[str, Any]:
        """Return the OpenAPI document of the web actions of a package, or of the namespace.

        The package ``default`` stands for actions without a package. ``start`` starts a stopped
        playground. Raises InputError if there are no web actions, and TargetError.
        """
        connection = self.connect(start=start)
        client, namespace = connection.client, connection.own_namespace()
        found = web_actions(client, package)
        label = client.target.label
        if not found:
            where = f"Package {package!r} on {label}" if package else label
            raise InputError(
                f"{where} does not contain any web functions.",
                hint="Add --web to a function's cell, run the cell, and deploy the function.",
            )
        # The URL of an arbitrary web action is shortened to the base URL of the namespace's web
        # actions.
        any_of_them = client.web_url(FullName(namespace, None, "_"))
        server = any_of_them.removesuffix(f"/{RESERVED_PACKAGE}/_.json")
        title = f"{package} of {namespace}" if package else namespace
        return document(found, title=title, server={"url": server})


def callee(action: Action, client: Client) -> Callee:
    """Return the interface of an action. Its package's parameters count as preset parameters."""
    schema, signature = action.annotation("faas-schema"), action.annotation("faas-signature")
    description = action.annotation("description")
    return Callee(
        name=action.full_name.local,
        where=client.target.label,
        schema=schema if isinstance(schema, dict) else None,
        signature=signature if isinstance(signature, str) else "",
        doc=description if isinstance(description, str) else "",
        preset=Presets(client).of(action),
    )


def find_action(client: Client, name: str) -> Action:
    """Return an action. Raises ActionNotFound, which suggests up to three similar names."""
    try:
        return client.get_action(name)
    except ActionNotFound:
        pass
    deployed = every_action(client)
    where, hint = client.target.label, "Deploy the function before you call it."
    # Each data folder has its own playground. A script may use another one than JupyterLab.
    if client.target.name == PLAYGROUND and not deployed:
        where += ", which has no functions yet"
        hint += (
            f" If it was deployed with another data folder, set {DATA_DIR_VARIABLE} to that folder."
        )
    raise ActionNotFound(
        f"There is no function {name!r} on {where}.", hint=f"{_similar(name, deployed)}{hint}"
    )


@contextmanager
def suggest_names(client: Client, name: str, *, hint: str | None = None) -> Iterator[None]:
    """Add up to three names that are similar to ``name`` to the hint of an ActionNotFound.

    ``hint`` replaces the error's own hint.
    """
    try:
        yield
    except ActionNotFound as error:
        similar = _similar(name, every_action(client))
        advice = f"{similar}{error.hint if hint is None else hint}"
        raise ActionNotFound(error.message, hint=advice.strip()) from None


def _similar(name: str, deployed: Iterable[Action]) -> str:
    """Return ``Did you mean NAME? `` with up to three names of deployed actions, or ``""``."""
    # Names are compared without their packages, so that ``iris`` suggests ``models/iris``.
    names = [each.full_name.local for each in deployed]
    own = difflib.get_close_matches(_base_name(name), map(_base_name, names), 3)
    near = [each for each in names if _base_name(each) in own]
    return f"Did you mean {' or '.join(near)}? " if near else ""


def _base_name(name: str) -> str:
    """Return the action's name without its package."""
    return name.rpartition("/")[2]

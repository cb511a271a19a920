"""What is known of a deployed function: of its package where that is here, else what it says."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import BundleDamaged, BundleNotFound, PackageNotFound
from jupyter_faas.workspace.handover.service import callee, find_action
from jupyter_faas.workspace.handover.web_actions import RESULT
from jupyter_faas.workspace.packaging.card import shown_examples

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, BundleStore, DeployRecord, PackageRecord
    from jupyter_faas.whisk import Action
    from jupyter_faas.workspace.targets.connection import Connect, Connection

# The member that is the function's cell.
_CELL = "function.py"


@dataclass(frozen=True)
class FunctionPage:
    """``doc`` and ``signature`` are empty, ``schema`` and ``result`` None where nobody told them.

    ``preset`` names the parameters that it has already. ``models`` are facts as on a card, and None
    where its package is not here; ``examples`` as on a card, of its ``--test`` alone: rows of a
    sample may be private.
    """

    name: str
    target: str
    target_label: str
    doc: str = ""
    signature: str = ""
    schema: Mapping[str, Any] | None = None
    preset: tuple[str, ...] = ()
    models: Sequence[Mapping[str, Any]] | None = None
    examples: Sequence[Mapping[str, Any]] = ()

    @property
    def result(self) -> Mapping[str, Any] | None:
        """The JSON schema of what it answers."""
        known = (self.schema or {}).get(RESULT)
        return known if isinstance(known, dict) else None

    def to_json(self) -> dict[str, Any]:
        """function_page.json."""
        return {
            "name": self.name,
            "target": self.target,
            "target_label": self.target_label,
            "doc": self.doc or None,
            "signature": self.signature or None,
            "schema": None if self.schema is None else dict(self.schema),
            "result": None if self.result is None else dict(self.result),
            "preset": list(self.preset),
            "models": None if self.models is None else [dict(each) for each in self.models],
            "examples": [dict(each) for each in self.examples],
        }


@dataclass(frozen=True)
class FunctionPages:
    """Pages of a target's functions."""

    connect: Connect
    store: BundleStore
    records_on: Callable[[Connection, str], list[DeployRecord]]

    def page(self, name: str) -> FunctionPage:
        """What is known of a function: a look, which starts no playground.

        Raises ActionNotFound, with names that are like it, and what the target does.
        """
        connection = self.connect()
        client = connection.client
        action = find_action(client, name)
        called = callee(action, client)
        bundle = self._bundle(action)
        manifest = bundle.manifest if bundle else None
        record = self._package(connection, called.name, action)
        return FunctionPage(
            name=called.name,
            target=client.target.name,
            target_label=client.target.label,
            doc=_docstring(bundle) if bundle else called.doc,
            signature=manifest.signature if manifest else called.signature,
            schema=manifest.schema if manifest else called.schema,
            preset=tuple(sorted(called.preset)),
            models=manifest.models if manifest else None,
            examples=_tests(record) if record else (),
        )

    def _bundle(self, action: Action) -> Bundle | None:
        """The one that is deployed, if the store has it."""
        sha256 = action.annotation("faas-bundle")
        if isinstance(sha256, str):
            with suppress(BundleNotFound, BundleDamaged):
                return self.store.get(sha256)
        return None

    def _package(self, connection: Connection, name: str, action: Action) -> PackageRecord | None:
        """The package that was deployed from here, if the target still has its bundle."""
        bundle = action.annotation("faas-bundle")
        for deployed in self.records_on(connection, name):
            if deployed.bundle == bundle:
                with suppress(PackageNotFound, BundleDamaged):
                    return self.store.get_package(deployed.package)
        return None


def _docstring(bundle: Bundle) -> str:
    """The whole one, of which a manifest has the first paragraph."""
    manifest = bundle.manifest
    # A newer Python may have written it.
    with suppress(KeyError, SyntaxError, ValueError, RecursionError):
        tree = ast.parse(bundle.contents()[_CELL])
        kinds = ast.FunctionDef | ast.AsyncFunctionDef
        for node in reversed([one for one in tree.body if isinstance(one, kinds)]):
            if node.name == manifest.handler:
                return ast.get_docstring(node) or manifest.doc
    return manifest.doc


def _tests(record: PackageRecord) -> list[dict[str, Any]]:
    return [each for each in shown_examples(record) if each["source"] == "test"]

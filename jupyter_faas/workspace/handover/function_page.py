"""The documentation page of a deployed function, from its package or its annotations."""

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

# This file of a package contains the source of the function's cell.
_CELL = "function.py"


@dataclass(frozen=True)
class FunctionPage:
    """The documentation of a deployed function.

    Unknown values are empty for ``doc`` and ``signature``, and None for ``schema`` and ``result``.
    ``preset`` contains the names of preset parameters. ``models`` describes the models as a card
    does, or is None if the package is not in the store. ``examples`` contains only inputs from
    ``--test``, because rows of a sample may be private.
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
        """The JSON schema of the result, or None if it is unknown."""
        known = (self.schema or {}).get(RESULT)
        return known if isinstance(known, dict) else None

    def to_json(self) -> dict[str, Any]:
        """Return the page as JSON, as in ``tests/data/api/function_page.json``."""
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
class FunctionPageService:
    """A service that builds documentation pages for functions on the current target."""

    connect: Connect
    store: BundleStore
    records_on: Callable[[Connection, str], list[DeployRecord]]

    def page(self, name: str) -> FunctionPage:
        """Return the page of a function, without starting the playground.

        Raises ActionNotFound, which suggests similar names, and TargetError.
        """
        connection = self.connect()
        client = connection.client
        action = find_action(client, name)
        called = callee(action, client)
        bundle = self._bundle(action)
        manifest = bundle.manifest if bundle else None
        record = self._package(connection, called.name, action)
        # The package takes precedence over the annotations, which other tools may have changed.
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
        """Return the deployed bundle if it is in the store of this data directory, or else None."""
        sha256 = action.annotation("faas-bundle")
        if isinstance(sha256, str):
            with suppress(BundleNotFound, BundleDamaged):
                return self.store.get(sha256)
        return None

    def _package(self, connection: Connection, name: str, action: Action) -> PackageRecord | None:
        """Return the record of the deployed package, or None if it was deployed elsewhere."""
        bundle = action.annotation("faas-bundle")
        for deployed in self.records_on(connection, name):
            if deployed.bundle == bundle:
                with suppress(PackageNotFound, BundleDamaged):
                    return self.store.get_package(deployed.package)
        return None


def _docstring(bundle: Bundle) -> str:
    """Return the handler's whole docstring, or its first paragraph from the manifest.

    The manifest is used if the cell's docstring cannot be read.
    """
    manifest = bundle.manifest
    # The cell may use syntax of a newer Python version.
    with suppress(KeyError, SyntaxError, ValueError, RecursionError):
        tree = ast.parse(bundle.contents()[_CELL])
        kinds = ast.FunctionDef | ast.AsyncFunctionDef
        # A cell may define the handler twice. Python keeps the last definition.
        for node in reversed([one for one in tree.body if isinstance(one, kinds)]):
            if node.name == manifest.handler:
                return ast.get_docstring(node) or manifest.doc
    return manifest.doc


def _tests(record: PackageRecord) -> list[dict[str, Any]]:
    return [each for each in shown_examples(record) if each["source"] == "test"]

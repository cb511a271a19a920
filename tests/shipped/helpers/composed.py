"""Compositions written in a cell, as the action that their package is."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_faas.composer import Composition, embedded_actions
from jupyter_faas.workspace import Workspace
from tests.contract.helpers.api import Api, python
from tests.workspace.helpers.composing import ComposingNotebook


@dataclass(frozen=True)
class Composed:
    """``data`` is the package."""

    node: Composition
    data: bytes

    def action(self, **limits: int) -> dict[str, Any]:
        """The body of a PUT."""
        annotations = {"conductor": self.node.to_json(), "provide-api-key": True}
        return python(
            base64.b64encode(self.data).decode(),
            annotations=[{"key": key, "value": value} for key, value in annotations.items()],
            limits=limits,
        )

    def put(self, api: Api, name: str, namespace: str, **limits: int) -> str:
        """Deploy it under ``name``, with the actions that come with it; the name."""
        for each in embedded_actions(self.node):
            body = each["action"]
            parts = body["exec"].get("components", [])
            parts[:] = [part.replace("/_/", f"/{namespace}/") for part in parts]
            made = api.put(each["name"].removeprefix("/_/"), body, overwrite=True)
            assert made.status_code == 200, made.text
        made = api.put(name, self.action(**limits), overwrite=True)
        assert made.status_code == 200, made.text
        return name


class Composing:
    """Packages cells in a folder of its own; nothing is asked for on any host."""

    def __init__(self, folder: Path) -> None:
        self._workspace = Workspace.open(data_dir=folder)

    def compose(self, cell: str, name: str = "flow") -> Composed:
        """The package of the composition that the last expression of ``cell`` is."""
        with self._notebook() as notebook:
            packaged = notebook.compose(name, cell)
            bundle = self._workspace.bundle(packaged.bundle)
            return Composed(notebook.namespace["_"], bundle.data)

    @contextmanager
    def _notebook(self) -> Iterator[ComposingNotebook]:
        notebook = ComposingNotebook(self._workspace)
        yield notebook
        notebook.forget_sources()

"""Compositions written in a cell, as the action that their package is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jupyter_faas.composer
from jupyter_faas.bundle import CompositionFiles, lay_out_composition
from jupyter_faas.capture import InlineFunction, capture_functions
from jupyter_faas.composer import (
    Composition,
    carried_actions,
    compile_fsm,
    compiled,
    inline_functions,
    inline_name,
    lower,
)
from tests.capture.notebook import Notebook, is_estimator
from tests.contract.api import python, zipped


@dataclass(frozen=True)
class Composed:
    """``files`` are the members of the package, ``carried`` the actions that come with it."""

    node: Composition
    files: dict[str, bytes]

    @property
    def carried(self) -> list[dict[str, Any]]:
        return carried_actions(self.node)

    def action(self, **limits: int) -> dict[str, Any]:
        """The body of a PUT."""
        annotations = {"conductor": self.node.to_json(), "provide-api-key": True}
        return python(
            zipped(self.files),
            annotations=[{"key": key, "value": value} for key, value in annotations.items()],
            limits=limits,
        )


def compose(cell: str, notebook: Notebook | None = None) -> Composed:
    """The package of the composition that the last expression of ``cell`` is."""
    notebook = notebook or Notebook()
    for name in jupyter_faas.composer.__all__:
        notebook.namespace.setdefault(name, getattr(jupyter_faas.composer, name))
    last = ast.parse(cell).body[-1]
    lines = cell.split("\n")
    lines[last.lineno - 1] = f"composed = {lines[last.lineno - 1]}"
    notebook.run("\n".join(lines))
    node = notebook.namespace["composed"]
    functions = [
        InlineFunction(inline_name(number), f"root{path}", function, given(node, path))
        for number, (path, function) in enumerate(inline_functions(node))
    ]
    captured = capture_functions(functions, notebook.namespace, name="flow", is_model=is_estimator)
    lowered = lower(node)
    document = {**compiled(node, lowered), "fsm": compile_fsm(lowered), "version": "0.12.0"}
    files = CompositionFiles(
        document,
        captured_source=captured.captured_source if functions else "",
        arrays=captured.array_files(),
        includes=captured.includes,
        requirements={each.distribution: each.version for each in captured.requirements},
    )
    return Composed(node, lay_out_composition(files))


def given(root: Composition, path: str) -> frozenset[str]:
    """What the lets around a node declare."""
    return frozenset(
        name
        for node in _around(root, path)
        if node.type == "let"
        for name in node.arguments["declarations"]
    )


def _around(root: Composition, path: str) -> Iterator[Composition]:
    for place, node in root.walk():
        rest = path.removeprefix(place)
        if path.startswith(place) and rest[:1] in ("[", "."):
            yield node

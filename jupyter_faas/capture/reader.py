"""Reads a syntax tree for the names it takes from outside itself."""

from __future__ import annotations

import ast

from jupyter_faas.capture.names import Names
from jupyter_faas.capture.visitor import NameVisitor


def find_names(tree: ast.Module, *, future_annotations: bool = False) -> Names:
    """Read ``tree`` by Python's own scoping rules.

    ``future_annotations``: annotations are not evaluated (a notebook's ``__future__`` import holds
    for later cells too), so the names in them are not needed.
    """
    reader = NameVisitor(tree, future_annotations or _imports_future_annotations(tree))
    for statement in tree.body:
        reader.visit(statement)
    return Names(
        uses=tuple(reader.uses),
        bound=frozenset(reader.scope.bound),
        set_by_functions=frozenset(reader.set_by_functions),
        rebound=tuple(reader.rebound),
        attributes=reader.attributes,
        top_level_await=reader.top_level_await,
        future_annotations=reader.future,
    )


def _imports_future_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )

"""Lookup of the executed cells that bound names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jupyter_faas.capture.analysis.scopes import Scope, declare
from jupyter_faas.capture.source.cells import magic_body, parse


@dataclass(frozen=True)
class Origin:
    """The index in IPython's ``In`` of the cell that bound a name, and the line in this cell."""

    cell: int
    line: int


def find_origins(names: Iterable[str], namespace: Mapping[str, object]) -> dict[str, Origin]:
    """Return the latest place in IPython's history that binds each name.

    Names that no cell in the history binds are omitted.
    """
    wanted = set(names)
    found: dict[str, Origin] = {}
    # A user may have a variable named ``In``, so the type is checked.
    history = namespace.get("In")
    cells = history if isinstance(history, list) else []
    # ``In[0]`` is always an empty string, because IPython numbers cells from 1.
    for number in range(len(cells) - 1, 0, -1):
        if not wanted:
            break
        for name, line in binding_lines(str(cells[number])).items():
            if name in wanted:
                wanted.remove(name)
                found[name] = Origin(number, line)
    return found


def binding_lines(text: str) -> dict[str, int]:
    """Return, for each name that a cell binds at its top level, the last line that binds the name.

    ``text`` is a cell from IPython's history or from a notebook file. The result is empty when
    ``text`` is not Python.
    """
    first, _, rest = text.lstrip("\n").partition("\n")
    if first.startswith("%%"):
        return {name: line + 1 for name, line in binding_lines(rest).items()}
    lines = text.split("\n")
    # Magic lines are replaced with ``pass`` to preserve line numbers.
    plain = "\n".join("pass" if line[:1] in ("%", "!") else line for line in lines)
    try:
        tree = parse(plain)
    except (SyntaxError, ValueError):
        return {}
    return {name: line for node in tree.body for name, line in _bound(node)}


def _bound(node: ast.stmt) -> Iterator[tuple[str, int]]:
    body = magic_body(node)
    if body is not None:
        # The body starts on the line after the magic.
        yield from ((name, line + 1) for name, line in binding_lines(body).items())
        return
    scope = Scope("module")
    declare(scope, [node])
    yield from ((name, node.lineno) for name in scope.bound)

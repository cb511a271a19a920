"""The statements that created an object, such as ``pool = ThreadPoolExecutor(4)``.

Locks, thread pools, templates and validators cannot be written as data. If a statement of the
notebook calls their class, the action runs the same statement when it starts.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_faas.capture.analysis.scopes import Scope, declare
from jupyter_faas.capture.data.library_objects import CONNECTIONS
from jupyter_faas.capture.source.cells import ExecutedCell, ExecutedCells

# Modules of Python whose classes create only an object. Others start processes or open files.
_OF_PYTHON = frozenset(
    ("_thread", "threading", "queue", "_queue", "concurrent", "collections", "_collections")
) | {"builtins", "contextvars", "_contextvars", "weakref", "string", "asyncio"}
# Objects of these classes have started something, or are used up.
_STARTED = frozenset(("Thread", "Timer", "Task", "Future", "generator", "coroutine"))
# The beginnings of methods that set up the object on which they are called.
_SET_UP = ("add", "set_", "register", "update", "configure", "mount", "install_", "enable_")

# Functions that only show their arguments.
_HARMLESS = frozenset(("print", "display", "repr", "type", "len", "dir", "help", "vars"))

Statement = tuple[ExecutedCell, ast.stmt]


@dataclass(frozen=True)
class Creation:
    """The statements that create and set up an object: their ``text`` and their syntax ``tree``."""

    text: str
    tree: ast.Module


def find_creation(
    name: str, value: object, cells: ExecutedCells, namespace: Mapping[str, object]
) -> Creation | None:
    """Return the statements that created ``value`` under ``name``, or None.

    Returns None if creating an object of the class may have other effects, if the object was
    changed in a way that cannot be repeated, or if a name that the statements read was bound again
    afterwards, so that the statements would create another object.
    """
    if not _is_repeatable(type(value)):
        return None
    later: list[Statement] = []
    for cell in cells.newest_first():
        for node in reversed(cell.tree.body):
            if name in _bound(node):
                if not _creates(node, value, namespace):
                    return None
                return _creation(name, (cell, node), later[::-1])
            later.append((cell, node))
    return None


def _is_repeatable(kind: type) -> bool:
    top = kind.__module__.partition(".")[0]
    if kind.__name__ in _STARTED or top in CONNECTIONS or top == "__main__":
        return False
    return top in _OF_PYTHON or top not in sys.stdlib_module_names


def _creates(node: ast.stmt, value: object, namespace: Mapping[str, object]) -> bool:
    """Return whether the statement is ``name = Class(…)`` with the class of ``value``."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return False
    if len(node.targets) > 1 or not isinstance(node.targets[0], ast.Name):
        return False
    called = _called(node.value.func, namespace)
    # Before Python 3.13, ``threading.Lock`` is a function.
    is_lock = type(value).__module__ == "_thread"
    return called is type(value) or (is_lock and getattr(called, "__module__", "") in _OF_PYTHON)


def _called(node: ast.expr, namespace: Mapping[str, object]) -> object:
    if isinstance(node, ast.Name):
        return namespace.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        return getattr(_called(node.value, namespace), node.attr, None)
    return None


def _creation(name: str, first: Statement, later: list[Statement]) -> Creation | None:
    chosen = [first]
    read = _read(first[1])
    for cell, node in later:
        # A name that was bound again would lead to another object.
        if read & _bound(node):
            return None
        if _sets_up(name, node):
            chosen.append((cell, node))
            read |= _read(node) - {name}
        elif _may_change(name, node):
            return None
    text = "\n".join(cell.text_of(node) for cell, node in chosen)
    return Creation(text, ast.Module([node for _, node in chosen], []))


def _read(node: ast.stmt) -> set[str]:
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
    return {one.id for one in names if isinstance(one.ctx, ast.Load)}


def _sets_up(name: str, node: ast.stmt) -> bool:
    """Return whether a statement changes the object, and can be repeated.

    Examples are ``env.filters["shout"] = shout`` and ``session.headers.update({…})``.
    """
    if isinstance(node, ast.Assign):
        return any(_is_changed(name, target) for target in node.targets)
    call = node.value if isinstance(node, ast.Expr) else None
    method = call.func if isinstance(call, ast.Call) else None
    is_method = isinstance(method, ast.Attribute) and _root(method) == name
    return is_method and method.attr.startswith(_SET_UP)  # type: ignore[union-attr]  # is_method


def _may_change(name: str, node: ast.stmt) -> bool:
    """Return whether a statement changes the object, or passes it to a call that may do so."""
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call):
        given = (*call.args, *(keyword.value for keyword in call.keywords))
        passed = any(isinstance(one, ast.Name) and one.id == name for one in given)
        called = call.func.id if isinstance(call.func, ast.Name) else ""
        if passed and called not in _HARMLESS:
            return True
    return any(_is_changed(name, inner) for inner in ast.walk(node))


def _is_changed(name: str, node: ast.AST) -> bool:
    """Return whether a part or an attribute of the object is the target of an assignment."""
    if not isinstance(node, ast.Attribute | ast.Subscript):
        return False
    return not isinstance(node.ctx, ast.Load) and _root(node) == name


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _bound(node: ast.stmt) -> set[str]:
    scope = Scope("module")
    declare(scope, [node])
    return scope.bound

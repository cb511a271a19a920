"""The statements that created an object, such as ``pool = ThreadPoolExecutor(4)``.

Locks, thread pools, templates and validators cannot be written as data. If a statement of the
notebook calls their class, the action runs the same statement when it starts.
"""

from __future__ import annotations

import ast
import builtins
import sys
import types
from collections.abc import Mapping, Set
from dataclasses import dataclass

from jupyter_faas.capture.analysis.scopes import FUNCTIONS, Scope, declare
from jupyter_faas.capture.data.library_objects import CONNECTIONS
from jupyter_faas.capture.source.cells import ExecutedCell, ExecutedCells

# Methods of an object that create an object of another class, by the module of that class.
_FACTORIES = {"jinja2": ("from_string", "get_template")}
# Functions of a library that create an object, by the object's class.
_CREATORS = {"numpy.ufunc": "frompyfunc"}
# Modules of Python whose classes create only an object. Others start processes or open files.
_OF_PYTHON = (
    frozenset(
        ("_thread", "threading", "queue", "_queue", "concurrent", "collections", "_collections")
    )
    | {"builtins", "contextvars", "_contextvars", "weakref", "string", "asyncio", "argparse"}
    | {*("_hashlib", "hashlib", "_blake2", "hmac")}
)
# Objects of these classes have started something, or are used up.
_STARTED = frozenset(("Thread", "Timer", "Task", "Future", "generator", "coroutine"))
# The beginnings of methods that set up the object on which they are called.
_SET_UP = ("add", "set_", "register", "update", "configure", "mount", "install_", "enable_")

# The beginnings of methods whose result a notebook drops, and which change nothing.
_READS = (
    *(
        "validate",
        "check",
        "assert",
        "print",
        "show",
        "display",
        "info",
        "debug",
        "warning",
        "render",
    ),
    # A lock or a pool of threads is as it was when its users are done.
    *("acquire", "release", "submit", "map"),
)
# Functions that only show their arguments.
_HARMLESS = frozenset(("print", "display", "repr", "type", "len", "dir", "help", "vars"))

# Expressions that create a container. They may call these, and what creates the items.
_DISPLAYS = (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.DictComp)
_OF_CONTAINERS = frozenset(("items", "keys", "values", "strip", "lower", "upper", "format", "join"))
_PURE = frozenset(("zip", "enumerate", "range", "sorted", "len", "str", "int", "reversed"))

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
                return _creation(name, (cell, node), later[::-1], namespace)
            later.append((cell, node))
    return None


def find_additions(name: str, wanted: Set[str], cells: ExecutedCells) -> Creation | None:
    """Return the statements that add functions to a connection of SQLite.

    An example is ``connection.create_function("distance", 4, distance)``. Returns None if there is
    no such statement for one of the names in ``wanted``.
    """
    chosen: dict[str, Statement] = {}
    for cell in cells.newest_first():
        for node in reversed(cell.tree.body):
            call = node.value if isinstance(node, ast.Expr) else None
            if not isinstance(call, ast.Call) or _root(call.func) != name or not call.args:
                continue
            first, method = call.args[0], getattr(call.func, "attr", "")
            if method.startswith("create_") and isinstance(first, ast.Constant):
                chosen.setdefault(str(first.value), (cell, node))
    if {one.lower() for one in wanted} - {one.lower() for one in chosen}:
        return None
    found = list(chosen.values())[::-1]
    text = "\n".join(cell.text_of(node) for cell, node in found)
    return Creation(text, ast.Module([node for _, node in found], []))


def _is_repeatable(kind: type) -> bool:
    top = kind.__module__.partition(".")[0]
    if kind.__name__ in _STARTED or top in CONNECTIONS or top == "__main__":
        return False
    return top in _OF_PYTHON or top not in sys.stdlib_module_names


def _creates(node: ast.stmt, value: object, namespace: Mapping[str, object]) -> bool:
    """Return whether the statement is ``name = Class(…)`` with the class of ``value``.

    It may also call a method that creates such objects, as in ``page = env.from_string("…")``, or
    create a list, tuple or dictionary of such objects.
    """
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if len(targets) > 1 or not isinstance(targets[0], ast.Name):
        return False
    if isinstance(node.value, _DISPLAYS):
        return _creates_items(node.value, value, namespace)
    return isinstance(node.value, ast.Call) and _is_creator(node.value, value, namespace)


def _creates_items(node: ast.expr, value: object, namespace: Mapping[str, object]) -> bool:
    """Return whether the expression calls only what creates the items of ``value``."""
    items = list(value.values() if isinstance(value, dict) else value)  # type: ignore[call-overload]  # is a container
    made = [one for one in items if type(one).__module__.partition(".")[0] in _FACTORIES]
    plain = all(isinstance(one, str | int | float | None) for one in items if one not in made)
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    return bool(made and plain) and all(
        _is_creator(one, made[0], namespace)
        or (isinstance(one.func, ast.Attribute) and one.func.attr in _OF_CONTAINERS)
        or (isinstance(one.func, ast.Name) and one.func.id in _PURE - namespace.keys())
        for one in calls
    )


def _is_creator(node: ast.Call, value: object, namespace: Mapping[str, object]) -> bool:
    called = _called(node.func, namespace)
    if isinstance(called, types.MethodType):
        top = type(value).__module__.partition(".")[0]
        return called.__name__ in _FACTORIES.get(top, ())
    # ``hashlib.sha256`` is a function, and before Python 3.13, ``threading.Lock`` is one too.
    is_made_by_function = type(value).__module__ in ("_thread", "_hashlib", "_blake2")
    module = getattr(called, "__module__", "")
    creator = _CREATORS.get(f"{type(value).__module__}.{type(value).__name__}")
    if creator is not None and getattr(called, "__name__", "") == creator:
        return True
    return called is type(value) or (is_made_by_function and module in _OF_PYTHON)


def _called(node: ast.expr, namespace: Mapping[str, object]) -> object:
    if isinstance(node, ast.Name):
        return namespace.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        return getattr(_called(node.value, namespace), node.attr, None)
    return None


def _users(name: str, namespace: Mapping[str, object]) -> frozenset[str]:
    """Return the functions of the notebook that read the object as a global variable."""
    return frozenset(
        key
        for key, value in namespace.items()
        if isinstance(value, types.FunctionType) and name in value.__code__.co_names
    )


def _creation(
    name: str, first: Statement, later: list[Statement], namespace: Mapping[str, object]
) -> Creation | None:
    chosen = [first]
    read = _read(first[1])
    users = _users(name, namespace)
    for cell, node in later:
        # A name that was bound again, or a changed container, would lead to another object.
        containers = {one for one in read if isinstance(namespace.get(one), list | dict | set)}
        if read & _bound(node) or any(
            _may_change(one, node, frozenset()) for one in containers - {name}
        ):
            return None
        if _sets_up(name, node):
            chosen.append((cell, node))
            read |= _read(node) - {name}
        elif _may_change(name, node, users):
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
    return is_method and (method.attr == "set" or method.attr.startswith(_SET_UP))  # type: ignore[union-attr]  # is_method


def _may_change(name: str, node: ast.AST, users: frozenset[str]) -> bool:
    """Return whether a statement changes the object, or calls something that may do so.

    A call counts if its result is dropped: ``index.build()``, also in a loop, ``fill(index)``, or
    ``fill()`` if ``fill`` is one of the ``users``. The bodies of functions are left out, because
    the call of the function counts.
    """
    if isinstance(node, FUNCTIONS):
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value.func
        if isinstance(called, ast.Attribute) and _root(called) == name:
            return not called.attr.startswith(_READS)
        function = called.id if isinstance(called, ast.Name) else ""
        given = (*node.value.args, *(one.value for one in node.value.keywords))
        passed = any(isinstance(one, ast.Name) and one.id == name for one in given)
        if function in users or (passed and function not in _HARMLESS):
            return True
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        # The result of ``parser.add_subparsers()`` belongs to the object, and may change it later.
        called = node.value.func
        is_own = isinstance(called, ast.Attribute) and _root(called) == name
        if is_own and called.attr.startswith(_SET_UP):  # type: ignore[attr-defined]  # is_own
            return True
    if _is_changed(name, node):
        return True
    return any(_may_change(name, inner, users) for inner in ast.iter_child_nodes(node))


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

"""Rebuild functions that no statement defines: what a factory returned, a lambda in a table.

They travel by value: the text of the function, inside a function that sets what it closes over.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import accumulate

from jupyter_faas.capture.analysis.scopes import FunctionNode
from jupyter_faas.capture.source.cells import ExecutedCell, ExecutedCells, compilations
from jupyter_faas.capture.source.objects import FUTURE_ANNOTATIONS, SourceMissing, shape

# Writes a closed-over value or a default (``factor``, ``the default of by``) as an expression.
WriteKept = Callable[[str, object], str]


@dataclass(frozen=True)
class RebuiltFunction:
    """``text`` binds ``name``. ``tree`` has the function alone, numbered as in its own cell, with
    what it closes over as parameters around it. ``leaves`` is a second name that the text binds,
    ``changes`` are those of what it closes over that it sets itself (``nonlocal``).
    """

    text: str
    tree: ast.Module
    leaves: str = ""
    changes: frozenset[str] = frozenset()


def rebuild_function(
    name: str, function: types.FunctionType, cells: ExecutedCells, write: WriteKept
) -> RebuiltFunction:
    """Return statements that bind ``name`` to an equal of ``function``, with its present values.

    Raises SourceMissing when its text cannot be found, or keeps what only its maker knows.
    """
    for cell, node in _candidates(function, cells):
        kept = _kept(function, node)
        parts = _Parts(cell, node, _written_defaults(function, node, write))
        closed = {key: write(key, value) for key, value in kept.items()}
        text = parts.statements(name, closed)
        if _has_code(cell, text, function):
            return RebuiltFunction(
                text, parts.tree(name, closed), parts.leaves(name, closed), _changes(node)
            )
    maker = function.__qualname__.partition(".<locals>")[0]
    raise SourceMissing(
        f"is a function made inside {maker}, whose source the notebook no longer has"
        if "<locals>" in function.__qualname__
        else f"is {function.__name__}, whose source the notebook no longer has",
        "Run the cell that makes it again.",
    )


def _candidates(
    function: types.FunctionType, cells: ExecutedCells
) -> Iterator[tuple[ExecutedCell, FunctionNode]]:
    code = function.__code__
    own = cells.of_file(code.co_filename)
    if own is not None:
        for node in _functions_of(own, code.co_name):
            if code.co_firstlineno in (_first(node), node.lineno) and _fits(own, node, function):
                yield own, node
    for cell in cells.newest_first():
        for node in _functions_of(cell, code.co_name):
            if _fits(cell, node, function):
                yield cell, node


def _functions_of(cell: ExecutedCell, name: str) -> Iterator[FunctionNode]:
    for node in ast.walk(cell.tree):
        if (isinstance(node, ast.Lambda) and name == "<lambda>") or (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
        ):
            yield node


def _first(node: FunctionNode) -> int:
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min([node.lineno, *(one.lineno for one in decorators)])


def _fits(cell: ExecutedCell, node: FunctionNode, function: types.FunctionType) -> bool:
    """Whether the node compiles to the function's code, where its free names are parameters."""
    bare = copy.deepcopy(node)
    if not isinstance(bare, ast.Lambda):
        bare.decorator_list, bare.returns = [], None
    _without_defaults(bare)
    tree = _around("_", function.__code__.co_freevars, bare)
    own = function.__code__.co_name
    if own in function.__code__.co_names:
        # It calls itself by its global name, which the function around it must not take.
        tree.body[0].body.insert(0, ast.Global([own]))  # type: ignore[attr-defined]  # a def
        ast.fix_missing_locations(tree)
    try:
        codes = compilations(cell, tree, _flags(function))
        return any(_contains(code, function.__code__) for code in codes)
    except SyntaxError:
        return False


def _without_defaults(node: FunctionNode) -> None:
    node.args.defaults = [ast.copy_location(ast.Constant(None), d) for d in node.args.defaults]
    node.args.kw_defaults = [
        None if default is None else ast.copy_location(ast.Constant(None), default)
        for default in node.args.kw_defaults
    ]


def _around(name: str, closed: tuple[str, ...], node: FunctionNode) -> ast.Module:
    arguments = ast.arguments([], [ast.arg(key) for key in closed], None, [], [], None, [])
    body: ast.stmt = ast.Return(node) if isinstance(node, ast.Lambda) else node
    outer = ast.FunctionDef(name, arguments, [body], [])
    # A field since Python 3.12, and one that compile() insists on.
    setattr(outer, "type_params", [])  # noqa: B010 the types of older Pythons do not know it
    ast.copy_location(outer, node)
    return ast.fix_missing_locations(ast.Module([outer], []))


def _flags(function: types.FunctionType) -> int:
    return function.__code__.co_flags & FUTURE_ANNOTATIONS


def _has_code(cell: ExecutedCell, text: str, function: types.FunctionType) -> bool:
    try:
        codes = compilations(cell, text, _flags(function))
        return any(_contains(code, function.__code__) for code in codes)
    except SyntaxError:
        return False


def _contains(outer: types.CodeType, code: types.CodeType) -> bool:
    return any(
        shape(inner) == shape(code) or _contains(inner, code)
        for inner in outer.co_consts
        if isinstance(inner, types.CodeType)
    )


def _kept(function: types.FunctionType, node: FunctionNode) -> dict[str, object]:
    """The values that the function closes over, without itself: the new ``def`` binds that."""
    kept: dict[str, object] = {}
    cells = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        try:
            value = cell.cell_contents
        except ValueError:
            raise SourceMissing(
                f"is a function that uses {name}, which its maker has not set",
                "Define it with def at the top level of a cell.",
            ) from None
        if name != getattr(node, "name", None) or value is not function:
            kept[name] = value
    return kept


def _changes(node: FunctionNode) -> frozenset[str]:
    declared = (inner.names for inner in ast.walk(node) if isinstance(inner, ast.Nonlocal))
    return frozenset(name for names in declared for name in names)


def _written_defaults(
    function: types.FunctionType, node: FunctionNode, write: WriteKept
) -> dict[ast.expr, str]:
    """Expressions for the present values of the defaults that are not plain constants."""
    texts: dict[ast.expr, str] = {}
    every = [*node.args.posonlyargs, *node.args.args]
    live = function.__defaults__ or ()
    if len(live) == len(node.args.defaults):
        named = every[len(every) - len(live) :]
        for parameter, default, value in zip(named, node.args.defaults, live, strict=True):
            if not isinstance(default, ast.Constant):
                texts[default] = write(f"the default of {parameter.arg}", value)
    by_name = function.__kwdefaults__ or {}
    for parameter, keyword in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if keyword is None or isinstance(keyword, ast.Constant):
            continue
        if parameter.arg in by_name:
            texts[keyword] = write(f"the default of {parameter.arg}", by_name[parameter.arg])
    return texts


@dataclass(frozen=True)
class _Parts:
    cell: ExecutedCell
    node: FunctionNode
    defaults: dict[ast.expr, str]

    def statements(self, name: str, closed: dict[str, str]) -> str:
        text = self._function_text()
        if isinstance(self.node, ast.Lambda):
            if not closed:
                return f"{name} = ({text})"
            return f"{_head(name, closed)}\n    return ({text})\n{_tail(name, closed)}"
        own = self.node.name
        if not self.node.col_offset and not closed:
            return f"{text}\n{name} = {own}"
        indent = self._indent() or "    "
        return f"{_head(name, closed)}\n{text}\n{indent}return {own}\n{_tail(name, closed)}"

    def leaves(self, name: str, closed: dict[str, str]) -> str:
        own = getattr(self.node, "name", "")
        return own if own != name and not self.node.col_offset and not closed else ""

    def tree(self, name: str, closed: dict[str, str]) -> ast.Module:
        bare = copy.deepcopy(self.node)
        if not isinstance(bare, ast.Lambda):
            bare.decorator_list = []
        if self.defaults:
            _without_defaults(bare)
        return _around(name, tuple(closed), bare)

    def _indent(self) -> str:
        line = self.cell.text.split("\n")[self.node.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def _function_text(self) -> str:
        """The function's own text, without decorators, its defaults written as they are now."""
        lines = [f"{line}\n".encode() for line in self.cell.text.split("\n")]
        starts = [0, *accumulate(map(len, lines))]
        text = b"".join(lines)

        def place(line: int, column: int) -> int:
            return starts[line - 1] + column

        node = self.node
        # A def keeps the indentation of its first line, which those of its body continue.
        column = node.col_offset if isinstance(node, ast.Lambda) else 0
        begin = place(node.lineno, column)
        end = place(node.end_lineno or node.lineno, node.end_col_offset or 0)
        for default in sorted(self.defaults, key=lambda one: (-one.lineno, -one.col_offset)):
            first = place(default.lineno, default.col_offset)
            last = place(default.end_lineno or default.lineno, default.end_col_offset or 0)
            written = self.defaults[default].encode()
            text = text[:first] + written + text[last:]
            end += len(written) - (last - first)
        return text[begin:end].decode()


def _head(name: str, closed: dict[str, str]) -> str:
    return f"def _make_{name}({', '.join(closed)}):"


def _tail(name: str, closed: dict[str, str]) -> str:
    return f"{name} = _make_{name}({', '.join(closed.values())})"


class SharedCells:
    """Closure cells that functions of one factory share (``nonlocal n``): copies would not."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, bool]] = {}

    def conflicts(
        self, name: str, function: types.FunctionType, changes: Set[str]
    ) -> Iterator[tuple[str, str]]:
        """``(variable, other function)`` where one of the two changes it."""
        cells = function.__closure__ or ()
        for shared, cell in zip(function.__code__.co_freevars, cells, strict=True):
            is_set = shared in changes
            other, is_set_there = self._known.setdefault(id(cell), (name, is_set))
            if other != name and (is_set or is_set_there):
                yield shared, other


def method_path(function: object, namespace: Mapping[str, object]) -> str | None:
    """``A.m`` for the function that class A of the notebook holds under that name."""
    path = str(getattr(function, "__qualname__", ""))
    owner, *names = path.split(".")
    found = namespace.get(owner)
    if not names or not isinstance(found, type):
        return None
    for name in names:
        found = getattr(found, name, None)
    return path if found is function else None


def is_dispatcher(value: object) -> bool:
    """A functools.singledispatch function to which more than the first was registered."""
    registry = getattr(value, "registry", None)
    return isinstance(registry, types.MappingProxyType) and len(registry) > 1

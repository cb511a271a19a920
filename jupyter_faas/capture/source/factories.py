"""Reconstruction of functions that no statement defines, such as results of factories.

The source of such a function is placed inside a generated factory. The parameters of this factory
are the variables that the function closes over. The factory is called with their current values.
"""

from __future__ import annotations

import ast
import collections
import copy
import dis
import types
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from jupyter_faas.capture.analysis.scopes import FunctionNode
from jupyter_faas.capture.refusals import DEFINE_IN_A_CELL, create_inside
from jupyter_faas.capture.source.cells import ExecutedCell, ExecutedCells, compilations
from jupyter_faas.capture.source.objects import FUTURE_ANNOTATIONS, SourceMissing, shape
from jupyter_faas.capture.values.attributes import stored_attribute

# A WriteKept function writes a closed-over value or a default as an expression. The first argument
# is the description in messages, such as ``factor`` or ``the default of by``.
WriteKept = Callable[[str, object], str]

# The state of a decorator with a longer literal, such as a large cache, is left out.
LONGEST_STATE = 100_000
_LONGEST_PLACE = 1000
_IMMUTABLE = frozenset((bool, int, float, str, bytes, types.NoneType))
_STATE_TYPES = _IMMUTABLE | {
    *(list, dict, set, collections.Counter, collections.defaultdict),
    *(collections.OrderedDict, collections.deque),
}


@dataclass(frozen=True)
class RebuiltFunction:
    """The statements that define a function again.

    ``text`` contains the statements. ``tree`` is the function inside the generated factory, with
    the line numbers of the original cell. ``leaves`` is a second name that ``text`` binds, or
    empty. ``changes`` contains the closed-over variables that the function sets (``nonlocal``).
    """

    text: str
    tree: ast.Module
    leaves: str = ""
    changes: frozenset[str] = frozenset()


def rebuild_function(
    name: str, factory: str, function: types.FunctionType, cells: ExecutedCells, write: WriteKept
) -> RebuiltFunction:
    """Return statements that bind ``name`` to a copy of ``function``.

    ``factory`` is the name of the generated factory, if there is one. The copy has the current
    closed-over values and defaults. Raises SourceMissing when the function's source cannot be
    found, or when it closes over a variable that has not been set.
    """
    for cell, node in _candidates(function, cells):
        kept = _kept(function, node)
        parts = _Parts(cell, node, factory, _written_defaults(function, node, write))
        closed = {key: write(key, value) for key, value in kept.items()}
        text = parts.statements(name, closed)
        # A candidate may come from an edited cell, so only equal bytecode proves a match.
        if _has_code(cell, text, function):
            return RebuiltFunction(
                text, parts.tree(name, closed), parts.leaves(name, closed), _changes(node)
            )
    maker = function.__qualname__.partition(".<locals>")[0]
    raise SourceMissing(
        f"is a function created inside {maker}, whose source code is not in the notebook"
        if "<locals>" in function.__qualname__
        else "is a function whose source code is not in the notebook",
        create_inside(name)
        if function.__name__ == "<lambda>" or "<locals>" in function.__qualname__
        else DEFINE_IN_A_CELL,
    )


def _candidates(
    function: types.FunctionType, cells: ExecutedCells
) -> Iterator[tuple[ExecutedCell, FunctionNode]]:
    code = function.__code__
    own = cells.of_file(code.co_filename)
    if own is not None:
        # Two lambdas may differ only in their line, so the function's own cell comes first.
        for node in own.functions.get(code.co_name, ()):
            if _begins_at(node, code.co_firstlineno) and _fits(own, node, function):
                yield own, node
    for cell in cells.newest_first():
        for node in cell.functions.get(code.co_name, ()):
            if _fits(cell, node, function):
                yield cell, node


def _begins_at(node: FunctionNode, line: int) -> bool:
    if isinstance(node, ast.Lambda) or node.lineno == line:
        return node.lineno == line
    return line == min((one.lineno for one in node.decorator_list), default=node.lineno)


def _fits(cell: ExecutedCell, node: FunctionNode, function: types.FunctionType) -> bool:
    """Return whether the node, inside a factory, compiles to the function's code."""
    bare = copy.deepcopy(node)
    if not isinstance(bare, ast.Lambda):
        # Decorators and the return annotation are not part of the function's code object, and may
        # not compile here.
        bare.decorator_list, bare.returns = [], None
    _without_defaults(bare)
    tree = _around("_", function.__code__.co_freevars, bare)
    own = function.__code__.co_name
    if own in function.__code__.co_names:
        # The function uses its own global name. Inside the factory, this name would be a local
        # variable, and the bytecode would differ.
        tree.body[0].body.insert(0, ast.Global([own]))  # type: ignore[attr-defined]  # body[0] is a def
        ast.fix_missing_locations(tree)
    wanted = shape(function.__code__)
    try:
        codes = compilations(cell, tree, _flags(function))
        # The code of the node is inside that of the factory. Functions inside the node do not
        # count: in ``lambda f: lambda x: f(x)``, both are lambdas.
        factories = (inner for code in codes for inner in _inner(code))
        return any(shape(one) == wanted for factory in factories for one in _inner(factory))
    except SyntaxError:
        return False


# Default expressions are not part of the function's code, and their current values are written
# separately. Replacing them with None preserves the number of defaults.
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
    # Since Python 3.12, ``compile`` requires this field, which older versions do not have.
    setattr(outer, "type_params", [])  # noqa: B010 - older type stubs lack it
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
    return any(shape(inner) == shape(code) or _contains(inner, code) for inner in _inner(outer))


def _inner(code: types.CodeType) -> Iterator[types.CodeType]:
    return (one for one in code.co_consts if isinstance(one, types.CodeType))


def _kept(function: types.FunctionType, node: FunctionNode) -> dict[str, object]:
    """Return the values that the function closes over, by name.

    The function itself is omitted, because the generated ``def`` binds its name. Raises
    SourceMissing for a variable that has not been set.
    """
    kept: dict[str, object] = {}
    cells = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        try:
            value = cell.cell_contents
        # Python raises ValueError for an empty cell, whose variable the factory has not assigned.
        except ValueError:
            raise SourceMissing(
                f"is a function that uses {name}, which has not been set",
                create_inside(name),
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
    """Return expressions for the current values of defaults that are not literals.

    The default in ``def f(x=y)`` was evaluated once, and ``y`` may have changed since.
    """
    texts: dict[ast.expr, str] = {}
    every = [*node.args.posonlyargs, *node.args.args]
    live = function.__defaults__ or ()
    # If the lengths differ, the values cannot be matched with the parameters.
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
    factory: str
    defaults: dict[ast.expr, str]

    def statements(self, name: str, closed: dict[str, str]) -> str:
        text = self._function_text()
        if isinstance(self.node, ast.Lambda):
            if not closed:
                return f"{name} = ({text})"
            return f"{self._head(closed)}\n    return ({text})\n{self._tail(name, closed)}"
        own = self.node.name
        # A top-level ``def`` without closed-over variables does not need a factory.
        if not self.node.col_offset and not closed:
            return f"{text}\n{name} = {own}"
        indent = self._indent() or "    "
        tail = self._tail(name, closed)
        return f"{self._head(closed)}\n{text}\n{indent}return {own}\n{tail}"

    def _head(self, closed: dict[str, str]) -> str:
        return f"def {self.factory}({', '.join(closed)}):"

    def _tail(self, name: str, closed: dict[str, str]) -> str:
        return f"{name} = {self.factory}({', '.join(closed.values())})"

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
        """Return the function's source without decorators, with the current default values."""
        # The source is handled as bytes, because offsets in a syntax tree count UTF-8 bytes.
        lines = [f"{line}\n".encode() for line in self.cell.text.split("\n")]
        starts = [0, *accumulate(map(len, lines))]
        text = b"".join(lines)

        def place(line: int, column: int) -> int:
            return starts[line - 1] + column

        node = self.node
        # A ``def`` keeps the indentation of its first line, because the body is indented relative
        # to this line.
        column = node.col_offset if isinstance(node, ast.Lambda) else 0
        begin = place(node.lineno, column)
        end = place(node.end_lineno or node.lineno, node.end_col_offset or 0)
        # Defaults are replaced from last to first, so that earlier offsets remain valid.
        for default in sorted(self.defaults, key=lambda one: (-one.lineno, -one.col_offset)):
            first = place(default.lineno, default.col_offset)
            last = place(default.end_lineno or default.lineno, default.end_col_offset or 0)
            written = self.defaults[default].encode()
            text = text[:first] + written + text[last:]
            end += len(written) - (last - first)
        return text[begin:end].decode()


class SharedCells:
    """A registry of closure cells, which detects functions that share a variable.

    Rebuilt functions get separate copies of a shared variable. If one function changed the
    variable, the other function would not see the change.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, bool]] = {}

    def conflicts(
        self, name: str, function: types.FunctionType, changes: Set[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield ``(variable, other function)`` for each shared variable that is changed.

        ``changes`` contains the variables that ``function`` itself sets.
        """
        cells = function.__closure__ or ()
        for shared, cell in zip(function.__code__.co_freevars, cells, strict=True):
            is_set = shared in changes
            other, is_set_there = self._known.setdefault(id(cell), (name, is_set))
            if other != name and (is_set or is_set_there):
                yield shared, other


def method_path(function: object, namespace: Mapping[str, object]) -> str | None:
    """Return ``A.m`` if ``function`` is method ``m`` of the notebook's class ``A``, else None."""
    path = str(stored_attribute(function, "__qualname__", ""))
    owner, *names = path.split(".")
    found = namespace.get(owner)
    if not names or not isinstance(found, type):
        return None
    for name in names:
        found = getattr(found, name, None)
    return path if found is function else None


def is_dispatcher(value: object) -> bool:
    """Return whether ``value`` is a singledispatch function with registered implementations."""
    registry = stored_attribute(value, "registry")
    # The first entry is the default implementation, for ``object``.
    return isinstance(registry, types.MappingProxyType) and len(registry) > 1


def changed_defaults(
    node: ast.stmt, function: types.FunctionType
) -> Iterator[tuple[str, dict[Any, Any] | list[Any] | set[Any]]]:
    """Yield the defaults that are containers in the source and have other contents now.

    Each comes with the path from the function, such as ``__defaults__[0]``.
    """
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    places = [
        (f"__defaults__[{at}]", default, value)
        for at, (default, value) in enumerate(
            zip(node.args.defaults, function.__defaults__ or (), strict=False)
        )
    ]
    named = function.__kwdefaults__ or {}
    places += [
        (f"__kwdefaults__[{one.arg!r}]", default, named.get(one.arg))
        for one, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is not None
    ]
    for path, default, value in places:
        text = ast.unparse(default).replace("dict()", "{}").replace("list()", "[]")
        if type(value) not in (dict, list, set):
            continue
        try:
            written = set() if text == "set()" else ast.literal_eval(text)
        except (ValueError, SyntaxError):
            continue
        if type(written) is type(value) and repr(written) != repr(value):
            yield path, value


def decorator_state(function: Any) -> Iterator[tuple[str, str, object]]:
    """Yield the plain values that calls may have changed since a decorator ran.

    These are attributes of a decorated function or of a decorator's object (``f.calls += 1``), and
    the variables and containers of a wrapper (``nonlocal calls``). Each is yielded as its name, its
    place in the function and its value. The values of a library's decorator, what
    ``functools.wraps`` copies, and empty containers are left out.
    """
    one = function
    place = ""
    # An object may have any attribute, so that the chain does not end.
    while one is not None and len(place) < _LONGEST_PLACE and hasattr(one, "__wrapped__"):
        if _is_of_notebook(one):
            yield from ((key, f"{place}{key}", value) for key, value in _own_attributes(one))
            if type(one) is types.FunctionType:
                yield from ((key, f"{place}{at}", value) for key, at, value in _variables(one))
        one, place = one.__wrapped__, f"{place}__wrapped__."


def _is_of_notebook(function: Any) -> bool:
    # The state of a library's decorator, such as times of calls, would differ in each run.
    if type(function) is types.FunctionType:
        return function.__globals__.get("__name__") == "__main__"
    kind: Any = type(function)
    return kind.__module__ == "__main__" and kind.__setattr__ is object.__setattr__


def _own_attributes(function: Any) -> Iterator[tuple[str, object]]:
    attributes = stored_attribute(function, "__dict__", {})
    inner = stored_attribute(function.__wrapped__, "__dict__", {})
    for key, value in attributes.items() if isinstance(attributes, dict) else ():
        is_special = key.startswith("__") or not key.isidentifier()
        is_copied = isinstance(inner, dict) and key in inner and inner[key] is value
        if not is_special and not is_copied and _is_state(value):
            yield key, value


def _variables(function: types.FunctionType) -> Iterator[tuple[str, str, object]]:
    """Yield the variables of a wrapper that it sets, and its containers."""
    code = function.__code__
    stored = {
        one.argval
        for one in dis.get_instructions(code)
        if one.opname in ("STORE_DEREF", "DELETE_DEREF")
    }
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    for at, (name, cell) in enumerate(cells):
        try:
            value = cell.cell_contents
        except ValueError:  # the decorator has not set the variable
            continue
        if _is_state(value) and (name in stored or type(value) not in _IMMUTABLE):
            yield name, f"__closure__[{at}].cell_contents", value


def _is_state(value: Any) -> bool:
    is_empty = type(value) not in _IMMUTABLE and type(value) in _STATE_TYPES and not value
    return type(value) in _STATE_TYPES and not is_empty

"""Find the statement that defined a class. Python does not record its line before 3.13."""

from __future__ import annotations

import ast
import builtins
import inspect
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_faas.capture.analysis.scopes import Scope, declare, mangled
from jupyter_faas.capture.source.cells import ExecutedCell, ExecutedCells, first_line

# Calls that make a class or a type from their arguments alone. Running such a statement again
# makes an equal class.
_CLASS_CALLS = frozenset(
    ("namedtuple", "NamedTuple", "TypedDict", "NewType", "TypeVar", "ParamSpec", "make_dataclass")
) | {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}


class ClassChanged(Exception):
    """Raised when a class has changed since its statement ran; its text is the attribute's name."""


def class_statements(
    value: object,
    methods: Mapping[str, types.FunctionType],
    cells: ExecutedCells,
    namespace: Mapping[str, object],
) -> Iterator[tuple[ExecutedCell, ast.stmt]]:
    """Yield statements that may have defined the class (or named type) ``value``, the best first.

    A class with ``methods`` is found by the line numbers of their code. One without is found by
    its name, bases and members. Raises ClassChanged when an attribute was set after the statement.
    """
    name = str(getattr(value, "__name__", ""))
    # Sorted, because the order of a set of strings differs between two runs of Python.
    files = {method.__code__.co_filename for method in methods.values()}
    for cell in filter(None, map(cells.of_file, sorted(files))):
        for node in cell.statements():
            inside = {key for key, method in methods.items() if _is_inside(method, node)}
            if defines_class(node, name) and inside:
                for changed in [*_attached(node, set(methods) - inside), *_changes(node, value)]:
                    raise ClassChanged(changed)
                yield cell, node
    # A changed class is an error only if no older cell has a statement that fits exactly.
    nearly: list[str] = []
    for cell in cells.newest_first():
        for node in reversed(list(cell.statements())):
            if defines_class(node, name) and _may_define(node, value, namespace):
                changes = _changes(node, value)
                nearly += changes
                if not changes:
                    yield cell, node
    if nearly:
        raise ClassChanged(nearly[0])


def changed_base(
    name: str, value: object, cells: ExecutedCells, namespace: Mapping[str, object]
) -> str | None:
    """Return the name of a base in the latest class statement that ``value`` does not have.

    Returns None when all bases agree, or when no class statement has this name.
    """
    for cell in cells.newest_first():
        for node in cell.statements():
            if isinstance(node, ast.ClassDef) and node.name == name and isinstance(value, type):
                return next(_foreign_bases(node, value, namespace), None)
    return None


def _foreign_bases(
    node: ast.ClassDef, value: type, namespace: Mapping[str, object]
) -> Iterator[str]:
    for base in node.bases:
        # Other expressions (``Generic[T]``) are not evaluated here: no user code may run.
        name = base.id if isinstance(base, ast.Name) else ""
        known = namespace.get(name, getattr(builtins, name, None))
        if isinstance(known, type) and known not in value.__mro__:
            yield name


def written_methods(value: object) -> dict[str, types.FunctionType]:
    """Return the functions of a class itself whose text is in the notebook, by name."""
    found: dict[str, types.FunctionType] = {}
    for name, member in vars(value).items() if isinstance(value, type) else ():
        # classmethod and staticmethod keep their function as __func__, functools.cached_property
        # and singledispatchmethod as func.
        inner: Any = member.fget if isinstance(member, property) else member
        inner = getattr(inner, "__func__", getattr(inner, "func", inner))
        while hasattr(inner, "__wrapped__"):
            inner = inner.__wrapped__
        # Methods that dataclass, Enum and NamedTuple generate have no file, or belong to another
        # module.
        if not isinstance(inner, types.FunctionType) or inner.__module__ != value.__module__:
            continue
        if not inner.__code__.co_filename.startswith("<string"):
            found[name] = inner
    return found


def defines_class(node: ast.stmt, name: str) -> bool:
    """Whether the statement is ``class name`` or, say, ``name = namedtuple(…)``."""
    if isinstance(node, ast.ClassDef):
        return node.name == name
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return False
    target, called = node.targets[0], ast.unparse(node.value.func).rpartition(".")[2]
    return isinstance(target, ast.Name) and target.id == name and called in _CLASS_CALLS


def _is_inside(method: types.FunctionType, node: ast.stmt) -> bool:
    lines = range(first_line(node), (node.end_lineno or node.lineno) + 1)
    # The qualified name excludes a function of another class that was set as an attribute.
    prefix = f"{getattr(node, 'name', '')}."
    return method.__code__.co_firstlineno in lines and method.__qualname__.startswith(prefix)


def _may_define(node: ast.stmt, value: object, namespace: Mapping[str, object]) -> bool:
    """Whether a statement fits the bases and attributes of ``value``, a class without methods."""
    if not isinstance(node, ast.ClassDef) or not isinstance(value, type):
        return isinstance(node, ast.Assign)
    if any(_foreign_bases(node, value, namespace)):
        return False
    names = {*_members(value), *inspect.get_annotations(value), *getattr(value, "_fields", ())}
    return _bound_in(node) <= names


def _attached(node: ast.stmt, elsewhere: set[str]) -> list[str]:
    """Return the methods in ``elsewhere`` that the class body does not bind, sorted by name."""
    return sorted(elsewhere - (_bound_in(node) if isinstance(node, ast.ClassDef) else set()))


def _changes(node: ast.stmt, value: object) -> list[str]:
    """Return attributes that differ from the class body's literals, or that the body lacks."""
    # Only literals can be compared: evaluating other expressions would run user code.
    if not isinstance(node, ast.ClassDef) or not isinstance(value, type):
        return []
    members = _members(value)
    changed = [
        name for name, literal in _literals(node) if not _equals_literal(literal, members.get(name))
    ]
    # Decorators, metaclasses and named tuples add attributes, so an extra one proves nothing.
    if type(value) is type and not node.decorator_list and not hasattr(value, "_fields"):
        public = {
            name
            for name, member in vars(value).items()
            if not name.startswith("_") and not isinstance(member, types.MemberDescriptorType)
        }
        changed += sorted(public - _bound_in(node))
    return changed


def _members(cls: type) -> dict[str, Any]:
    # ``vars`` lacks the members of an Enum in some Python versions, and holds descriptors instead
    # of the field defaults of a NamedTuple.
    enumerated = getattr(cls, "__members__", {})
    return {**vars(cls), **enumerated, **getattr(cls, "_field_defaults", {})}


def _bound_in(node: ast.ClassDef) -> set[str]:
    scope = Scope("class", class_name=node.name)
    declare(scope, node.body)
    return scope.bound


def _literals(node: ast.ClassDef) -> Iterator[tuple[str, ast.Constant]]:
    """Yield ``(name, 1)`` for ``name = 1`` and ``name: int = 1`` if nothing else sets the name."""
    stores = Counter(
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load)
    )
    for inner in node.body:
        if not isinstance(inner, ast.Assign | ast.AnnAssign):
            continue
        target = inner.targets[0] if isinstance(inner, ast.Assign) else inner.target
        if not isinstance(target, ast.Name) or not isinstance(inner.value, ast.Constant):
            continue
        if stores[target.id] == 1:
            yield mangled(target.id, node.name), inner.value


def _equals_literal(node: ast.Constant, value: object) -> bool:
    # With __slots__, a default of a dataclass field is replaced by a slot descriptor.
    if isinstance(value, types.MemberDescriptorType):
        return True
    # A member of an Enum keeps its literal in ``value``.
    actual = getattr(value, "value", value)
    return type(actual) is type(node.value) and bool(actual == node.value)

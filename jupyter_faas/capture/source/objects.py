"""Lookup of the source of a notebook's functions and classes from the live objects."""

from __future__ import annotations
import __future__

import ast
import enum
import inspect
import os
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_origin

from jupyter_faas.capture.refusals import DEFINE_IN_A_CELL, create_inside
from jupyter_faas.capture.source.cells import ExecutedCell, ExecutedCells, compilations, first_line
from jupyter_faas.capture.source.classes import (
    changed_base,
    class_statements,
    has_text_annotations,
    written_methods,
)
from jupyter_faas.capture.values.attributes import stored_attribute

FUTURE_ANNOTATIONS = __future__.annotations.compiler_flag


@dataclass(frozen=True)
class Source:
    """A statement of the notebook that defines a function or class.

    ``binds`` is the name that the statement defines. For an alias (``g = f``), ``binds`` differs
    from the name that was looked up. ``tree`` has the line numbers of the original cell.
    ``future_annotations`` is true if the statement ran with
    ``from __future__ import annotations``. ``changed`` contains the attributes of a class that were
    set after the statement ran.
    """

    text: str
    tree: ast.Module
    kind: Literal["function", "class"]
    binds: str
    future_annotations: bool
    changed: tuple[str, ...] = ()


class SourceMissing(Exception):
    """Raised when no statement can be found that would define a notebook's object again.

    ``what`` is a predicate for the error message, such as ``is a function made inside make``.
    """

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class NotebookSources:
    """A finder for the statements that defined the functions and classes of ``namespace``."""

    def __init__(self, namespace: Mapping[str, object], cells: ExecutedCells) -> None:
        self._namespace = namespace
        self._modules = {"__main__", str(namespace.get("__name__", "__main__"))}
        self._cells = cells

    def is_from_notebook(self, value: object) -> bool:
        """Return whether ``value`` is a function, class or named type that the notebook defined."""
        function = core_function(value)
        if function is not None:
            return function.__globals__ is self._namespace or function.__module__ in self._modules
        # NewType and TypeVar objects are not types, but are also defined by a statement.
        is_type = isinstance(value, type) or type(value).__module__ == "typing"
        if isinstance(value, type) and "__dataclass_fields__" in vars(value):
            # Before Python 3.12, make_dataclass does not say which module called it.
            return getattr(value, "__module__", None) in (*self._modules, "types")
        if get_origin(value) is not None:
            # ``Stack[int]`` has the same ``__module__`` as ``Stack``, but no statement defines it.
            return False
        return is_type and getattr(value, "__module__", None) in self._modules

    def find(self, name: str, value: object) -> Source:
        """Return the source of ``value``, which is named ``name`` in the notebook.

        The source is that of the live object. If a function was edited but not run again, this is
        the old source. Raises SourceMissing, with a reason and a hint, when no statement defines
        the object.
        """
        function = core_function(value)
        if function is None:
            return self._find_class(name, value)
        if "<locals>" in function.__qualname__:
            maker = function.__qualname__.partition(".")[0]
            raise SourceMissing(
                f"is a function created inside {maker}",
                create_inside(name),
            )
        if function.__name__ == "<lambda>":
            return self._find_lambda(name, value, function)
        if "." in function.__qualname__:
            raise SourceMissing(
                f"is the method {function.__qualname__}",
                create_inside(name),
            )
        return self._find_function(name, value, function)

    def registered(self, value: Any) -> Iterator[tuple[Source, types.FunctionType]]:
        """Yield the implementations of a singledispatch function, with their sources.

        Raises SourceMissing for one that neither a decorator nor a call in a cell registers.
        """
        default, *others = value.registry.values()
        for one in dict.fromkeys(others):
            function = core_function(one)
            source = None if function is None else self._registered(default.__name__, function)
            if source is None or function is None:
                name = default.__name__
                raise SourceMissing(
                    f"has an implementation that no cell registers with {name}.register",
                    create_inside(name),
                )
            yield source, function

    def _registered(self, name: str, function: types.FunctionType) -> Source | None:
        for cell in self._cells.newest_first():
            for node in cell.tree.body:
                if self._registers(cell, node, name, function):
                    return _source(cell, node, "function", "", [function])
        for cell, node in self._definitions(function):
            decorators = map(ast.unparse, getattr(node, "decorator_list", ()))
            if any(one.startswith(f"{name}.register") for one in decorators):
                return _source(cell, node, "function", getattr(node, "name", ""), [function])
        return None

    def _registers(
        self, cell: ExecutedCell, node: ast.stmt, name: str, function: types.FunctionType
    ) -> bool:
        """Return whether the statement is a call such as ``size.register(list, lambda …)``."""
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != f"{name}.register":
            return False
        given = call.args[1] if len(call.args) == 2 else None
        if isinstance(given, ast.Name):
            return self._namespace.get(given.id) is function
        return isinstance(given, ast.Lambda) and _compiles_to(cell, node, function.__code__)

    def _find_function(self, name: str, value: object, function: types.FunctionType) -> Source:
        for cell, node in self._definitions(function):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name == function.__name__:
                # If there are more wrappers than decorators, a call such as ``g = timed(f)`` has
                # wrapped the function, which the statement alone would not repeat.
                if _wrappers(value) > len(node.decorator_list):
                    raise SourceMissing(
                        f"is {node.name} wrapped by a function call", create_inside(name)
                    )
                self._check_alias(name, value, node.name)
                return _source(cell, node, "function", node.name, [function])
        raise SourceMissing(
            "is a function whose source code is not in the notebook",
            DEFINE_IN_A_CELL,
        )

    def _find_lambda(self, name: str, value: object, function: types.FunctionType) -> Source:
        for cell, node in self._definitions(function):
            target = _lambda_target(node)
            if target is not None and (target == name or self._namespace.get(target) is value):
                return _source(cell, node, "function", target, [function])
        raise SourceMissing("is a lambda whose source code cannot be found", create_inside(name))

    def _definitions(self, function: types.FunctionType) -> Iterator[tuple[ExecutedCell, ast.stmt]]:
        """Yield the statements that may have defined ``function``, the best match first."""
        code = function.__code__
        own = self._cells.of_file(code.co_filename)
        if own is not None:
            # The source of an executed cell cannot change, but a file may have been edited since it
            # ran. For a file, the bytecode is therefore compared too.
            is_file = os.path.exists(code.co_filename)
            for node in own.statements():
                here = code.co_firstlineno in (first_line(node), _lambda_line(node))
                if here and (not is_file or _compiles_to(own, node, code)):
                    yield own, node
        # Magics such as ``%%time`` compile code under file names that are not in the line cache. A
        # statement must then compile to the same bytecode.
        for cell in self._cells.newest_first():
            for node in cell.statements():
                if _is_named(node, function.__name__) and _compiles_to(cell, node, code):
                    yield cell, node

    # An alias is written as ``g = f``, so ``f`` must still refer to the same object.
    def _check_alias(self, name: str, value: object, defined: str) -> None:
        if name != defined and _plain(self._namespace.get(defined)) is not _plain(value):
            raise SourceMissing(
                f"is the function that was defined as {defined}, but {defined} has since been "
                "redefined",
                create_inside(name),
            )

    def _find_class(self, name: str, value: object) -> Source:
        defined = str(stored_attribute(value, "__name__", ""))
        if "<locals>" in str(stored_attribute(value, "__qualname__", "")):
            raise SourceMissing(
                "is a class created inside a function",
                f"Define {defined} with class at the top level of a cell.",
            )
        self._check_alias(name, value, defined)
        methods = written_methods(value)
        for cell, node, changed in class_statements(value, methods, self._cells, self._namespace):
            for key in changed:
                if key not in vars(value) or isinstance(value, enum.EnumMeta):
                    raise changed_class(key, defined)
            found = _source(cell, node, "class", defined, list(methods.values()))
            future = found.future_annotations or has_text_annotations(node, value)
            return replace(found, changed=changed, future_annotations=future)
        base = changed_base(defined, value, self._cells, self._namespace)
        if base is not None:
            raise SourceMissing(
                f"was defined before {base} changed",
                f"Run the cell that defines {defined} again.",
            )
        # Running the cell again would not help, because type() or exec() made the class.
        raise SourceMissing(
            "is a class whose source code is not in the notebook", create_inside(name)
        )


def changed_class(attribute: str, name: str) -> SourceMissing:
    """Return the error for a class whose attribute has changed and cannot be written."""
    return SourceMissing(
        f"is a class whose attribute {attribute} was set after the class statement",
        f"Define {attribute} inside class {name}.",
    )


def core_function(value: object) -> types.FunctionType | None:
    """Return the function inside decorators, or None if ``value`` is not a function.

    Only decorators that set ``__wrapped__``, as ``functools.wraps`` does, are removed.
    """
    try:
        inner = inspect.unwrap(value)  # type: ignore[arg-type]
    # ``unwrap`` raises ValueError for circular wrappers. Objects that compute their attributes,
    # such as mocks or dictionaries whose keys are attributes, may raise any error.
    except Exception:
        return None
    return inner if isinstance(inner, types.FunctionType) else None


def is_handle(value: object) -> bool:
    """Return whether ``value`` is a handle, whose ``__wrapped__`` is the packaged function."""
    return type(value).__module__.startswith("jupyter_faas.") and hasattr(value, "__wrapped__")


def _plain(value: object) -> object:
    return value.__wrapped__ if is_handle(value) else value  # type: ignore[attr-defined]  # is a handle


def _wrappers(value: object) -> int:
    """Return the number of decorators around a function, without counting a handle."""
    count = 0
    while hasattr(value, "__wrapped__"):
        count += not is_handle(value)
        value = value.__wrapped__
    return count


def _source(
    cell: ExecutedCell,
    node: ast.stmt,
    kind: Literal["function", "class"],
    binds: str,
    functions: list[types.FunctionType],
) -> Source:
    return Source(
        text=cell.text_of(node),
        tree=ast.Module([node], []),
        kind=kind,
        binds=binds,
        future_annotations=any(f.__code__.co_flags & FUTURE_ANNOTATIONS for f in functions),
    )


def _lambda_target(node: ast.stmt) -> str | None:
    """Return the name in ``name = lambda …``, or None for other statements."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Lambda):
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _lambda_line(node: ast.stmt) -> int | None:
    value = getattr(node, "value", None)
    return value.lineno if isinstance(value, ast.Lambda) else None


def _is_named(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name == name
    return name == "<lambda>" and _lambda_target(node) is not None


def _compiles_to(cell: ExecutedCell, node: ast.stmt, code: types.CodeType) -> bool:
    flags = code.co_flags & FUTURE_ANNOTATIONS
    codes = compilations(cell, ast.Module([node], []), flags)
    inner = (
        value for code_ in codes for value in code_.co_consts if isinstance(value, types.CodeType)
    )
    return any(shape(candidate) == shape(code) for candidate in inner)


def shape(code: types.CodeType) -> tuple[object, ...]:
    """Return a code object's instructions, constants and names, without file and line.

    Functions whose sources differ only in position, comments or formatting have equal shapes.
    """
    # The type is included because ``1 == 1.0 == True``. Values are compared by ``repr`` because
    # NaN is not equal to itself.
    constants = tuple(
        shape(value) if isinstance(value, types.CodeType) else (type(value), repr(value))
        for value in code.co_consts
        # Before Python 3.11, the qualified name of an inner function is a constant of the outer
        # function. It differs when the outer function has another name, so it is ignored.
        if not (isinstance(value, str) and ".<locals>." in value)
    )
    names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return (code.co_code, constants, names)

"""Annotations that libraries evaluate, although Python does not.

With ``from __future__ import annotations``, Python keeps all annotations as texts, and without it
those in quotes. ``pydantic.validate_call`` and a function of ``functools.singledispatch`` look up
the names in the annotations of their functions nevertheless. pydantic looks up those of a model's
fields, and ``typing.get_type_hints`` those of any class. So an action needs these names.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, GenericAlias, ModuleType, UnionType
from typing import NewType, TypeVar

from jupyter_faas.capture.analysis.scopes import parameters

_TYPES = (type, ModuleType, GenericAlias, UnionType, TypeVar, NewType)

# These decorators evaluate the annotations of their function, even if these are texts.
_DECORATORS = frozenset(("validate_call", "validate_arguments", "beartype", "typechecked"))


def evaluates_annotations(
    decorator: ast.expr, namespace: Mapping[str, object], is_local: Callable[[str], bool]
) -> bool:
    """Return whether a decorator evaluates annotations, as ``show.register`` does.

    ``show`` is a function of ``functools.singledispatch``. Objects of other kinds may have a method
    ``register`` too, such as ``atexit`` or a registry of the user. ``is_local`` says whether a name
    is bound inside the current function or class.
    """
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(called, ast.Name):
        return called.id in _DECORATORS
    if not isinstance(called, ast.Attribute) or called.attr != "register":
        return isinstance(called, ast.Attribute) and called.attr in _DECORATORS
    # ``@show.register(list)`` names the type, so that the annotations are not needed.
    if called is not decorator:
        return False
    holder = called.value
    if not isinstance(holder, ast.Name) or is_local(holder.id):
        # A method of ``functools.singledispatchmethod`` in the same class.
        return True
    found = namespace.get(holder.id)
    return isinstance(found, FunctionType) and "dispatch" in vars(found)


def known_annotations(
    node: ast.FunctionDef | ast.AsyncFunctionDef, namespace: Mapping[str, object]
) -> Iterator[ast.expr]:
    """Yield the annotations of a function whose names exist.

    Annotations that name what does not exist, as for type checkers, are left out.
    """
    for annotation in (*(one.annotation for one in parameters(node.args)), node.returns):
        inner = ast.walk(annotation) if annotation is not None else ()
        names = {one.id for one in inner if isinstance(one, ast.Name)}
        if annotation is not None and all(
            name in namespace or hasattr(builtins, name) for name in names
        ):
            yield annotation


def field_annotation_names(
    annotation: ast.expr, class_name: str, namespace: Mapping[str, object], *, future: bool
) -> set[str]:
    """Return the names that a library may look up in the annotation of a class's field.

    Without ``future``, only the names in quotes are returned, because Python evaluates the others
    itself. If the class evaluates its annotations, as pydantic's models do, all names are needed
    that the notebook has. Of other classes, those of third-party libraries are left out, since few
    programs evaluate the annotations, and the action would need the libraries.
    """
    found = set(_names(annotation, is_read=future))
    evaluates = _evaluates_fields(namespace.get(class_name))
    return {
        name for name in found if name in namespace and (evaluates or _is_at_hand(namespace[name]))
    }


def _names(node: ast.AST, *, is_read: bool) -> Iterator[str]:
    """Yield the names in an annotation, or with ``is_read`` false only those in quotes."""
    if isinstance(node, ast.Name):
        if is_read:
            yield node.id
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            try:
                quoted = ast.parse(node.value, mode="eval")
            except SyntaxError:
                return
            yield from _names(quoted, is_read=True)
    else:
        inner: list[ast.AST] = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Subscript):
            special = ast.unparse(node.value).rpartition(".")[2]
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            # The texts in ``Literal`` and after the first item of ``Annotated`` are values.
            plain = {"Literal": items, "Annotated": items[1:]}.get(special, [])
            inner = [node.value, *(each for each in items if each not in plain)]
            for value in plain:
                names = (one.id for one in ast.walk(value) if isinstance(one, ast.Name))
                yield from names if is_read else ()
        for each in inner:
            yield from _names(each, is_read=is_read)


def _evaluates_fields(kind: object) -> bool:
    marks = ("__pydantic_decorators__", "__struct_fields__")
    return isinstance(kind, type) and any(
        mark in vars(one) for one in kind.__mro__ for mark in marks
    )


def _is_at_hand(value: object) -> bool:
    """Return whether a type needs no library but Python's own, as those of the notebook do."""
    # ``KW_ONLY`` of dataclasses is an object, which its decorator looks for in the annotations.
    if not isinstance(value, _TYPES) and type(value).__module__ not in ("typing", "dataclasses"):
        return False
    named = value.__name__ if isinstance(value, ModuleType) else ""
    module = named or getattr(value, "__module__", None)
    return isinstance(module, str) and (
        module == "__main__" or module.partition(".")[0] in sys.stdlib_module_names
    )

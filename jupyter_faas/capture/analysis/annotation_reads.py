"""Annotations that a decorator evaluates, although ``from __future__ import annotations`` applies.

With that import, Python keeps annotations as texts. ``pydantic.validate_call`` and a function of
``functools.singledispatch`` look up their names nevertheless, so an action needs these names.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType

from jupyter_faas.capture.analysis.scopes import parameters

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

"""What source code does with a model, other than reading its attributes.

The ONNX form of a model has the methods that compute, but it is another class. Code that takes a
step out of a pipeline, or passes the model to a function of a library, needs the estimator itself.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

# These stand for attributes in the result of ``reads_of_model``.
ITEM, ITSELF = "__getitem__", "__self__"
# These functions answer for the ONNX form as they do for the model.
_HARMLESS = frozenset(("hasattr", "callable", "bool", "id"))


def reads_of_model(
    names: Collection[str], trees: Iterable[ast.AST], own: Collection[str]
) -> frozenset[str]:
    """Return what the code in ``trees`` reads from the model that ``names`` refer to.

    ITEM means that the code reads an item or a slice. ITSELF means that it passes the model to a
    function that is not one of ``own``, the functions and classes whose source is in ``trees``. If
    the code passes the model to one of these functions, the result includes what that function
    reads from its parameter. If it passes the model to a class, every attribute that occurs in
    ``trees`` may be the model's.
    """
    return frozenset(_Reads(list(trees), own).of(names, None))


class _Reads:
    def __init__(self, trees: list[ast.AST], own: Collection[str]) -> None:
        self._own = own
        self._nodes = [node for tree in trees for node in ast.walk(tree)]
        self._functions = {
            node.name: node
            for node in self._nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        # Functions may call each other.
        self._seen: set[tuple[str, str]] = set()

    def of(self, names: Collection[str], function: ast.AST | None) -> set[str]:
        """Return the reads from ``names`` in ``function``, or in all sources without attributes.

        The closure has already collected the attributes of captured names.
        """
        found: set[str] = set()
        for node in self._nodes if function is None else ast.walk(function):
            if isinstance(node, ast.Subscript) and _is_named(node.value, names):
                found.add(ITEM)
            elif isinstance(node, ast.Attribute) and function and _is_named(node.value, names):
                found.add(node.attr)
            elif isinstance(node, ast.Call):
                found |= self._passed_in(node, names)
        return found

    def _passed_in(self, call: ast.Call, names: Collection[str]) -> set[str]:
        found: set[str] = set()
        for place, value in [
            *enumerate(call.args),
            *((keyword.arg, keyword.value) for keyword in call.keywords),
        ]:
            if _is_named(value, names):
                found |= self._passed_to(call, place)
        return found

    def _passed_to(self, call: ast.Call, place: int | str | None) -> set[str]:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in self._own:
            return self._parameter(name, place)
        if name == "getattr" and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
            return {str(call.args[1].value)}
        return set() if name in _HARMLESS else {ITSELF}

    def _parameter(self, name: str, place: int | str | None) -> set[str]:
        function = self._functions.get(name)
        given = [*function.args.posonlyargs, *function.args.args] if function else []
        named = [each.arg for each in [*given, *(function.args.kwonlyargs if function else [])]]
        if isinstance(place, int):
            parameter = given[place].arg if place < len(given) else None
        else:
            parameter = place if place in named else None
        if function is None or parameter is None:
            return {node.attr for node in self._nodes if isinstance(node, ast.Attribute)}
        if (name, parameter) in self._seen:
            return set()
        self._seen.add((name, parameter))
        return self.of([parameter], function)


def _is_named(node: ast.expr, names: Collection[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names

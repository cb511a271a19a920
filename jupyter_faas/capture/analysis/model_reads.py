"""What source code does with a model, other than reading its attributes.

The ONNX form of a model has the methods that compute, but it is another class. Code that takes a
step out of a pipeline, or passes the model to a function of a library, needs the estimator itself.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from jupyter_faas.capture.analysis.visitor import call_options

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


def reads_of_held_model(
    containers: Collection[str], attributes: Collection[str], trees: Iterable[ast.AST]
) -> frozenset[str]:
    """Return the attributes that code reads from a model inside another object.

    ``containers`` are the names of variables that hold the model, such as ``models = [model]``, and
    ``attributes`` the attributes of the user's objects that do (``self.model``). The code may read
    from an item (``models[0].coef_``), from the variable of a loop (``for m in models: m.coef_``)
    or from the attribute (``self.model.coef_``). A call of a method with options is listed too, as
    ``predict(return_std)``.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    held = _Held(set(containers), attributes)
    # A loop may go through the variable of another loop.
    known = -1
    while len(held.names) != known:
        known = len(held.names)
        for node in nodes:
            held.bind(node)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Attribute) and held.has(node.value):
            found.add(node.attr)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            options = call_options(node)
            if options and held.has(node.func.value):
                found.add(f"{node.func.attr}({options})")
    # The class of an object that holds a model often has a method that trains it, which no call of
    # the function runs.
    return frozenset(each for each in found if not each.startswith(("fit", "partial_fit")))


class _Held:
    """Expressions that may be a model, or a container of models."""

    def __init__(self, names: set[str], attributes: Collection[str]) -> None:
        self.names = names
        self._attributes = attributes

    def has(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute):
            return node.attr in self._attributes
        return isinstance(node, ast.Subscript) and self.has(node.value)

    def bind(self, node: ast.AST) -> None:
        """Add the variables of a loop or an assignment that get a model or a container."""
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            if any(isinstance(one, ast.expr) and self.has(one) for one in ast.walk(node.iter)):
                self.names |= _targets(node.target)
        elif isinstance(node, ast.Assign) and self.has(node.value):
            for target in node.targets:
                self.names |= _targets(target)


def _targets(target: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}


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

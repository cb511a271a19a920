"""The schema of a function's result, and whether an action may have to box its results.

An action answers with a JSON object. A result that is not an object is boxed as ``{"value": …}``.
Handles unbox it only if the schema says that results may be boxed, so a function that returns
``{"value": …}`` itself is never unboxed. The return annotation decides, or else the ``return``
statements. If neither is clear, results may be boxed, and the action marks a dictionary that looks
like a box (``shipped/action/results.py``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_faas.capture.analysis.scopes import FUNCTIONS
from jupyter_faas.capture.library_schemas import Schema

RESULT = "x-faas-result"
BOXED = "x-faas-boxed"

# These methods and functions return dictionaries.
_DICTIONARIES = ("dict", "asdict", "_asdict", "model_dump")

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def result_entries(annotated: Schema, node: Function) -> Schema:
    """Return the keys that describe the result, which are added to the parameters' schema.

    ``annotated`` is the schema of the return annotation, which is empty if there is none or if it
    does not describe a type. ``x-faas-result`` is the schema of the action's answer, if known.
    ``x-faas-boxed`` is true if results may be boxed.
    """
    if not annotated:
        return {} if _returns_objects(node) else {BOXED: True}
    if annotated.get("type") == "object":
        # A plain ``dict`` is omitted, because every action returns an object.
        says_more = "properties" in annotated or "additionalProperties" in annotated
        return {RESULT: annotated} if says_more else {}
    if _may_be_object(annotated):
        return {BOXED: True}
    boxed: Schema = {"type": "object", "properties": {"value": annotated}, "required": ["value"]}
    return {RESULT: boxed, BOXED: True}


def _may_be_object(schema: Schema) -> bool:
    if "anyOf" in schema:
        return any(map(_may_be_object, schema["anyOf"]))
    if "enum" in schema:
        return False
    kinds = schema.get("type", "object")
    return "object" in ([kinds] if isinstance(kinds, str) else kinds)


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes inside a function, without those of nested functions."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Function):
            yield from own_nodes(child)


def _returns_objects(node: Function) -> bool:
    """Return whether every ``return`` statement visibly returns a dictionary."""
    if isinstance(node, ast.Lambda):
        return _is_object(node.body, frozenset())
    found = [one.value for one in own_nodes(node) if isinstance(one, ast.Return)]
    names = _dictionary_names(node)
    return bool(found) and all(value is not None and _is_object(value, names) for value in found)


def _is_object(node: ast.expr, names: frozenset[str]) -> bool:
    if isinstance(node, ast.Dict | ast.DictComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.IfExp):
        return _is_object(node.body, names) and _is_object(node.orelse, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _is_object(node.left, names)
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute) and called.attr == "to_dict":
        return not node.args and not node.keywords  # to_dict("records") returns a list
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in _DICTIONARIES


def _dictionary_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """Return the local names that are bound to dictionaries only."""
    stored: dict[str, int] = {}
    dictionaries: dict[str, int] = {}
    for one in own_nodes(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            stored[one.id] = stored.get(one.id, 0) + 1
        if isinstance(one, ast.Assign):
            targets, value = one.targets, one.value
        elif isinstance(one, ast.AnnAssign) and one.value is not None:
            targets, value = [one.target], one.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and _is_object(value, frozenset()):
                dictionaries[target.id] = dictionaries.get(target.id, 0) + 1
    return frozenset(name for name, count in dictionaries.items() if stored[name] == count)


def error_lines(node: ast.AST) -> Iterator[int]:
    """Yield the lines that return a dictionary with the key ``error``, without inner functions."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, FUNCTIONS):
            continue
        if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Dict):
            keys = [one.value for one in inner.value.keys if isinstance(one, ast.Constant)]
            if "error" in keys:
                yield inner.lineno
        yield from error_lines(inner)

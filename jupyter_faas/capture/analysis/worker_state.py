"""The objects that code changes, so that a worker's answers differ from the notebook's.

Functions keep an object that they change, such as ``history`` in ``history.append(x)``, from call
to call. A worker starts with the notebook's value, and does not see the changes of other workers.
The card says so for each of these objects.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator, Mapping

_CONTAINERS = (list, dict, set, bytearray, deque)
_METHODS = frozenset(
    (
        *("append", "appendleft", "extend", "extendleft", "insert", "add", "update", "setdefault"),
        *("pop", "popleft", "popitem", "remove", "discard", "clear", "rotate", "sort", "reverse"),
        *("subtract", "move_to_end"),
    )
)
# Every method of these objects draws the next number, and so changes the object.
_GENERATORS = frozenset(
    ("random.Random", "numpy.random._generator.Generator", "numpy.random.mtrand.RandomState")
)


def changed_name(node: ast.expr, namespace: Mapping[str, object]) -> str | None:
    """Return the name whose object the node changes, or None.

    The node may be a part that is set or deleted (``totals["a"] = 1``, ``state.n += 1``), or a call
    of ``next`` or of a method. ``namespace`` decides whether a method changes its object.
    """
    if isinstance(node, ast.Call):
        return _changed_by_call(node, namespace)
    if not isinstance(node, ast.Attribute | ast.Subscript) or isinstance(node.ctx, ast.Load):
        return None
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute | ast.Subscript):
        inner = inner.value
    return inner.id if isinstance(inner, ast.Name) else None


def _changed_by_call(node: ast.Call, namespace: Mapping[str, object]) -> str | None:
    called = node.func
    if isinstance(called, ast.Name) and called.id == "next" and node.args:
        first = node.args[0]
        if isinstance(first, ast.Name) and isinstance(namespace.get(first.id), Iterator):
            return first.id
        return None
    if not isinstance(called, ast.Attribute) or not isinstance(called.value, ast.Name):
        return None
    value = namespace.get(called.value.id)
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    changes = isinstance(value, _CONTAINERS) and called.attr in _METHODS
    return called.value.id if changes or kind in _GENERATORS else None

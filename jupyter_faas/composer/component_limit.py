"""A lower bound for the components that a session of a composition runs.

Most hosts allow fifty components per session. Only the lower bound is known before a run, because a
loop or a retry may call any number of actions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from jupyter_faas.composer.nodes import Composition


class _Calls(NamedTuple):
    """The fewest calls until success and until an error; infinity for an impossible outcome."""

    success: float
    error: float


def least_calls(node: Composition) -> int:
    """Return the fewest components on any successful path, or on any path if none is successful.

    ``parallel`` counts as one component, because the conductor calls itself once to wait for the
    branches. Branches of ``parallel`` and components of ``asynchronous`` do not count, because they
    run in separate sessions with separate limits.
    """
    least = _calls(node)
    calls = min(least) if math.isinf(least.success) else least.success
    return int(calls)


def _calls(node: Composition) -> _Calls:
    below = [_calls(child) for _, child in node.children()]
    return _RULES[node.type](node, below)


def _in_order(_: Composition, below: list[_Calls]) -> _Calls:
    success, error = 0.0, math.inf
    for each in below:
        # A component can fail only after all components before it have succeeded.
        error = min(error, success + each.error)
        success += each.success
    return _Calls(success, error)


def _if(_: Composition, below: list[_Calls]) -> _Calls:
    test, consequent, alternate = below
    success = test.success + min(consequent.success, alternate.success)
    error = test.success + min(consequent.error, alternate.error)
    return _Calls(success, min(test.error, error))


def _while(_: Composition, below: list[_Calls]) -> _Calls:
    test, body = below
    # On the shortest successful path, the test runs once and the body does not run.
    return _Calls(test.success, min(test.error, test.success + body.error))


def _try(_: Composition, below: list[_Calls]) -> _Calls:
    body, handler = below
    success = min(body.success, body.error + handler.success)
    return _Calls(success, body.error + handler.error)


def _finally(_: Composition, below: list[_Calls]) -> _Calls:
    body, finalizer = below
    # The finalizer runs after success and after an error, so the shorter path counts.
    first = min(body)
    return _Calls(first + finalizer.success, first + finalizer.error)


def _retain_catch(node: Composition, below: list[_Calls]) -> _Calls:
    # ``retain_catch`` turns an error into a result, so it never fails.
    return _Calls(min(_in_order(node, below)), math.inf)


def _repeat(node: Composition, below: list[_Calls]) -> _Calls:
    count = _times(node)
    if count == 0:
        return _Calls(0, math.inf)
    once = _in_order(node, below)
    return _Calls(count * once.success, once.error)


def _retry(node: Composition, below: list[_Calls]) -> _Calls:
    once = _in_order(node, below)
    # A retry fails only if all its attempts fail.
    return _Calls(once.success, (1 + _times(node)) * once.error)


def _times(node: Composition) -> int:
    count: float = node.arguments["count"]
    # npm's Composer allows negative counts and fractions.
    return max(0, math.ceil(count))


def _value(node: Composition, _: list[_Calls]) -> _Calls:
    value = node.arguments["value"]
    # The conductor treats any dictionary with an ``error`` key as an error.
    fails = isinstance(value, dict) and "error" in value
    return _Calls(math.inf, 0) if fails else _Calls(0, math.inf)


_Rule: TypeAlias = Callable[[Composition, list[_Calls]], _Calls]

_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        **dict.fromkeys(("sequence", "seq", "empty", "let", "mask", "retain", "merge"), _in_order),
        **dict.fromkeys(("if", "if_nosave"), _if),
        **dict.fromkeys(("while", "while_nosave"), _while),
        **dict.fromkeys(("dowhile", "dowhile_nosave"), _in_order),
        "try": _try,
        "finally": _finally,
        "retain_catch": _retain_catch,
        "repeat": _repeat,
        "retry": _retry,
        **dict.fromkeys(("value", "literal"), _value),
        # Starting the branches may fail before any component is called.
        **dict.fromkeys(("parallel", "par"), lambda _, below: _Calls(1 if below else 0, 0)),
        **dict.fromkeys(("function", "async", "map"), lambda _, __: _Calls(0, 0)),
        "action": lambda _, __: _Calls(1, 1),
        # If the input does not name an action, ``dynamic`` fails before any call.
        "dynamic": lambda _, __: _Calls(1, 0),
    }
)

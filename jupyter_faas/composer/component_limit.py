"""Count the fewest components that a composition needs; most hosts allow fifty in one session.

Only the lower bound can be known before a run: a loop or a retry may call any number of actions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from jupyter_faas.composer.nodes import Composition


class _Calls(NamedTuple):
    """The fewest calls until success and until an error; infinite for an impossible outcome."""

    success: float
    error: float


def least_calls(node: Composition) -> int:
    """Return the fewest components of any path that succeeds, or of any path if none does.

    ``parallel`` counts as one: the conductor calls itself once to wait. The branches of
    ``parallel``, and what ``asynchronous`` starts, are separate sessions with limits of their own.
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
        # An error in this part needs the success of all parts before it.
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
    # The shortest successful path runs the test once, and the body not at all.
    return _Calls(test.success, min(test.error, test.success + body.error))


def _try(_: Composition, below: list[_Calls]) -> _Calls:
    body, handler = below
    success = min(body.success, body.error + handler.success)
    return _Calls(success, body.error + handler.error)


def _finally(_: Composition, below: list[_Calls]) -> _Calls:
    body, finalizer = below
    # The finalizer runs after success and after an error, so the shorter one counts.
    first = min(body)
    return _Calls(first + finalizer.success, first + finalizer.error)


def _retain_catch(node: Composition, below: list[_Calls]) -> _Calls:
    # An error becomes a result, so this never fails.
    return _Calls(min(_in_order(node, below)), math.inf)


def _repeat(node: Composition, below: list[_Calls]) -> _Calls:
    count = _times(node)
    if count == 0:
        return _Calls(0, math.inf)
    once = _in_order(node, below)
    return _Calls(count * once.success, once.error)


def _retry(node: Composition, below: list[_Calls]) -> _Calls:
    once = _in_order(node, below)
    # Only the last attempt's error leaves the retry, so all attempts must fail.
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
        # Starting branches may fail before any component is called, hence no calls for an error.
        **dict.fromkeys(("parallel", "par"), lambda _, below: _Calls(1 if below else 0, 0)),
        **dict.fromkeys(("function", "async", "map"), lambda _, __: _Calls(0, 0)),
        "action": lambda _, __: _Calls(1, 1),
        # An input that names no action is an error before any call.
        "dynamic": lambda _, __: _Calls(1, 0),
    }
)

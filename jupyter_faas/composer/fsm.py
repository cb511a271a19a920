"""The compiler from a lowered composition to the state machine (FSM) that a conductor runs.

``_in_order`` lists the nodes with their children. ``compile_fsm`` then processes the nodes from
last to first, and calls the compiler for the node's type (``_COMPILERS``), which joins the states
of the children into a flat list. A state refers to other states by distance, so lists can be joined
without renumbering. Distances are ``next`` (1 by default), ``then`` and ``else`` of a choice,
``catch`` of a try, and ``tasks`` and ``return`` of a fork.

A sequence of two actions becomes ``pass``, ``action``, ``action``. A ``when`` becomes ``pass``, the
test's states, ``choice``, the consequent's states, the alternate's states, ``pass``. States have
the same numbers as in OpenWhisk Composer's conductor, so both conductors' logs and activation
records can be read in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from jupyter_faas.composer.nodes import Composition

State: TypeAlias = dict[str, Any]
_States: TypeAlias = list[State]


def compile_fsm(lowered: Composition) -> list[State]:
    """Return the states of a composition that ``lower`` returned.

    ``parent`` of a state is the path of the nearest labelled node. The first state of a labelled
    node also has a ``path``. A state of type ``function`` has ``exec``. If the function is a Python
    object, the state also has ``call``, such as ``faas_inline_0``, numbered in the order of
    ``inline_functions``. If lowering added the function, the state has ``builtin`` instead.
    """
    nodes = _in_order(lowered)
    compiled: list[_States] = [[] for _ in nodes]
    # Children come after their parents in the list, so iterating backwards compiles children first.
    for index in range(len(nodes) - 1, -1, -1):
        node, parent, call, below = nodes[index]
        states = _COMPILERS[node.type](node, parent, [compiled[child] for child in below])
        if node.type == "function":
            states[0].update(_code_of(node, call))
        if node.path is not None:
            states[0]["path"] = node.path
        compiled[index] = states
    return compiled[0]


def _in_order(root: Composition) -> list[tuple[Composition, str, int, list[int]]]:
    """Return the nodes, parents before their children.

    Each item contains the node, the path of the nearest labelled node, the number of inline
    functions before the node, and the indices of its children.
    """
    # Lowered trees can be hundreds of levels deep, so this is a loop and not a recursion.
    found: list[tuple[Composition, str, int, list[int]]] = []
    waiting: list[tuple[Composition, str, list[int]]] = [(root, "", [])]
    calls = 0
    while waiting:
        node, parent, siblings = waiting.pop()
        parent = node.path or parent
        siblings.append(len(found))
        below: list[int] = []
        found.append((node, parent, calls, below))
        calls += is_inline(node)
        waiting.extend((child, parent, below) for _, child in reversed(node.children()))
    return found


def is_inline(node: Composition) -> bool:
    """Return whether a node is an inline function that exists as a Python object."""
    return node.type == "function" and node.live is not None


def inline_name(index: int) -> str:
    """Return the name of the global variable in captured.py for the inline function ``index``."""
    return f"faas_inline_{index}"


def _code_of(node: Composition, call: int) -> State:
    code: State = {"exec": dict(node.arguments["function"]["exec"])}
    if node.builtin is not None:
        code["builtin"] = node.builtin
    elif is_inline(node):
        code["call"] = inline_name(call)
    return code


def _state(parent: str, type_: str, **more: Any) -> State:
    return {"parent": parent, "type": type_, **more}


def _joined(below: list[_States], parent: str) -> _States:
    """Return the joined states, or an ``empty`` state if there are none.

    The ``empty`` state only checks the parameters for an error.
    """
    return [state for states in below for state in states] or [_state(parent, "empty")]


def _one(node: Composition, parent: str, _: list[_States]) -> _States:
    name = {"name": node.arguments["name"]} if node.type == "action" else {}
    return [_state(parent, node.type, **name)]


def _sequence(_: Composition, parent: str, below: list[_States]) -> _States:
    return [_state(parent, "pass"), *_joined(below, parent)]


def _let(node: Composition, parent: str, below: list[_States]) -> _States:
    # A mask becomes a let without declarations, which hides the enclosing let's variables.
    let = _state(parent, "let", let=node.arguments.get("declarations"))
    return [let, *_joined(below, parent), _state(parent, "exit")]


def _finally(_: Composition, parent: str, below: list[_States]) -> _States:
    body, finalizer = below
    # After an error, the conductor continues at "catch", which is the first state of the finalizer.
    # Without an error, the finalizer follows the body.
    attempt = _state(parent, "try", catch=len(body) + 2)
    return [attempt, *body, _state(parent, "exit"), *finalizer]


def _try(_: Composition, parent: str, below: list[_States]) -> _States:
    body, handler = below
    attempt = _state(parent, "try", catch=len(body) + 2)
    # Without an error, "exit" removes the handler from the stack and skips its states.
    leave = _state(parent, "exit", next=len(handler) + 1)
    return [attempt, *body, leave, *handler, _state(parent, "pass")]


def _if(_: Composition, parent: str, below: list[_States]) -> _States:
    test, consequent, alternate = below
    choice = {"then": 1, "else": len(consequent) + 1}
    # The last state of the consequent skips the alternate.
    consequent[-1]["next"] = len(alternate) + 1
    first, last = _state(parent, "pass"), _state(parent, "pass")
    return [first, *test, _state(parent, "choice", **choice), *consequent, *alternate, last]


def _while(_: Composition, parent: str, below: list[_States]) -> _States:
    test, body = below
    choice = {"then": 1, "else": len(body) + 1}
    # The last state of the body jumps back to the test.
    body[-1]["next"] = -1 - len(test) - len(body)
    first, last = _state(parent, "pass"), _state(parent, "pass")
    return [first, *test, _state(parent, "choice", **choice), *body, last]


def _dowhile(_: Composition, parent: str, below: list[_States]) -> _States:
    body, test = below
    choice = {"then": -1 - len(body) - len(test), "else": 1}
    first, last = _state(parent, "pass"), _state(parent, "pass")
    return [first, *body, *test, _state(parent, "choice", **choice), last]


def _async(node: Composition, parent: str, below: list[_States]) -> _States:
    body = _joined(below, parent)
    # A branch is a separate activation, which starts at the state after the fork and ends at
    # "stop". The parent continues at the state that is "return" states after the fork.
    fork = _state(parent, node.type, **{"return": len(body) + 2})
    return [fork, *body, _state(parent, "stop"), _state(parent, "pass")]


def _parallel(_: Composition, parent: str, below: list[_States]) -> _States:
    fork = _state(parent, "parallel", tasks=[])
    states = [fork]
    for branch in below:
        fork["tasks"].append(len(states))
        states += [*branch, _state(parent, "stop")]
    fork["return"] = len(states)
    return [*states, _state(parent, "pass")]


_COMPILERS: Mapping[str, Callable[[Composition, str, list[_States]], _States]] = MappingProxyType(
    {
        "sequence": _sequence,
        "action": _one,
        "function": _one,
        "dynamic": _one,
        "let": _let,
        "mask": _let,
        "finally": _finally,
        "try": _try,
        "if_nosave": _if,
        "while_nosave": _while,
        "dowhile_nosave": _dowhile,
        "async": _async,
        "map": _async,
        "parallel": _parallel,
    }
)

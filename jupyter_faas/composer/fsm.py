"""Compile a lowered composition to the state machine (FSM) that a conductor steps through.

How it works: ``_in_order`` lists the nodes with their children; from the last node to the first,
the ``_COMPILERS`` of the node's type joins the states of its children into a flat list. A state
points to others by distance: ``next`` (1 unless it is given), ``then`` and ``else`` of a choice,
``catch`` of a try, ``tasks`` and ``return`` of a fork. So lists can be joined without renumbering.

A sequence of two actions: ``pass``, ``action``, ``action``. A ``when``: ``pass``, the test's
states, ``choice``, the consequent's, the alternate's, ``pass``. The numbers are those of OpenWhisk
Composer's conductor, so logs and the state that travels with an activation read the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from jupyter_faas.composer.nodes import Composition

State: TypeAlias = dict[str, Any]
_States: TypeAlias = list[State]


def compile_fsm(lowered: Composition) -> list[State]:
    """Return the states of what ``lower`` returned; ``parent`` is the path of a state's node.

    The first state of a node also has its ``path``. A state of type ``function`` has its ``exec``,
    and ``call`` (``faas_inline_0``, counted as ``inline_functions`` does) or ``builtin``.
    """
    nodes = _in_order(lowered)
    compiled: list[_States] = [[] for _ in nodes]
    for index in range(len(nodes) - 1, -1, -1):  # children come after their parents
        node, parent, call, below = nodes[index]
        states = _COMPILERS[node.type](node, parent, [compiled[child] for child in below])
        if node.type == "function":
            states[0].update(_code_of(node, call))
        if node.path is not None:
            states[0]["path"] = node.path
        compiled[index] = states
    return compiled[0]


def _in_order(root: Composition) -> list[tuple[Composition, str, int, list[int]]]:
    """Each node with its parent's path, its number among the inline functions, and the indices of
    its children."""
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
    """Whether a node is a live Python function."""
    return node.type == "function" and node.live is not None


def inline_name(index: int) -> str:
    """The global in captured.py that holds the inline function of that number."""
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
    """The states one after another; without any, one state that only inspects the parameters."""
    return [state for states in below for state in states] or [_state(parent, "empty")]


def _one(node: Composition, parent: str, _: list[_States]) -> _States:
    name = {"name": node.arguments["name"]} if node.type == "action" else {}
    return [_state(parent, node.type, **name)]


def _sequence(_: Composition, parent: str, below: list[_States]) -> _States:
    return [_state(parent, "pass"), *_joined(below, parent)]


def _let(node: Composition, parent: str, below: list[_States]) -> _States:
    # A mask is a let without declarations: it hides the variables of the let around it.
    let = _state(parent, "let", let=node.arguments.get("declarations"))
    return [let, *_joined(below, parent), _state(parent, "exit")]


def _finally(_: Composition, parent: str, below: list[_States]) -> _States:
    body, finalizer = below
    # After an error the conductor goes on at "catch", which is where the finalizer begins anyway.
    attempt = _state(parent, "try", catch=len(body) + 2)
    return [attempt, *body, _state(parent, "exit"), *finalizer]


def _try(_: Composition, parent: str, below: list[_States]) -> _States:
    body, handler = below
    attempt = _state(parent, "try", catch=len(body) + 2)
    leave = _state(parent, "exit", next=len(handler) + 1)
    return [attempt, *body, leave, *handler, _state(parent, "pass")]


def _if(_: Composition, parent: str, below: list[_States]) -> _States:
    test, consequent, alternate = below
    choice = {"then": 1, "else": len(consequent) + 1}
    consequent[-1]["next"] = len(alternate) + 1
    first, last = _state(parent, "pass"), _state(parent, "pass")
    return [first, *test, _state(parent, "choice", **choice), *consequent, *alternate, last]


def _while(_: Composition, parent: str, below: list[_States]) -> _States:
    test, body = below
    choice = {"then": 1, "else": len(body) + 1}
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
    # Each branch is an activation of its own that begins behind the fork and runs up to "stop".
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

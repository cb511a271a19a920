"""From a lowered composition to the states that a conductor steps through.

States are numbered as OpenWhisk Composer's conductor numbers them: logs and the state that travels
with an activation read the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from jupyter_faas.composer.nodes import Composition

# ``next``, ``then``, ``else``, ``catch``, ``return`` and ``tasks`` are distances to other states.
State: TypeAlias = dict[str, Any]
_States: TypeAlias = list[State]


def compile_fsm(lowered: Composition) -> list[State]:
    """The states of what ``lower`` gave; ``parent`` is the path of the node that a state is of.

    The first state of a node has its ``path`` too. A state of type ``function`` has its ``exec``,
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
    """Each node with its parent's path, the number of its call, and where its children stand."""
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
    """The name by which a package calls the inline function of that number."""
    return f"faas_inline_{index}"


def _code_of(node: Composition, call: int) -> State:
    code: State = {"exec": dict(node.arguments["function"]["exec"])}
    if node.builtin is not None:
        code["builtin"] = node.builtin
    elif is_inline(node):
        code["call"] = inline_name(call)
    return code


def _joined(below: list[_States], parent: str) -> _States:
    """One after another; nothing at all is a state too, which looks at what came in."""
    if not below:
        return [{"parent": parent, "type": "empty"}]
    return [state for states in below for state in states]


def _one(node: Composition, parent: str, _: list[_States]) -> _States:
    state: State = {"parent": parent, "type": node.type}
    if node.type == "action":
        state["name"] = node.arguments["name"]
    return [state]


def _sequence(_: Composition, parent: str, below: list[_States]) -> _States:
    return [{"parent": parent, "type": "pass"}, *_joined(below, parent)]


def _let(node: Composition, parent: str, below: list[_States]) -> _States:
    declared = node.arguments.get("declarations")  # None hides what the let around it declares
    return [
        {"parent": parent, "type": "let", "let": declared},
        *_joined(below, parent),
        {"parent": parent, "type": "exit"},
    ]


def _finally(_: Composition, parent: str, below: list[_States]) -> _States:
    body, finalizer = below
    return [
        {"parent": parent, "type": "try", "catch": len(body) + 2},
        *body,
        {"parent": parent, "type": "exit"},
        *finalizer,
    ]


def _try(_: Composition, parent: str, below: list[_States]) -> _States:
    body, handler = below
    return [
        {"parent": parent, "type": "try", "catch": len(body) + 2},
        *body,
        {"parent": parent, "type": "exit", "next": len(handler) + 1},
        *handler,
        {"parent": parent, "type": "pass"},
    ]


def _if(_: Composition, parent: str, below: list[_States]) -> _States:
    test, consequent, alternate = below
    consequent[-1]["next"] = len(alternate) + 1
    return [
        {"parent": parent, "type": "pass"},
        *test,
        {"parent": parent, "type": "choice", "then": 1, "else": len(consequent) + 1},
        *consequent,
        *alternate,
        {"parent": parent, "type": "pass"},
    ]


def _while(_: Composition, parent: str, below: list[_States]) -> _States:
    test, body = below
    body[-1]["next"] = -1 - len(test) - len(body)
    return [
        {"parent": parent, "type": "pass"},
        *test,
        {"parent": parent, "type": "choice", "then": 1, "else": len(body) + 1},
        *body,
        {"parent": parent, "type": "pass"},
    ]


def _dowhile(_: Composition, parent: str, below: list[_States]) -> _States:
    body, test = below
    return [
        {"parent": parent, "type": "pass"},
        *body,
        *test,
        {"parent": parent, "type": "choice", "then": -1 - len(body) - len(test), "else": 1},
        {"parent": parent, "type": "pass"},
    ]


def _async(node: Composition, parent: str, below: list[_States]) -> _States:
    body = _joined(below, parent)
    return [
        {"parent": parent, "type": node.type, "return": len(body) + 2},
        *body,
        {"parent": parent, "type": "stop"},
        {"parent": parent, "type": "pass"},
    ]


def _parallel(_: Composition, parent: str, below: list[_States]) -> _States:
    fork: State = {"parent": parent, "type": "parallel", "tasks": []}
    states = [fork]
    for branch in below:
        fork["tasks"].append(len(states))
        states += [*branch, {"parent": parent, "type": "stop"}]
    fork["return"] = len(states)
    return [*states, {"parent": parent, "type": "pass"}]


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

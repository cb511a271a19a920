"""The syntax tree of a composition, which consists of immutable nodes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

# The following definitions list the arguments of each combinator.


@dataclass(frozen=True)
class Shape:
    """The arguments of a combinator.

    ``word`` is the combinator's name in Python. ``nodes`` contains the names of arguments that are
    compositions. ``values`` contains the names of arguments that are JSON values. ``components`` is
    true if the combinator also takes any number of tasks. A combinator has either ``nodes`` or
    ``components``, so the order of its children is always defined.
    """

    word: str
    nodes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    components: bool = False


_CHOICE = ("test", "consequent", "alternate")

# The keys are the values of ``type`` in OpenWhisk Composer's syntax tree. Where the word differs
# from the key, the key is usually a Python keyword.
SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "sequence": Shape("sequence", components=True),
        "seq": Shape("seq", components=True),
        "empty": Shape("empty"),
        "if": Shape("when", nodes=_CHOICE),
        "if_nosave": Shape("when_nosave", nodes=_CHOICE),
        "while": Shape("loop", nodes=("test", "body")),
        "while_nosave": Shape("loop_nosave", nodes=("test", "body")),
        "dowhile": Shape("doloop", nodes=("body", "test")),
        "dowhile_nosave": Shape("doloop_nosave", nodes=("body", "test")),
        "try": Shape("do", nodes=("body", "handler")),
        "finally": Shape("ensure", nodes=("body", "finalizer")),
        "let": Shape("let", values=("declarations",), components=True),
        "mask": Shape("mask", components=True),
        "retain": Shape("retain", components=True),
        "retain_catch": Shape("retain_catch", components=True),
        "merge": Shape("merge", components=True),
        "repeat": Shape("repeat", values=("count",), components=True),
        "retry": Shape("retry", values=("count",), components=True),
        "value": Shape("value", values=("value",)),
        "literal": Shape("literal", values=("value",)),
        "function": Shape("function", values=("function",)),
        "action": Shape("action", values=("name", "action")),
        "dynamic": Shape("dynamic"),
        "async": Shape("asynchronous", components=True),
        "parallel": Shape("parallel", components=True),
        "par": Shape("par", components=True),
        "map": Shape("map", components=True),
    }
)


# A JSON value is None, a bool, int, float or str, or a list or dictionary of JSON values.
Json: TypeAlias = Any


@dataclass(frozen=True, eq=False, repr=False)
class Composition:
    """A node of the syntax tree, with all nodes below it.

    ``arguments`` maps names to nodes or JSON values. ``components`` is None for a combinator that
    does not take components. ``path`` is the node's path in the user's tree, such as
    ``[4].consequent[0]``. It is empty for the root, and None for a node that is not labelled.
    ``live`` is the notebook's object for the node: the inline function, or the handle or
    NamedComposition that the user passed for an action. ``builtin`` is the name of the function if
    lowering added it. Nodes of the same class with the same JSON are equal.

    ``size`` is the number of nodes, and ``depth`` is the number of nodes on the longest path.
    ``levels`` is the number of nested lists and dictionaries in the node's JSON.
    """

    type: str
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    components: tuple[Composition, ...] | None = None
    path: str | None = field(default=None, kw_only=True)
    live: object | None = field(default=None, kw_only=True)
    builtin: str | None = field(default=None, kw_only=True)
    size: int = field(init=False)
    depth: int = field(init=False)
    levels: int = field(init=False)

    def __post_init__(self) -> None:
        children = [node for _, node in self.children()]
        values = [v for v in self.arguments.values() if not isinstance(v, Composition)]
        inner = 0 if self.components is None else 1
        levels = [inner, *(inner + node.levels for node in children), *(nesting(v) for v in values)]
        # The dataclass is frozen, so a plain assignment would fail here too.
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))
        object.__setattr__(self, "size", 1 + sum(node.size for node in children))
        object.__setattr__(self, "depth", 1 + max((node.depth for node in children), default=0))
        object.__setattr__(self, "levels", 1 + max(levels))

    def children(self) -> list[tuple[str, Composition]]:
        """Return each child node with its path from this node, such as ``[0]`` or ``.test``."""
        if self.components is not None:
            return [(f"[{index}]", node) for index, node in enumerate(self.components)]
        return [(f".{name}", self.arguments[name]) for name in SHAPES[self.type].nodes]

    def walk(self) -> Iterator[tuple[str, Composition]]:
        """Yield every node with its path, in source order and with parents first."""
        # This is a loop, because a recursive generator would pass each node through every level.
        waiting = [("", self)]
        while waiting:
            path, node = waiting.pop()
            yield path, node
            below = [(path + step, child) for step, child in node.children()]
            waiting.extend(reversed(below))

    def to_json(self) -> dict[str, Json]:
        """Return OpenWhisk Composer's syntax tree, with the ``path`` of labelled nodes."""
        data: dict[str, Json] = {"type": self.type}
        for name, value in self.arguments.items():
            is_node = isinstance(value, Composition)
            data[name] = value.to_json() if is_node else copy.deepcopy(value)
        if self.components is not None:
            components = data["components"] = []
            # Before Python 3.12, a comprehension is a function call, which would double the
            # recursion depth.
            for node in self.components:
                components.append(node.to_json())  # noqa: PERF401
        if self.path is not None:
            data["path"] = self.path
        return data

    # Nodes are compared by their JSON, because functions from JSON do not have a ``live`` object.
    def _content(self) -> str:
        return json.dumps(self.to_json(), sort_keys=True)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Composition):
            return NotImplemented
        return type(self) is type(other) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())

    def __repr__(self) -> str:
        nodes = "1 node" if self.size == 1 else f"{self.size} nodes"
        return f"<composition {SHAPES[self.type].word}, {nodes}>"


def nesting(value: Json) -> int:
    """Return how deeply lists and dictionaries are nested in a JSON value; 0 for a scalar."""
    if isinstance(value, dict):
        return 1 + max([nesting(item) for item in value.values()], default=0)
    if isinstance(value, list):
        return 1 + max([nesting(item) for item in value], default=0)
    return 0

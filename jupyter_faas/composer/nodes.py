"""``Composition``: the syntax tree, of frozen nodes with their size and depth."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

# The arguments of each combinator: which are nodes, which are values, in which order


@dataclass(frozen=True)
class Shape:
    """``nodes`` and ``values`` are arguments by name; ``word`` is the combinator's Python name.

    No combinator has both node arguments and components, so children have one order.
    """

    word: str
    nodes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    components: bool = False


_CHOICE = ("test", "consequent", "alternate")

# By ``type``, as OpenWhisk Composer's syntax tree names it.
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


# None, bool, int, float, str, lists and dictionaries of them.
Json: TypeAlias = Any


@dataclass(frozen=True, eq=False, repr=False)
class Composition:
    """A node and all below it.

    ``arguments`` are nodes or JSON, by name; ``components`` is None where the combinator takes
    none. ``path`` is the node's place in the tree it was written in (``[4].consequent[0]``, the
    root's is empty); only labelled nodes have one. ``live`` is the notebook's object: the function
    of an inline function, the handle or NamedComposition that an action was named by. ``builtin``
    names what a function does that lowering made. Nodes are equal when what they say is.

    ``size`` counts nodes, ``depth`` those on the longest way down, ``levels`` the nested lists and
    dictionaries of the JSON form.
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
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))
        object.__setattr__(self, "size", 1 + sum(node.size for node in children))
        object.__setattr__(self, "depth", 1 + max((node.depth for node in children), default=0))
        object.__setattr__(self, "levels", 1 + max(levels))

    def children(self) -> list[tuple[str, Composition]]:
        """The nodes right below, each with its step of the path: ``[0]`` or ``.test``."""
        if self.components is not None:
            return [(f"[{index}]", node) for index, node in enumerate(self.components)]
        return [(f".{name}", self.arguments[name]) for name in SHAPES[self.type].nodes]

    def walk(self) -> Iterator[tuple[str, Composition]]:
        """Every node with its path, parents first, in the order that they are written in."""
        waiting = [("", self)]
        while waiting:
            path, node = waiting.pop()
            yield path, node
            below = [(path + step, child) for step, child in node.children()]
            waiting.extend(reversed(below))

    def to_json(self) -> dict[str, Json]:
        """OpenWhisk Composer's syntax tree; with ``path`` where nodes are labelled."""
        data: dict[str, Json] = {"type": self.type}
        for name, value in self.arguments.items():
            is_node = isinstance(value, Composition)
            data[name] = value.to_json() if is_node else copy.deepcopy(value)
        if self.components is not None:
            components = data["components"] = []
            for node in self.components:  # no comprehension, which is one more frame for each level
                components.append(node.to_json())  # noqa: PERF401
        if self.path is not None:
            data["path"] = self.path
        return data

    # Nodes are compared by their JSON form, as functions that were parsed have no live object.
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
    """How deeply lists and dictionaries are nested in a JSON value."""
    if isinstance(value, dict):
        return 1 + max([nesting(item) for item in value.values()], default=0)
    if isinstance(value, list):
        return 1 + max([nesting(item) for item in value], default=0)
    return 0

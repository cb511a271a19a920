"""What each combinator is made of: which arguments are nodes, which are values, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


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

"""A text drawing of a composition's tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from jupyter_faas.composer.nodes import SHAPES, Composition, Json

WIDTH = 100

# At least this many characters of each line show the node's text, even if the node is deeply
# nested.
_ROOM = 40
_PARTS = MappingProxyType({".consequent": "then", ".alternate": "else"})


def outline(node: Composition) -> str:
    """Return one line of at most 100 characters for each node, in source order.

    ::

        sequence
        ├─ image-quality
        └─ when
           ├─ test: lambda p: p["score"] > 0.5
           ├─ then: body-crop
           └─ else: nothing
    """
    lines: list[str] = []
    waiting: list[tuple[str, str, str, Composition]] = [("", "", "", node)]
    while waiting:
        own, below, step, each = waiting.pop()
        lines.append(_line(own, _part(step) + _words(each)))
        children = each.children()
        branches = []
        for index, (child_step, child) in enumerate(children, 1):
            last = index == len(children)
            elbow, bar = ("└─ ", "   ") if last else ("├─ ", "│  ")
            branches.append((below + elbow, below + bar, child_step, child))
        waiting.extend(reversed(branches))
    return "\n".join(lines)


def _line(branches: str, words: str) -> str:
    if len(branches) > WIDTH - _ROOM:
        branches = f"… {branches[_ROOM + 2 - WIDTH :]}"
    return _cut(branches + words, WIDTH).rstrip()


def _part(step: str) -> str:
    return f"{_PARTS.get(step, step[1:])}: " if step.startswith(".") else ""


def _words(node: Composition) -> str:
    say = _WORDS.get(node.type)
    text = say(node.arguments) if say is not None else SHAPES[node.type].word
    # Control characters in a constant could break the drawing or the user's terminal.
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _action(arguments: Mapping[str, Json]) -> str:
    name = str(arguments["name"]).removeprefix("/_/")
    kind = arguments.get("action", {}).get("exec", {}).get("kind")
    return name if kind is None else f"{name} (deployed with the composition: {kind})"


def _function(arguments: Mapping[str, Json]) -> str:
    lines = str(arguments["function"]["exec"].get("code", "")).split("\n")
    # Skip decorators, so that the line shows ``def name(…)``.
    begin = (line for line in lines if line.strip() and not line.lstrip().startswith("@"))
    first = " ".join(next(begin, "function").split())
    return first if len(lines) == 1 else f"{first} …"


def _let(arguments: Mapping[str, Json]) -> str:
    return "let " + ", ".join(
        f"{name} = {_json(value)}" for name, value in arguments["declarations"].items()
    )


def _times(arguments: Mapping[str, Json]) -> str:
    count = arguments["count"]
    return "once" if count == 1 else f"{count} times"


_WORDS: Mapping[str, Callable[[Mapping[str, Json]], str]] = MappingProxyType(
    {
        "action": _action,
        "function": _function,
        "empty": lambda _: "nothing",
        "let": _let,
        "value": lambda arguments: f"value {_json(arguments['value'])}",
        "literal": lambda arguments: f"literal {_json(arguments['value'])}",
        "repeat": lambda arguments: f"repeat {_times(arguments)}",
        "retry": lambda arguments: f"retry, at most {_times(arguments)}",
    }
)

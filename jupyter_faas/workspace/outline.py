"""A composition's graph as an indented outline, with what became of each node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_faas.workspace import text

_ARGUMENTS = ("test", "consequent", "alternate", "body", "handler", "finalizer")
_MOST_WORDS = 60


def outline(graph: Mapping[str, Any], nodes: Mapping[str, Any]) -> tuple[str, ...]:
    """One line for each node; ``nodes`` are visits and failures by path."""
    rows = [(words, _counted(nodes.get(path))) for path, words in _walk(graph, "", 0, "")]
    width = max(len(words) for words, _ in rows)
    return tuple(f"{words.ljust(width)}  {count}".rstrip() for words, count in rows)


def _walk(node: Any, path: str, depth: int, role: str) -> Iterator[tuple[str, str]]:
    if not isinstance(node, Mapping):
        return
    yield path, f"{'  ' * depth}{f'{role}: ' if role else ''}{label(node)}"
    components = node.get("components")
    for number, each in enumerate(components if isinstance(components, list) else ()):
        yield from _walk(each, f"{path}[{number}]", depth + 1, "")
    for name in _ARGUMENTS:
        yield from _walk(node.get(name), f"{path}.{name}", depth + 1, name)


def label(node: Mapping[str, Any]) -> str:
    """A node in a few words: ``retry 3``, ``iris``, ``function lambda params: …``."""
    kind = str(node.get("type"))
    if kind == "action":
        return str(node.get("name")).removeprefix("/_/")
    if kind in ("retry", "repeat"):
        return f"{kind} {node.get('count')}"
    if kind in ("value", "literal"):
        return _cut(f"{kind} {text.json_line(node.get('value'))}")
    if kind == "let" and isinstance(node.get("declarations"), Mapping):
        return _cut(f"let {', '.join(map(str, node['declarations']))}")
    if kind == "function":
        function = node.get("function")
        execution = function.get("exec") if isinstance(function, Mapping) else None
        code = execution.get("code") if isinstance(execution, Mapping) else None
        lines = code.strip().splitlines() if isinstance(code, str) else []
        return _cut(f"function {lines[0]}") if lines else kind
    return kind


def _counted(visits: Mapping[str, Any] | None) -> str:
    if visits is None:
        return ""
    failed = f", {visits['failed']} failed" if visits["failed"] else ""
    return f"×{visits['visits']}{failed}"


def _cut(words: str) -> str:
    return words if len(words) <= _MOST_WORDS else f"{words[: _MOST_WORDS - 1]}…"

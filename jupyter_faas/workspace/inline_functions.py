"""The Python functions that stand in a composition, with the names that ``let`` gives to each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from jupyter_faas.capture import InlineFunction

if TYPE_CHECKING:
    from jupyter_faas.composer import Composition

# The names of each ``let`` around a node, the innermost last; None for a ``mask``.
_Frames = tuple[frozenset[str] | None, ...]


def inline_functions_of(node: Composition) -> list[InlineFunction]:
    """In the order and under the names in which the conductor counts them."""
    from jupyter_faas.composer import inline_functions, inline_name

    visible = dict(_visible(node, "", ()))
    return [
        InlineFunction(inline_name(index), f"root{path}", function, visible[path])
        for index, (path, function) in enumerate(inline_functions(node))
    ]


def _visible(node: Composition, path: str, frames: _Frames) -> Iterator[tuple[str, frozenset[str]]]:
    yield path, _names(frames)
    if node.type == "let":
        frames = (*frames, frozenset(cast("dict[str, object]", node.arguments["declarations"])))
    elif node.type == "mask":
        frames = (*frames, None)
    for step, child in node.children():
        yield from _visible(child, path + step, frames)


def _names(frames: _Frames) -> frozenset[str]:
    """Each ``mask`` hides the next ``let`` around it that is not hidden yet."""
    names: set[str] = set()
    hidden = 0
    for frame in reversed(frames):
        if frame is None:
            hidden += 1
        elif hidden:
            hidden -= 1
        else:
            names |= frame
    return frozenset(names)

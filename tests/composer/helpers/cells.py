"""Cells of a notebook: text that Python's line cache keeps, run in a namespace."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Iterator
from typing import Any

_NUMBERS = itertools.count()


def run_cell(text: str, namespace: dict[str, Any] | None = None, *, kept: bool = True) -> Any:
    """Run ``text``, and give the namespace it filled; ``kept`` says whether its lines are."""
    filename = f"<composer-cell-{next(_NUMBERS)}>"
    if kept:
        lines = text.splitlines(keepends=True)
        linecache.cache[filename] = (len(text), None, lines, filename)
    space = {"__name__": "__main__"} if namespace is None else namespace
    exec(compile(text, filename, "exec"), space)  # the cell is the test's own
    return space


def texts(found: Iterator[Any]) -> list[str]:
    """The code of each inline function."""
    return [node.arguments["function"]["exec"]["code"] for _, node in found if node.live]

"""The texts in the strings of a Python file, which its users may read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each string of at least two words.

    Docstrings are left out. Each replacement field of an f-string becomes ``…``.
    """
    tree = ast.parse(path.read_text("utf-8"))
    # A string that is a statement is a docstring, also below an attribute.
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    left_out = documentation | parts
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if " " in text.strip():
            yield node.lineno, text

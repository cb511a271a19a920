"""The text of a ``%%function`` cell: its magic line, its body, its syntax tree."""

from __future__ import annotations

import ast
import re

from jupyter_faas.capture.cells import compiled, parse
from jupyter_faas.errors import CaptureError

_MAGIC_CELL = re.compile(r"\s*(%%function(?:[ \t][^\n]*)?)(?:\n|\Z)(.*)\Z", re.DOTALL)
_NOTEBOOK_SYNTAX = re.compile(r"^\s*(?:[\w., \t]*=\s*)?(?P<mark>!|%)|^\s*(?P<help>\?)|\?\s*$")


def split_cell(text: str) -> tuple[str, str] | None:
    """``(magic line, body)`` of a ``%%function`` cell, None for any other.

    >>> split_cell("%%function iris --sample X\\ndef iris():\\n    return {}")
    ('%%function iris --sample X', 'def iris():\\n    return {}')

    Blank lines before the magic are dropped, as IPython does before it runs the cell.
    """
    match = _MAGIC_CELL.match(text)
    if match is None:
        return None
    return match[1].rstrip(), match[2]


def join_cell(magic_line: str, body: str) -> str:
    """The cell as it was executed; ``body`` alone when there is no magic line."""
    return f"{magic_line}\n{body}" if magic_line else body


def parse_body(body: str, first_line: int) -> ast.Module:
    """The tree of a cell's body, numbered as in the cell, where the body begins at ``first_line``.

    Raises CaptureError for what is no Python: ``%`` and ``!`` lines, ``?``, syntax errors.
    """
    try:
        tree = parse(body)
        compiled(body, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        raise _not_python(body, error, first_line) from None
    except ValueError as error:
        raise CaptureError(f"The cell is not Python: {error}.") from None
    ast.increment_lineno(tree, first_line - 1)
    return tree


def _not_python(body: str, error: SyntaxError, first_line: int) -> CaptureError:
    lines = body.splitlines()
    number = error.lineno or 1
    text = lines[number - 1] if number <= len(lines) else ""
    magic = _NOTEBOOK_SYNTAX.search(text)
    if magic is None:
        return CaptureError(
            f"Line {number + first_line - 1} of the cell is not Python: {error.msg}.",
            hint=text.strip(),
        )
    return CaptureError(
        f"Line {number + first_line - 1} of the cell, `{text.strip()}`, is notebook syntax that "
        "only IPython understands.",
        hint="Move it to a cell of its own, before this one.",
    )

"""Edits of a cell's options and of what belongs to them, such as secrets.

They are apart from ``edits.py``, which is long.
"""

from __future__ import annotations

import re
from re import Match

from tests.notebooks.hints import statements
from tests.notebooks.hints.case import Notebook


def timeout(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    magic = re.sub(r" --timeout \S+", f" --timeout {found['time']}", magic)
    return notebook.with_function(statements.join_magic(magic, body))


def key_and_value(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    wrong = message.split("'")[1]
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_function(statements.join_magic(magic.replace(wrong, found["new"]), body))


def leave_second_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    before, _, after = magic.rpartition(f" --param {found['key']}=")
    return notebook.with_function(
        statements.join_magic(before + re.sub(r"^\S+", "", after, count=1), body)
    )


def rename(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf"\b{message.split()[0]}\b"
    return notebook.with_cells(*(re.sub(pattern, found["new"], one) for one in notebook.cells))


def read_environment(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    head, _, rest = body.partition(":\n")
    head = re.sub(rf"(, *)?\b{found['name']}(: *\w+)?", "", head)
    rest = re.sub(rf"\b{found['name']}\b", found["code"], rest)
    cell = statements.join_magic(magic, f"{head}:\n{rest}")
    return notebook.with_function(cell, "import os")

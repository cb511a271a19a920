"""Edits of the files beside a notebook, and of the lines that name them.

They are apart from ``edits.py``, which is long.
"""

from __future__ import annotations

import re
from dataclasses import replace
from re import Match

from tests.notebooks.hints.case import Notebook


def rename(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Rename a file, also in the cells."""
    old = message.split()[0]
    cells = [cell.replace(old, found["new"]) for cell in notebook.cells]
    files = {found["new"] if name == old else name: text for name, text in notebook.files.items()}
    return replace(notebook, files=files).with_cells(*cells)


def rename_one(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Rename the file beside the notebook, also in the cells, which name it in quotes."""
    old = message.removesuffix(".").rpartition(" ")[2]
    new = f"other_{old}"
    cells = [cell.replace(f'"{old}"', f'"{new}"') for cell in notebook.cells]
    files = {new if name == old else name: text for name, text in notebook.files.items()}
    return replace(notebook, files=files).with_cells(*cells)


def shell_command(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, f"!{found['command']}")


def line_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Run a line instead of the cell, with its name for the placeholder."""
    name = notebook.function.split()[1]
    line = found["line"].replace("NAME", name)
    return replace(notebook, cells=notebook.cells[:-1], call=line)


def at_the_end(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    name = message.split()[0]
    return notebook.with_files({name: f"{notebook.files[name]}\n{found['lines']}\n"})


def into_a_folder(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Move the files beside the notebook into a folder, which the code then lists."""
    folder = found["folder"]
    files = {f"{folder}/{name}": text for name, text in notebook.files.items()}
    cell = notebook.function.replace('"."', f'"{folder}"')
    return replace(notebook, files=files).with_function(cell)


def rename_included(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Rename a file or a folder, also in the cells."""
    old, new = found["old"], found["new"] or f"my_{found['old']}"
    cells = [
        re.sub(rf"(?<=[\"' ]){re.escape(old)}(?=[\"'/ \n])", new, one) for one in notebook.cells
    ]
    files = {
        re.sub(rf"^{re.escape(old)}(?=/|$)", new, name): text
        for name, text in notebook.files.items()
    }
    return replace(notebook, files=files).with_cells(*cells)


RULES = (
    (
        r"^Rename the file or its folder, such as (?P<new>my_(?P<old>\S+))$",
        rename_included,
    ),
    (r"^Rename your file or folder (?P<old>\S+)(?P<new>), or use an image", rename_included),
    (r"^Move the files to a folder next to the notebook, such as (?P<folder>\w+),", into_a_folder),
    (r"^Rename it to (?P<new>\S+) if it contains Python", rename),
    (r"^Rename one of the files\.$", rename_one),
    (r"^Create the file again: (?P<command>npx .+)$", shell_command),
    (r"^Install npm Composer next to the file: (?P<command>npm install \S+)$", shell_command),
    (r"^To deploy this file: (?P<line>%faas compose .+)$", line_instead),
    (r"^End the file with a composition, such as:\n(?P<lines>(?s:.+))$", at_the_end),
)

"""Edits of a cell's options and of what belongs to them, such as secrets.

They are apart from ``edits.py``, which is long.
"""

from __future__ import annotations

import re
from re import Match

from tests.notebooks.hints import statements
from tests.notebooks.hints.case import Notebook

# An image that the user has built. The playground runs it (``study.py``).
IMAGE = "docker.io/me/faas:2"


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


def image(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Let the function run in an image of the user's, without wheels."""
    magic, body = statements.split_magic(notebook.function)
    magic = magic.replace(" --vendor", "")
    return notebook.with_function(statements.join_magic(f"{magic} --image {IMAGE}", body))


def checked_image(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the Dockerfile, and check the image that the user has built from it."""
    line = notebook.function
    (old,) = re.findall(r"--check (\S+)", line)
    return notebook.with_function(line.replace(old, IMAGE), found["line"])


def map_image(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Add an entry to the file in which the playground's user maps images."""
    cell = (
        "import json, os, pathlib\n"
        "folder = pathlib.Path(os.environ['JUPYTER_FAAS_DATA_DIR'])\n"
        f"path = folder / 'playground' / {found['file']!r}\n"
        f"entries = {{**json.loads({found['entry']!r}), **json.loads(path.read_text())}}\n"
        "_ = path.write_text(json.dumps(entries))"
    )
    return notebook.with_function(notebook.function, cell)


def try_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Run the cell again after what the notebook could not do by itself: the cells ``later``."""
    return notebook.with_function(notebook.function, *notebook.later)


def annotate(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf"(?<=[(, ]){found['name']}(?=[,)])"
    cells = list(notebook.cells)
    at = max(i for i, cell in enumerate(cells) if cell.startswith("%%function"))
    cells[at] = re.sub(pattern, f"{found['name']}: {found['kind']}", cells[at], count=1)
    return notebook.with_cells(*cells)


def add_to_argument(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf"\b{found['name']}=([\w.]+)"
    changed = re.sub(pattern, rf"{found['name']}=\1{found['code']}", notebook.function)
    return notebook.with_function(changed)


RULES = (
    (r"--image NAME, without --vendor", image),
    (r"^Build the image from the Dockerfile that (?P<line>%faas image) writes", checked_image),
    (
        r"write (?P<entry>\{.+\}) to (?P<file>kinds\.json) in the playground's folder\.$",
        map_image,
    ),
    (r"^Try again", try_again),
    (r"^Annotate it in the cell: (?P<name>\w+): (?P<kind>[\w.]+)", annotate),
    (r"^Add (?P<code>\.\w+\(\)) to the value of (?P<name>\w+)", add_to_argument),
)

"""Edits of a cell's first line, of lines above the cell, and of any text in the notebook."""

from __future__ import annotations

import re
from re import Match

from tests.notebooks.hints import statements
from tests.notebooks.hints.case import Notebook

_VALUE = r"(?:'[^']*'|\"[^\"]*\"|[\w.:/\[\]@=~-]*[\w\]])"
_OPTION = re.compile(
    rf"(?<![\w-])(--[a-z][a-z-]+)(?: (?!(?:and|or|out|with|in|is|to|as)\b)({_VALUE}))?"
)
# Options that may be given several times, so that another one does not replace the first.
_REPEATABLE = (
    *("--include", "--require", "--trust", "--param", "--annotation", "--test"),
    *("--env", "--secret"),
)


def with_options(cell: str, hint: str) -> str:
    magic, body = statements.split_magic(cell)
    # An example of a whole line names its options last: they are the ones to write.
    for option, value in _OPTION.findall(hint):
        if option not in _REPEATABLE:
            magic = without_option(magic, option)
        elif option in ("--param", "--annotation", "--env", "--secret"):
            # The same name replaces what was given before.
            magic = re.sub(rf" {option} {value.partition('=')[0]}(?:=\S+)?(?= |$)", "", magic)
        magic += f" {option} {value}".rstrip()
    return statements.join_magic(magic, body)


def without_option(magic: str, option: str, value: str = "") -> str:
    if value:
        return re.sub(rf" {option}[ =][\"']?{re.escape(value)}[\"']?(?= |$)", "", magic, count=1)
    quoted = r"'[^']*'|\"[^\"]*\"|(?!--)\S+"
    return re.sub(rf" {option}(?:[ =](?:{quoted})|(?= |$))", "", magic)


def end_of_line(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_function(statements.join_magic(magic + found["what"], body))


def leave_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    magic = without_option(magic, found["option"], found["value"] or "")
    return notebook.with_function(statements.join_magic(magic, body))


def replace(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    new, old = (found[key].removesuffix("(…)") for key in ("new", "old"))
    if old.startswith("--"):
        option, _, value = old.partition(" ")
        magic, body = statements.split_magic(notebook.function)
        magic = f"{without_option(magic, option, value)} {new}"
        return notebook.with_function(statements.join_magic(magic, body))
    notebook = notebook.with_function(
        with_options(notebook.function, found.string[: found.start()])
    )
    texts = (*notebook.cells, *notebook.files.values())
    if "'" in old and not any(old in text for text in texts):
        new, old = (each.replace("'", '"') for each in (new, old))
    edges = (
        r"(?<!\w)" if old[:1].isidentifier() else "",
        r"(?!\w)" if old[-1:].isidentifier() else "",
    )
    pattern = re.compile(f"{edges[0]}{re.escape(old)}{edges[1]}")
    cells = list(notebook.cells)
    for at in (len(cells) - 1, *range(len(cells) - 1)):
        magic, body = statements.split_magic(cells[at])
        changed = pattern.sub(lambda _: new, body)
        if changed != body:
            cells[at] = statements.join_magic(magic, changed)
            return with_copy(notebook.with_cells(*cells), found.string)
    for name, text in notebook.files.items():
        if pattern.search(text):
            return notebook.with_files({name: pattern.sub(lambda _: new, text)})
    if old in (magic := statements.split_magic(notebook.function)[0]):
        body = statements.split_magic(notebook.function)[1]
        return notebook.with_function(statements.join_magic(magic.replace(old, new), body))
    raise AssertionError(f"no cell has {old!r}")


def with_copy(notebook: Notebook, hint: str) -> Notebook:
    found = re.match(r"Copy (\S+) to (\S+), ", hint)
    if found is None:
        return notebook
    source, target = found.groups()
    copy = (
        f"import os, shutil\ncopy = shutil.copytree if os.path.isdir({source!r}) else shutil.copy\n"
        f"copy({source!r}, {target!r})"
    )
    return notebook.with_cells(copy, *notebook.cells)


def replace_and_begin(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    changed = replace(notebook, found, message)
    return statements.edit_handler(
        changed,
        lambda cell, node: statements.at_the_beginning(cell, [node.name], found["line"]),
    )


def write_above(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    notebook = notebook.with_function(
        with_options(notebook.function, found.string[: found.start()]), found["line"]
    )
    notebook = with_copy(notebook, found.string)
    rest = re.match(
        r", and (?:write )?(?P<new>\S+) instead of (?P<old>\S+?)\.?(?=\s|$)",
        found.string[found.end() :],
    )
    return replace(notebook, rest, message) if rest is not None else notebook


def shell_command(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, f"!{found['command']}")


def line_magic(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, found["command"])


def run_code(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, found["code"].partition("\nOr ")[0])


def magic_line(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the line with another name and its other options."""
    magic, body = statements.split_magic(notebook.function)
    rest = magic.split(" ", 2)[2:]
    return notebook.with_function(statements.join_magic(" ".join([found["line"], *rest]), body))

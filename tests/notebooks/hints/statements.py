"""Edits of a notebook's statements: move, replace, wrap."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterator

from tests.notebooks.hints.case import Notebook

Statement = tuple[int, ast.stmt]


def split_magic(cell: str) -> tuple[str, str]:
    """The magic's line, which is empty for a plain cell, and the rest."""
    if not cell.startswith("%"):
        return "", cell
    line, _, body = cell.partition("\n")
    return line, body


def join_magic(line: str, body: str) -> str:
    return "\n".join(filter(None, (line, body)))


def parsed(cell: str) -> ast.Module:
    """The cell's tree, with the lines of the cell; empty where IPython alone understands it."""
    magic, body = split_magic(cell)
    try:
        return ast.parse(f"\n{body}" if magic else body)
    except SyntaxError:
        return ast.Module([], [])


def text_of(cell: str, node: ast.stmt) -> str:
    """The statement's lines, without indentation."""
    start = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return textwrap.dedent("\n".join(cell.split("\n")[start - 1 : node.end_lineno]))


def without(cell: str, node: ast.stmt) -> str:
    lines = cell.split("\n")
    start = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return "\n".join([*lines[: start - 1], *lines[node.end_lineno :]])


def names_set(node: ast.stmt) -> set[str]:
    """The names that a statement at the top level binds or changes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    found: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found.add(one.id)
        elif isinstance(one, ast.Attribute | ast.Subscript) and isinstance(one.ctx, ast.Store):
            found.add(_root(one))
        elif (
            isinstance(one, ast.Call)
            and isinstance(one.func, ast.Attribute)
            and isinstance(node, ast.Expr)
        ):
            found.add(_root(one.func))
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "exec":
            found.update(re.findall(r"(?:def|class) (\w+)", ast.unparse(one)))
    return found


def names_read(node: ast.stmt) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_code(node: ast.stmt) -> bool:
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return isinstance(node, kinds)


def move_into_function(notebook: Notebook, names: list[str], users: list[str]) -> Notebook:
    """Move the statements that make ``names`` to the beginning of the functions that use them.

    What these statements need, other than imports and definitions, is repeated there.
    """
    wanted, moved = set(names), []
    cells = list(notebook.cells)
    made: list[tuple[int, ast.stmt]] = [
        (at, node)
        for at, cell in enumerate(cells)
        for node in parsed(cell).body
        if not (at == len(cells) - 1 and _is_code(node))
    ]
    grown = True
    while grown:
        moved = [
            (at, node) for at, node in made if names_set(node) & wanted and not _is_import(node)
        ]
        more = {name for _, node in moved if not _is_code(node) for name in names_read(node)}
        more &= {name for _, node in made if not _is_code(node) for name in names_set(node)}
        grown = not more <= wanted
        wanted |= more
    assert moved, f"no statement creates {' and '.join(names)}"
    lines = "\n".join(text_of(cells[at], node) for at, node in moved)
    for at, node in reversed(moved):
        if names_set(node) & set(names):
            cells[at] = without(cells[at], node)
    for at, cell in enumerate(cells):
        cells[at] = at_the_beginning(cell, users, lines)
    return notebook.with_cells(*cells)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def at_the_beginning(cell: str, functions: list[str], lines: str) -> str:
    """Put lines at the beginning of the named functions of a cell, below their docstrings."""
    found = [
        node
        for node in ast.walk(parsed(cell))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in functions
    ]
    for node in sorted(found, key=lambda node: -node.lineno):
        first = node.body[0]
        if ast.get_docstring(node) is not None:
            first = node.body[1]
        text = cell.split("\n")
        if first.lineno == node.lineno:
            # The body is on the line of the def.
            head = text[node.lineno - 1][: first.col_offset].rstrip()
            body = text[node.lineno - 1][first.col_offset :]
            indent = " " * (node.col_offset + 4)
            text[node.lineno - 1 : node.lineno] = [
                head,
                *textwrap.indent(lines, indent).split("\n"),
                f"{indent}{body}",
            ]
        else:
            indent = " " * first.col_offset
            start = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", ()))])
            text[start - 1 : start - 1] = textwrap.indent(lines, indent).split("\n")
        cell = "\n".join(text)
    return cell


def definition(notebook: Notebook, kind: str, name: str) -> tuple[int, ast.stmt]:
    """The ``class`` or ``def`` of that name inside a function, and the number of its cell."""
    kinds = (ast.ClassDef,) if kind == "class" else (ast.FunctionDef, ast.AsyncFunctionDef)
    for at, cell in enumerate(notebook.cells):
        for node in ast.walk(parsed(cell)):
            if isinstance(node, kinds) and node.name == name:
                return at, node
    raise AssertionError(f"no {kind} {name}")


def to_top_level(notebook: Notebook, kind: str, name: str, inside: str = "") -> Notebook:
    """Move a nested definition into a cell of its own, with what made ``inside`` in its body."""
    at, node = definition(notebook, kind, name)
    text = text_of(notebook.cells[at], node)
    if inside:
        maker = next(
            one
            for one in ast.walk(parsed(notebook.cells[at]))
            if isinstance(one, ast.FunctionDef)
            and node.lineno in {each.lineno for each in one.body}
        )
        made = [text_of(notebook.cells[at], one) for one in maker.body if inside in names_set(one)]
        text = at_the_beginning(text, [name], "\n".join(made))
    cells = list(notebook.cells)
    if kind == "def":
        # The name now is that of the definition, and nothing makes it any more.
        made_by = [one for one in parsed(cells[-2]).body if name in names_set(one)]
        for one in reversed(made_by):
            cells[-2] = without(cells[-2], one)
        return notebook.with_cells(*cells[:-1], text, cells[-1])
    cells[at] = _dedented(without(cells[at], node))
    return notebook.with_cells(*cells[:at], text, *cells[at:])


def _dedented(cell: str) -> str:
    return cell


def move_line(notebook: Notebook, line: int, helper: str = "") -> Notebook:
    """Move a line of a cell, which may begin a statement, to a cell above it.

    ``helper`` is what the cell defines, or empty for the last cell.
    """
    cells = list(notebook.cells)
    at = len(cells) - 1
    if helper:
        at = next(i for i, cell in enumerate(cells) if helper in cell_names(cell))
    lines = cells[at].split("\n")
    end = line
    for node in ast.walk(parsed(cells[at])):
        if isinstance(node, ast.stmt) and node.lineno == line and node.end_lineno is not None:
            end = max(end, node.end_lineno)
    moved = textwrap.dedent("\n".join(lines[line - 1 : end]))
    rest = "\n".join([*lines[: line - 1], *lines[end:]])
    return notebook.with_cells(*cells[:at], moved, rest, *cells[at + 1 :])


def functions_of(cell: str) -> Iterator[str]:
    """The functions that a cell defines at its top level."""
    for node in parsed(cell).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def cell_names(cell: str) -> set[str]:
    """The names that a cell defines or sets."""
    return {name for node in parsed(cell).body for name in names_set(node)}


def cells_that_make(notebook: Notebook, name: str) -> list[str]:
    """The cells, run or not, that define or set a name. Not the last, which packages."""
    cells = (*notebook.cells[:-1], *notebook.later)
    return [cell for cell in cells if name in cell_names(cell)]


def edit_handler(notebook: Notebook, change: Callable[[str, ast.FunctionDef], str]) -> Notebook:
    """The notebook after a change of the last cell's last function."""
    functions = [
        node for node in parsed(notebook.function).body if isinstance(node, ast.FunctionDef)
    ]
    return notebook.with_function(change(notebook.function, functions[-1]))


def list_of_yields(cell: str, node: ast.FunctionDef) -> str:
    """Let the function return the list of what it yields."""
    lines = cell.split("\n")
    start, end = node.body[0].lineno - 1, node.end_lineno or 0
    body = re.sub(
        r"\byield (.+)$", r"collected.append(\1)", "\n".join(lines[start:end]), flags=re.M
    )
    new = ["    collected = []", body, "    return collected"]
    return "\n".join([*lines[:start], *new, *lines[end:]])


def wrapped(cell: str, head: str) -> str:
    """Put the cell's body below ``head``, and return its last value."""
    magic, body = split_magic(cell)
    *before, last = ast.parse(body).body
    value = last.value if isinstance(last, ast.Expr | ast.Assign) else None
    assert value is not None, "the cell does not end with a value"
    lines = [*(ast.unparse(one) for one in before), f"return {ast.unparse(value)}"]
    return join_magic(magic, f"{head}\n{textwrap.indent(chr(10).join(lines), '    ')}")


def into_class(notebook: Notebook, owner: str, attribute: str) -> Notebook:
    """Move ``owner.attribute = …`` into the class statement."""
    cells = list(notebook.cells)
    for at, cell in enumerate(cells[:-1]):
        for node in parsed(cell).body:
            if (
                isinstance(node, ast.Assign)
                and ast.unparse(node.targets[0]) == f"{owner}.{attribute}"
            ):
                cells[at] = without(cell, node)
                line = f"{attribute} = {ast.unparse(node.value)}"
                at_class, found = definition(notebook.with_cells(*cells), "class", owner)
                lines = cells[at_class].split("\n")
                lines.insert(found.end_lineno or 0, f"    {line}")
                cells[at_class] = "\n".join(lines)
                return notebook.with_cells(*cells)
    raise AssertionError(f"nothing sets {owner}.{attribute}")


def users_in(message: str) -> Iterator[str]:
    """The functions that a refusal says to use a name."""
    for one in re.finditer(r"([\w.]+) uses \w+|is used by (\w+)", message):
        yield (one[1] or one[2]).rpartition(".")[2]

"""The order in which the cells of a notebook file run: from top to bottom, with one exception.

A user can run cells in any order, and a saved notebook may therefore contain a ``%%function`` cell
above the cell that defines what the function uses. Such a cell runs again below that cell. This
happens only if it cannot change an answer: if exactly one later cell defines the name, if no cell
between them replaces another value that the function may use, and if the function's cell can run
twice.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from jupyter_faas.capture import binding_lines, split_cell
from jupyter_faas.errors import NotebookFailed
from jupyter_faas.workspace.notebook_run import Bundle, CodeCell, RunCell
from jupyter_faas.workspace.results import Progress

_UNDEFINED = (
    re.compile(r"name '(\w+)' is not defined"),
    re.compile(r"(?:: |\d\. )(\w+) is used on line .*? is not defined in the notebook\."),
)
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
# Statements that do not change anything when they run twice, if they call nothing.
_DEFINITIONS = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass),
)


def run_in_order(
    cells: Sequence[CodeCell], run: RunCell, progress: Progress
) -> Iterator[tuple[CodeCell, list[Bundle]]]:
    """Run the cells, and yield each one that succeeded with what it displayed.

    Raises the NotebookFailed of the first cell that fails and cannot run later.
    """
    ran: list[CodeCell] = []
    left = list(cells)
    # The cell for which a cell waits. A circle of such cells would never end.
    waits: dict[CodeCell, CodeCell] = {}
    while left:
        cell = left.pop(0)
        try:
            shown = run(cell)
        except NotebookFailed as failure:
            names = _undefined(failure) if split_cell(cell.source) is not None else []
            makers = {name: [one for one in left if name in _bound(one)] for name in names}
            if not names or not all(makers.values()):
                raise
            last = max((found[-1] for found in makers.values()), key=left.index)
            waits[cell] = last
            if not _may_wait(cell, makers, ran, left[: left.index(last)], waits):
                raise _to_move(failure, cell, names[0], makers[names[0]]) from failure
            progress(
                f"Cell {cell.index + 1} uses {', '.join(names)}, so it runs after cell "
                f"{last.index + 1}, which defines {'it' if len(names) == 1 else 'them'}."
            )
            left.insert(left.index(last) + 1, cell)
        else:
            waits.pop(cell, None)
            ran.append(cell)
            yield cell, shown


def _undefined(failure: NotebookFailed) -> list[str]:
    """Return the names that a cell lacked, or an empty list if it failed for another reason."""
    found = (name for each in _UNDEFINED for name in each.findall(failure.message))
    return list(dict.fromkeys(found))


def _may_wait(
    cell: CodeCell,
    makers: dict[str, list[CodeCell]],
    ran: Sequence[CodeCell],
    between: Sequence[CodeCell],
    waits: dict[CodeCell, CodeCell],
) -> bool:
    """Return whether the function has only one possible meaning when its cell runs later."""
    chain = waits[cell]
    while chain in waits and chain != cell:
        chain = waits[chain]
    if chain == cell or any(len(found) > 1 for found in makers.values()):
        return False
    return _runs_twice(cell) and not _replaced(cell, ran, between)


def _runs_twice(cell: CodeCell) -> bool:
    parts = split_cell(cell.source)
    try:
        tree = ast.parse(parts[1] if parts else cell.source)
    except (SyntaxError, ValueError):
        return False
    return all(
        isinstance(one, _DEFINITIONS)
        and not (
            isinstance(one, ast.Assign | ast.AnnAssign | ast.Expr)
            and any(isinstance(inner, ast.Call | ast.NamedExpr) for inner in ast.walk(one))
        )
        for one in tree.body
    )


def _replaced(cell: CodeCell, ran: Sequence[CodeCell], between: Sequence[CodeCell]) -> set[str]:
    """Return the names that the function may use and that get another value before it runs again.

    Any word in its cell counts, and in the cells of the functions and classes that it may use.
    """
    known, again = _all_bound(ran), _all_bound(between)
    reached, new = set[str](), set(_IDENTIFIER.findall(cell.source))
    while new:
        reached |= new
        new = {
            word
            for other in (*ran, *between)
            if any(_defines(other, name) for name in reached & _bound(other))
            for word in _IDENTIFIER.findall(other.source)
        } - reached
    return reached & known & again


def _defines(cell: CodeCell, name: str) -> bool:
    return re.search(rf"^(?:async )?(?:def|class) {name}\b", cell.source, re.MULTILINE) is not None


def _bound(cell: CodeCell) -> set[str]:
    return set(binding_lines(cell.source))


def _all_bound(cells: Sequence[CodeCell]) -> set[str]:
    return {name for one in cells for name in _bound(one)}


def _to_move(
    failure: NotebookFailed, cell: CodeCell, name: str, makers: Sequence[CodeCell]
) -> NotebookFailed:
    numbers = " or ".join(str(one.index + 1) for one in makers)
    # The kernel's hint, to run the cell that defines the name, is not for a notebook file.
    told = re.match(r"(.*is not defined in the notebook\.)", failure.message, re.DOTALL)
    return NotebookFailed(
        told[1] if told else failure.message,
        hint=f"Move cell {cell.index + 1} below cell {numbers}, which defines {name}, and save the "
        "notebook.",
    )

"""The error of a notebook cell in words: the cell, the line, what went wrong, the way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jupyter_faas.errors import NotebookFailed

if TYPE_CHECKING:
    from nbclient.exceptions import CellExecutionError

_SHOWN_LINES = 12
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r"Cell In\s?\[\d+\], line (\d+)")


def cell_failed(name: str, index: int, source: str, error: CellExecutionError) -> NotebookFailed:
    """Build the error for a cell that raised; ``name`` is the notebook's, ``index`` from 0."""
    said = f"{error.ename}: {_ANSI.sub('', error.evalue)}".rstrip(": ")
    line = _LINE.search(_ANSI.sub("", error.traceback))
    shown = clip(source, int(line[1]) if line else None)
    return NotebookFailed(
        f"Cell {index + 1} of {name} failed; nothing was deployed or exported."
        f"\n\n{shown}\n\n{said}",
        hint=_way_out(error.ename, error.evalue),
    )


def kernel_died(name: str, index: int | None, source: str, last_words: str = "") -> NotebookFailed:
    """Build the error for a kernel that ended by itself; ``index`` is None before any cell.

    ``last_words`` is what the kernel's process printed itself; its last lines are shown.
    """
    lines = [line for line in last_words.splitlines() if line and "[IPKernelApp]" not in line]
    said = "\n".join(lines[-_SHOWN_LINES:])
    if index is None:
        parts = [f"The kernel of {name} did not start; nothing was deployed or exported.", said]
    else:
        head = f"The kernel died in cell {index + 1} of {name}; nothing was deployed or exported."
        parts = [head, clip(source), said]
    return NotebookFailed(
        "\n\n".join(filter(None, parts)),
        hint="Run it in JupyterLab to see more; kernels often die of too little memory.",
    )


def clip(source: str, line: int | None = None) -> str:
    """Show a cell's source with a margin, cut to twelve lines around ``line`` (from 1)."""
    lines = source.splitlines()
    first = 0
    if line is not None and line > _SHOWN_LINES - 2:
        first = min(line - _SHOWN_LINES // 2, max(len(lines) - _SHOWN_LINES, 0))
    shown = [
        f"{'>' if number == line else ' '} {number:>3} | {text}"
        for number, text in enumerate(lines, start=1)
        if first < number <= first + _SHOWN_LINES
    ]
    above = ["      …"] if first else []
    below = ["      …"] if first + _SHOWN_LINES < len(lines) else []
    return "\n".join(above + shown + below)


def _way_out(ename: str, evalue: str) -> str:
    if ename == "UsageError" and ("`%%function` not found" in evalue or "`%faas`" in evalue):
        return "Add a cell with %load_ext jupyter_faas before it."
    if ename == "ModuleNotFoundError" and "'jupyter_faas'" in evalue:
        return "Install jupyter_faas into the environment of the notebook's kernel."
    return ""

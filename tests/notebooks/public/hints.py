"""Follows the hint of a refusal to the letter, as a user would who knows nothing else."""

from __future__ import annotations

import ast
import re
from contextlib import suppress

from tests.notebooks.public.case import PublicCase

# Options as a hint writes them, with their values: one, or several after each other.
_VALUE = r"(?: (?!and\b|or\b|takes\b|in\b)[\w.:/'\"{}\[\],]*[\w'\"}\])])"
_OPTIONS = re.compile(rf"(?<![\w-])--[a-z][a-z-]+{_VALUE}?(?: --[a-z][a-z-]+{_VALUE}?)*")
_TARGET = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w* = ")


def follow(case: PublicCase, refusal: str) -> tuple[str, PublicCase] | None:
    """What the hint says to do, and the notebook after it; None where it says nothing to do.

    ``refusal`` is the message with the hint below its first line. A line of code becomes a cell
    above the function's; else the options go to the end of the magic's line.
    """
    hint = refusal.partition("\n")[2]
    *before, function = _function_last(case)
    line = line_of_code(hint)
    if line:
        return line, case.with_cells(*before, line, function)
    # "Give sample rows: %%function NAME --sample X": the longest is the one to write.
    options = max(_OPTIONS.findall(hint), key=len, default="")
    if not options:
        return None
    magic, _, body = function.partition("\n")
    return options, case.with_cells(*before, f"{magic} {options}\n{body}")


def line_of_code(hint: str, target: re.Pattern[str] = _TARGET) -> str:
    """The first assignment that a hint proposes, as long as it is Python.

    ``target`` matches the start of an assignment.
    """
    for found in target.finditer(hint):
        rest = hint[found.start() :].partition("\n")[0].partition(" in a cell")[0]
        for end in range(len(rest), len(found[0]), -1):
            line = rest[:end].rstrip(" .,;:")
            with suppress(SyntaxError):
                ast.parse(line)
                return line
    return ""


def _function_last(case: PublicCase) -> list[str]:
    position = next(i for i, cell in enumerate(case.cells) if "%%function " in cell)
    return [*case.cells[:position], *case.cells[position + 1 :], case.cells[position]]

"""Runs a cell's body in the notebook as if no magic stood above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import FaasError

if TYPE_CHECKING:
    from types import CodeType, TracebackType


def run_body(shell: Any, magic_line: str, body: str) -> None:
    """Execute ``body``; its last expression is displayed, as a cell's is.

    What it raises is raised here, and is shown with the lines and the numbers of the cell alone.
    """
    # The magic's line as a comment keeps the numbers: the body's first line is the cell's second.
    source = shell.transform_cell(f"# {magic_line}\n{body}")
    number = shell.displayhook.prompt_count
    filename = shell.compile.cache(source, number, raw_code=source)
    with _syntax_errors_shown_alone(shell):
        codes = _compile(shell, source, filename)
    try:
        for code in codes:
            exec(code, shell.user_global_ns, shell.user_ns)  # noqa: S102 the user's own cell
    except FaasError:
        raise
    except BaseException as error:
        # KeyboardInterrupt too: the frames of the magic machinery tell the user nothing.
        _show_only(shell, error, _user_frames(error.__traceback__, filename))
        raise


def _compile(shell: Any, source: str, filename: str) -> list[CodeType]:
    """The statements, then what is displayed, when the last one is an expression without ``;``."""
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename))
    statements = tree.body
    if not statements or not isinstance(statements[-1], ast.Expr):
        return [shell.compile(tree, filename, "exec")]
    *before, last = statements
    if shell.displayhook.semicolon_at_end_of_expression(source):
        return [shell.compile(tree, filename, "exec")]
    return [
        shell.compile(ast.Module(before, []), filename, "exec"),
        shell.compile(ast.Interactive([last]), filename, "single"),
    ]


@contextmanager
def _syntax_errors_shown_alone(shell: Any) -> Iterator[None]:
    try:
        yield
    except SyntaxError as error:
        lines = shell.SyntaxTB.structured_traceback(type(error), error, [])
        raise _CellSyntaxError(str(error), lines) from error


class _CellSyntaxError(Exception):
    """IPython shows the whole stack of a SyntaxError and asks it for no rendering of its own."""

    def __init__(self, message: str, lines: list[str]) -> None:
        super().__init__(message)
        self._lines = lines

    def _render_traceback_(self) -> list[str]:
        return self._lines


# The name that front ends show and that tools look at.
_CellSyntaxError.__name__ = "SyntaxError"


def _user_frames(traceback: TracebackType | None, filename: str) -> TracebackType | None:
    while traceback is not None and traceback.tb_frame.f_code.co_filename != filename:
        traceback = traceback.tb_next
    return traceback


def _show_only(shell: Any, error: BaseException, traceback: TracebackType | None) -> None:
    def render() -> list[str]:
        lines: list[str] = shell.InteractiveTB.structured_traceback(
            type(error), error, traceback, tb_offset=0
        )
        return lines

    # IPython asks an exception for this before it formats one itself.
    error._render_traceback_ = render  # type: ignore[attr-defined]

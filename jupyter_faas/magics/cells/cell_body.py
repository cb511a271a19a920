"""Run the body of a magic's cell in the notebook, with errors shown as in a plain cell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import FaasError

if TYPE_CHECKING:
    from types import CodeType, TracebackType


def run_body(shell: Any, magic_line: str, body: str) -> None:
    """Execute ``body``; its last expression is displayed, as in a plain cell.

    Errors are raised, and shown with the lines and line numbers of the cell alone.
    """
    parts = _parts(shell, magic_line, body)
    shown = parts.last
    if shown is not None and shell.displayhook.semicolon_at_end_of_expression(parts.source):
        parts.statements.append(shown)
        shown = None
    with _errors_shown_in_the_cell(shell, parts.filename):
        exec(parts.code(shell), shell.user_global_ns, shell.user_ns)  # noqa: S102 the user's cell
        if shown is not None:
            display = shell.compile(ast.Interactive([shown]), parts.filename, "single")
            exec(display, shell.user_global_ns, shell.user_ns)  # noqa: S102 likewise


@dataclass(frozen=True)
class LastValue:
    """The value of a cell's last expression. ``again`` evaluates it again.

    ``names`` are those that the expression itself reads, without the bodies of its lambdas.
    """

    value: Any
    names: tuple[str, ...]
    again: Callable[[], Any]


def evaluate_body(shell: Any, magic_line: str, body: str) -> LastValue | None:
    """Execute ``body`` and return its last expression's value, which is not displayed.

    None when the body does not end with an expression. Raises and shows errors like ``run_body``.
    """
    parts = _parts(shell, magic_line, body)

    def evaluate() -> Any:
        with _errors_shown_in_the_cell(shell, parts.filename):
            return eval(code, shell.user_global_ns, shell.user_ns)  # noqa: S307 the user's cell

    with _errors_shown_in_the_cell(shell, parts.filename):
        exec(parts.code(shell), shell.user_global_ns, shell.user_ns)  # noqa: S102 likewise
    if parts.last is None:
        return None
    code = shell.compile(ast.Expression(parts.last.value), parts.filename, "eval")
    return LastValue(evaluate(), tuple(dict.fromkeys(_read_in(parts.last.value))), evaluate)


def _read_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif not isinstance(node, ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _read_in(child)


@dataclass
class _Parts:
    """A cell's statements and the expression that it ends with."""

    source: str
    filename: str
    statements: list[ast.stmt]
    last: ast.Expr | None

    def code(self, shell: Any) -> CodeType:
        code: CodeType = shell.compile(ast.Module(self.statements, []), self.filename, "exec")
        return code


def _parts(shell: Any, magic_line: str, body: str) -> _Parts:
    # The magic's line becomes a comment, so that line numbers are those of the cell.
    source = shell.transform_cell(f"# {magic_line}\n{body}")
    number = shell.displayhook.prompt_count
    filename = shell.compile.cache(source, number, raw_code=source)
    with _syntax_errors_shown_alone(shell):
        statements = shell.transform_ast(shell.compile.ast_parse(source, filename)).body
        # Some errors (return outside a function) appear only when compiling; nothing has run yet.
        shell.compile(ast.Module(statements, []), filename, "exec")
    if statements and isinstance(statements[-1], ast.Expr):
        return _Parts(source, filename, statements[:-1], statements[-1])
    return _Parts(source, filename, statements, None)


@contextmanager
def _errors_shown_in_the_cell(shell: Any, filename: str) -> Iterator[None]:
    try:
        yield
    except FaasError:
        raise
    except BaseException as error:
        # KeyboardInterrupt too: the frames of the magic's own code do not help the user.
        _show_only(shell, error, _user_frames(error.__traceback__, filename))
        raise


@contextmanager
def _syntax_errors_shown_alone(shell: Any) -> Iterator[None]:
    try:
        yield
    except SyntaxError as error:
        lines = shell.SyntaxTB.structured_traceback(type(error), error, [])
        raise _CellSyntaxError(str(error), lines) from error


class _CellSyntaxError(Exception):
    """IPython always shows the whole stack of a SyntaxError, so this is another class."""

    def __init__(self, message: str, lines: list[str]) -> None:
        super().__init__(message)
        self._lines = lines

    def _render_traceback_(self) -> list[str]:
        return self._lines


# Front ends show this name, and tools compare it.
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

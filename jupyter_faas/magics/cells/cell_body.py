"""Run the body of a magic's cell in the notebook, and show errors as in a plain cell."""

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
    """Execute ``body`` and display its last expression, as in a plain cell.

    Errors are raised. Their tracebacks show only lines of the cell, with the cell's line numbers.
    """
    parts = _parts(shell, magic_line, body)
    shown = parts.last
    # As in a plain cell, a semicolon at the end suppresses the output.
    if shown is not None and shell.displayhook.semicolon_at_end_of_expression(parts.source):
        parts.statements.append(shown)
        shown = None
    with _errors_shown_in_the_cell(shell, parts.filename):
        exec(parts.code(shell), shell.user_global_ns, shell.user_ns)  # noqa: S102 the user's cell
        if shown is not None:
            # The mode "single" passes the value to IPython's display hook, which also sets ``Out``
            # and ``_``.
            display = shell.compile(ast.Interactive([shown]), parts.filename, "single")
            exec(display, shell.user_global_ns, shell.user_ns)  # noqa: S102 the user's cell


@dataclass(frozen=True)
class LastValue:
    """The value of a cell's last expression, and ``again``, which re-evaluates it.

    ``names`` are the names that the expression reads outside the bodies of its lambdas.
    """

    value: Any
    names: tuple[str, ...]
    again: Callable[[], Any]


def evaluate_body(shell: Any, magic_line: str, body: str) -> LastValue | None:
    """Execute ``body`` and return the value of its last expression, without displaying it.

    Returns None if the body does not end with an expression. Errors are raised and shown as by
    ``run_body``.
    """
    parts = _parts(shell, magic_line, body)

    def evaluate() -> Any:
        with _errors_shown_in_the_cell(shell, parts.filename):
            return eval(code, shell.user_global_ns, shell.user_ns)  # noqa: S307 the user's cell

    with _errors_shown_in_the_cell(shell, parts.filename):
        exec(parts.code(shell), shell.user_global_ns, shell.user_ns)  # noqa: S102 the user's cell
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
    """A cell's statements, and the expression at its end."""

    source: str
    filename: str
    statements: list[ast.stmt]
    last: ast.Expr | None

    def code(self, shell: Any) -> CodeType:
        code: CodeType = shell.compile(ast.Module(self.statements, []), self.filename, "exec")
        return code


def _parts(shell: Any, magic_line: str, body: str) -> _Parts:
    # The magic's line becomes a comment, so that line numbers in errors are those of the cell.
    source = shell.transform_cell(f"# {magic_line}\n{body}")
    number = shell.displayhook.prompt_count
    # IPython's cache makes the source available to tracebacks and debuggers.
    filename = shell.compile.cache(source, number, raw_code=source)
    with _syntax_errors_shown_alone(shell):
        statements = shell.transform_ast(shell.compile.ast_parse(source, filename)).body
        # Some errors, such as ``return`` outside a function, appear only at compilation. Compile
        # everything first, before any statement runs.
        shell.compile(ast.Module(statements, []), filename, "exec")
    if statements and isinstance(statements[-1], ast.Expr):
        return _Parts(source, filename, statements[:-1], statements[-1])
    return _Parts(source, filename, statements, None)


@contextmanager
def _errors_shown_in_the_cell(shell: Any, filename: str) -> Iterator[None]:
    try:
        yield
    # A FaasError is always shown without a traceback.
    except FaasError:
        raise
    except BaseException as error:
        # This includes KeyboardInterrupt. The frames of our own code would not help the user.
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
    """A replacement for SyntaxError, for which IPython would also show our own frames."""

    def __init__(self, message: str, lines: list[str]) -> None:
        super().__init__(message)
        self._lines = lines

    def _render_traceback_(self) -> list[str]:
        return self._lines


# Front ends show the class name of an error, and tools compare it.
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

    # If an exception has this method, IPython calls it instead of formatting the traceback.
    error._render_traceback_ = render  # type: ignore[attr-defined]

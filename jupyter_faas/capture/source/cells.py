"""The source of executed cells, from Python's line cache and IPython's history."""

from __future__ import annotations

import ast
import linecache
import re
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from jupyter_faas.capture.analysis.scopes import FunctionNode
from jupyter_faas.errors import CaptureError

_COMPOUND = (ast.If, ast.Try, ast.With, ast.For, ast.While)


@dataclass(frozen=True)
class ExecutedCell:
    """The text of one executed cell (or module file) and its syntax tree."""

    text: str
    tree: ast.Module

    @cached_property
    def functions(self) -> Mapping[str, list[FunctionNode]]:
        """All functions by name; lambdas are called ``<lambda>``, as in their code objects."""
        # A cell with a composition may have hundreds of lambdas, each of which is looked up.
        found: dict[str, list[FunctionNode]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Lambda):
                found.setdefault("<lambda>", []).append(node)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.setdefault(node.name, []).append(node)
        return found

    def statements(self) -> Iterator[ast.stmt]:
        """Yield all statements outside functions and classes, also inside ``if`` and loops."""
        return statements(self.tree.body)

    def text_of(self, node: ast.stmt) -> str:
        """Return the source of a statement with decorators and trailing comment.

        The source compiles on its own. An indented statement is placed under ``if True:``, because
        removing the indentation would change multi-line strings in the statement.
        """
        # Python's line numbers count only newlines, but str.splitlines also splits at form feeds.
        chosen = self.text.split("\n")[first_line(node) - 1 : node.end_lineno]
        # Offsets in a syntax tree count UTF-8 bytes. The end is cut before the start, because both
        # may be on the same line.
        last = chosen[-1].encode()
        if not last[node.end_col_offset or 0 :].strip().startswith(b"#"):
            chosen[-1] = last[: node.end_col_offset].decode()
        begin = chosen[0].encode()
        if begin[: node.col_offset].strip():
            chosen[0] = begin[node.col_offset :].decode()
            return "\n".join(chosen).rstrip()
        text = "\n".join(chosen).rstrip()
        return f"if True:\n{text}" if node.col_offset else text


def parse(text: str | bytes) -> ast.Module:
    """Parse source that has already run, without repeating warnings such as invalid escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def compiled(source: str | ast.Module, flags: int = 0) -> types.CodeType:
    """Compile source that has already run, without repeating its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code: types.CodeType = compile(source, "<cell>", "exec", flags, dont_inherit=True)
        return code


def compilations(
    cell: ExecutedCell, source: str | ast.Module, flags: int = 0
) -> Iterator[types.CodeType]:
    """Yield the code objects to which ``source``, a part of a cell, may have been compiled.

    IPython compiles statements separately, but a script is compiled as a whole. Python emits
    different instructions for ``numpy.mean(…)`` if the same module imports numpy. ``source`` is
    therefore compiled alone, and then together with the cell's imports.
    """
    tree = parse(source) if isinstance(source, str) else source
    yield compiled(tree, flags)
    imports = [
        one
        for one in cell.statements()
        if isinstance(one, ast.Import)
        or (isinstance(one, ast.ImportFrom) and one.module != "__future__" and not _has_star(one))
    ]
    if imports:
        yield compiled(ast.Module([*imports, *tree.body], tree.type_ignores), flags)


def _has_star(node: ast.ImportFrom) -> bool:
    return any(alias.name == "*" for alias in node.names)


def first_line(node: ast.stmt) -> int:
    """Return the first line of a statement, including its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, _COMPOUND):
            for part in ("body", "orelse", "finalbody"):
                yield from statements(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from statements(handler.body)


class ExecutedCells:
    """The cells that have run in a notebook, each of which is parsed only once."""

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace
        self._parsed: dict[str, ExecutedCell | None] = {}

    def of_file(self, filename: str) -> ExecutedCell | None:
        """Return the cell that was compiled under this file name.

        Returns None if the source is not available or cannot be parsed.
        """
        return self._parse("".join(linecache.getlines(filename)))

    def newest_first(self) -> Iterator[ExecutedCell]:
        """Yield the cells in IPython's history, then those in the line cache, newest first."""
        history = self._namespace.get("In")
        if isinstance(history, list):
            for text in reversed(history):
                if isinstance(text, str):
                    yield from self._with_magic_bodies(text)
        for entry in reversed(list(linecache.cache.values())):
            # Interactive entries do not have a modification time. Lazy entries, which have not read
            # their lines yet, are shorter.
            if len(entry) == 4 and entry[1] is None:
                yield from self._with_magic_bodies("".join(entry[2]))

    # IPython stores a ``%%time`` cell as a call with the body as a string. Functions in the body
    # have line numbers relative to the body.
    def _with_magic_bodies(self, text: str) -> Iterator[ExecutedCell]:
        cell = self._parse(text)
        if cell is None:
            return
        yield cell
        for node in cell.tree.body:
            body = magic_body(node)
            inner = self._parse(body) if body is not None else None
            if inner is not None:
                yield inner

    def _parse(self, text: str) -> ExecutedCell | None:
        if text not in self._parsed:
            try:
                self._parsed[text] = ExecutedCell(text, parse(text)) if text else None
            # The history also contains cells with ``!`` lines or syntax errors. ast.parse raises
            # ValueError for source with null bytes.
            except (SyntaxError, ValueError):
                self._parsed[text] = None
        return self._parsed[text]


def magic_body(node: ast.stmt) -> str | None:
    """Return the body in ``get_ipython().run_cell_magic("time", "", body)``.

    IPython's history contains cell magics as such calls. Returns None for other statements.
    """
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return None
    call = node.value
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "run_cell_magic":
        return None
    body = call.args[-1] if len(call.args) == 3 else None
    return body.value if isinstance(body, ast.Constant) and isinstance(body.value, str) else None


# The following functions split and parse ``%%function`` cells.


_MAGIC_CELL = re.compile(r"\s*(%%function(?:[ \t][^\n]*)?)(?:\n|\Z)(.*)\Z", re.DOTALL)
_NOTEBOOK_SYNTAX = re.compile(r"^\s*(?:[\w., \t]*=\s*)?(?P<mark>!|%)|^\s*(?P<help>\?)|\?\s*$")


def split_cell(text: str) -> tuple[str, str] | None:
    """Split a ``%%function`` cell into ``(magic line, body)``; return None for any other cell.

    >>> split_cell("%%function iris --sample X\\ndef iris():\\n    return {}")
    ('%%function iris --sample X', 'def iris():\\n    return {}')

    Empty lines before the magic line are dropped, as IPython does before it runs the cell.
    """
    match = _MAGIC_CELL.match(text)
    if match is None:
        return None
    return match[1].rstrip(), match[2]


def join_cell(magic_line: str, body: str) -> str:
    """Return the cell as it was executed, which is ``body`` alone if there is no magic line."""
    return f"{magic_line}\n{body}" if magic_line else body


def parse_body(body: str, first_line: int) -> ast.Module:
    """Return the syntax tree of a cell's body, with line numbers relative to the cell.

    ``first_line`` is the line of the cell where the body starts. Raises CaptureError for a body
    that is not valid Python, for example because of ``%``, ``!`` or ``?``.
    """
    try:
        tree = parse(body)
        # Some syntax errors, such as ``return`` outside a function, are found only by compiling.
        # Top-level ``await`` is allowed here, because a later check reports it with a better hint.
        compiled(body, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        raise _not_python(body, error, first_line) from None
    except ValueError as error:
        raise CaptureError(f"The cell is not valid Python: {error}.") from None
    ast.increment_lineno(tree, first_line - 1)
    return tree


def _not_python(body: str, error: SyntaxError, first_line: int) -> CaptureError:
    lines = body.splitlines()
    number = error.lineno or 1
    text = lines[number - 1] if number <= len(lines) else ""
    magic = _NOTEBOOK_SYNTAX.search(text)
    if magic is None:
        return CaptureError(
            f"Line {number + first_line - 1} of the cell, `{text.strip()}`, is not valid Python: "
            f"{error.msg}."
        )
    return CaptureError(
        f"Line {number + first_line - 1} of the cell, `{text.strip()}`, is notebook syntax that "
        "only IPython understands.",
        hint="Move it to a separate cell, before this one.",
    )

"""Lookup of a function's exact source text, even if several lambdas are on one line.

Python records only the first line of a function. Lambdas on the same line are distinguished by the
positions of their instructions (since Python 3.11) or by their compiled code.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_FUTURE = __future__.annotations.compiler_flag


class TextMissing(Exception):
    """Raised when the source of a function is not available, or does not contain the function."""


@dataclass(frozen=True)
class _Span:
    """A range of source text, from (line, column) to (line, column).

    Lines are numbered from 1. Columns are numbered from 0 and count bytes.
    """

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, other: _Span) -> bool:
        return self.first <= other.first and other.last <= self.last


def function_text(function: types.FunctionType) -> str:
    """Return the source of ``function``: a lambda, or a dedented ``def`` with decorators.

    The text comes from Python's line cache, in which IPython stores executed cells. Raises
    TextMissing when the source is not available or does not contain the function.
    """
    unwrapped = inspect.unwrap(function)
    core = unwrapped if isinstance(unwrapped, types.FunctionType) else function
    code = core.__code__
    lines = linecache.getlines(code.co_filename, core.__globals__)
    if not lines:
        raise TextMissing
    try:
        source = _read("".join(lines))
    except (SyntaxError, ValueError):
        raise TextMissing from None
    node = _lambda(code, source) if code.co_name == "<lambda>" else _definition(code, source)
    if node is None:
        raise TextMissing
    return source.segment(node) if isinstance(node, ast.Lambda) else _dedented(node, source)


class _Source:
    """A source text, with its functions by name and line.

    A cell with a large composition has hundreds of functions, so it must not be searched for each.
    """

    def __init__(self, text: str) -> None:
        """Parse the text. Raises SyntaxError and ValueError."""
        self.text = text
        # Python's line numbers count only newlines, but str.splitlines also splits at form feeds.
        self.lines = text.split("\n")
        self.lambdas: dict[int, list[ast.Lambda]] = {}
        self.definitions: dict[tuple[str, int], _Definition] = {}
        for node in ast.walk(parsed(text)):
            if isinstance(node, ast.Lambda):
                self.lambdas.setdefault(node.lineno, []).append(node)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for line in (node.lineno, _first_line(node)):
                    self.definitions.setdefault((node.name, line), node)

    def segment(self, node: ast.Lambda) -> str:
        """Return the text of a node, whose columns count bytes."""
        last = node.end_lineno or node.lineno
        chosen = [line.encode() for line in self.lines[node.lineno - 1 : last]]
        chosen[-1] = chosen[-1][: node.end_col_offset]
        chosen[0] = chosen[0][node.col_offset :]
        return b"\n".join(chosen).decode()


_read = lru_cache(maxsize=4)(_Source)


def parsed(text: str) -> ast.Module:
    """Parse source text that has already run, without repeating its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _definition(code: types.CodeType, source: _Source) -> _Definition | None:
    return source.definitions.get((code.co_name, code.co_firstlineno))


def _first_line(node: _Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _lambda(code: types.CodeType, source: _Source) -> ast.Lambda | None:
    beside = source.lambdas.get(code.co_firstlineno, [])
    # Instruction positions can be disabled (``-X no_debug_ranges``), so they are used only if
    # several lambdas are on one line.
    if len(beside) < 2:
        return beside[0] if beside else None
    found = _by_position(code, beside)
    return found if found is not None else _by_code(code, source.text, beside)


def _by_position(code: types.CodeType, candidates: list[ast.Lambda]) -> ast.Lambda | None:
    """Return the innermost lambda whose body contains the positions of the code's instructions.

    Returns None when there is no such lambda or when positions are not available, as before Python
    3.11.
    """
    own = _written(code)
    if own is None:
        return None
    holding = [node for node in candidates if _span(node.body).holds(own)]
    return max(holding, key=lambda node: _span(node.body).first, default=None)


def _written(code: types.CodeType) -> _Span | None:
    positions = getattr(code, "co_positions", None)
    if positions is None:
        return None
    spans = [
        _Span((line, column), (end_line, end_column))
        for line, end_line, column, end_column in positions()
        # The first instruction of every function (RESUME) has an empty position.
        if None not in (line, end_line, column, end_column)
        and (line, column) != (end_line, end_column)
    ]
    if not spans:
        return None
    return _Span(min(span.first for span in spans), max(span.last for span in spans))


def _span(node: ast.expr) -> _Span:
    end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
    return _Span((node.lineno, node.col_offset), end)


def _by_code(code: types.CodeType, text: str, candidates: list[ast.Lambda]) -> ast.Lambda | None:
    """Return the first lambda that compiles to the same code, or None if there is none.

    This function is used when instruction positions are not available. In a second tree, each
    candidate gets a unique line number, by which its code object is found after compilation.
    """
    tree = parsed(text)
    places = {_span(node).first: node for node in candidates}
    beyond = text.count("\n") + 2
    marked: dict[int, ast.Lambda] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda) and _span(node).first in places:
            line = beyond + len(marked)
            marked[line] = places[_span(node).first]
            node.lineno = node.end_lineno = line
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = compile(tree, "<cell>", "exec", code.co_flags & _FUTURE, dont_inherit=True)
    same = [
        marked[inner.co_firstlineno]
        for inner in _codes(whole)
        if inner.co_firstlineno in marked and _shape(inner) == _shape(code)
    ]
    return same[0] if same else None


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for value in code.co_consts:
        if isinstance(value, types.CodeType):
            yield from _codes(value)


def _shape(code: types.CodeType) -> tuple[object, ...]:
    """Return a code object's instructions, constants and names, without file and line."""
    # The type is included because ``1 == 1.0 == True``. Values are compared by ``repr`` because
    # NaN is not equal to itself.
    constants = tuple(
        _shape(value) if isinstance(value, types.CodeType) else (type(value), repr(value))
        for value in code.co_consts
        # Before Python 3.11, the qualified name of an inner function is a constant of the outer
        # function. It depends on where the outer function was defined, so it is ignored.
        if not (isinstance(value, str) and "<locals>" in value)
    )
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return (code.co_code, constants, names)


def _dedented(node: _Definition, source: _Source) -> str:
    """Return the lines of a ``def`` without their common indentation.

    Lines inside a multi-line string are not changed, because their whitespace is part of the value.
    """
    inside: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Constant | ast.JoinedStr) and part.end_lineno is not None:
            inside.update(range(part.lineno + 1, part.end_lineno + 1))
    lines = source.lines
    first = _first_line(node)
    indent = node.col_offset
    chosen = [
        line if number in inside else line[min(indent, len(line) - len(line.lstrip())) :]
        for number, line in enumerate(lines[first - 1 : node.end_lineno], first)
    ]
    # A ``def`` may follow other code on its line, such as the colon of an ``if``.
    if lines[first - 1].encode()[:indent].strip():
        chosen[0] = lines[first - 1].encode()[indent:].decode()
    return "\n".join(chosen)

"""Find the exact source text of one function, even among several lambdas on one line."""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_FUTURE = __future__.annotations.compiler_flag


class TextMissing(Exception):
    """Raised when the source of a function is not kept, or has changed."""


@dataclass(frozen=True)
class _Span:
    """From line and column to line and column; columns in bytes, lines from 1."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, other: _Span) -> bool:
        return self.first <= other.first and other.last <= self.last


def function_text(function: types.FunctionType) -> str:
    """The source of ``function``: ``lambda p: …`` alone, or its ``def`` with decorators, dedented.

    The text comes from Python's line cache, where notebooks keep their cells. Raises TextMissing.
    """
    unwrapped = inspect.unwrap(function)
    core = unwrapped if isinstance(unwrapped, types.FunctionType) else function
    code = core.__code__
    lines = linecache.getlines(code.co_filename, core.__globals__)
    if not lines:
        raise TextMissing
    text = "".join(lines)
    try:
        tree = parsed(text)
    except (SyntaxError, ValueError):
        raise TextMissing from None
    node = _lambda(code, tree, text) if code.co_name == "<lambda>" else _definition(code, tree)
    if node is None:
        raise TextMissing
    return _lambda_text(node, text) if isinstance(node, ast.Lambda) else _dedented(node, text)


def parsed(text: str) -> ast.Module:
    """Parse a text that ran before, without repeating its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _definition(code: types.CodeType, tree: ast.Module) -> _Definition | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == code.co_name:
            lines = {node.lineno, _first_line(node)}
            if code.co_firstlineno in lines:
                return node
    return None


def _first_line(node: _Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _lambda(code: types.CodeType, tree: ast.Module, text: str) -> ast.Lambda | None:
    beside = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno
    ]
    if len(beside) < 2:
        return beside[0] if beside else None
    found = _by_position(code, beside)
    return found if found is not None else _by_code(code, text, beside)


def _by_position(code: types.CodeType, candidates: list[ast.Lambda]) -> ast.Lambda | None:
    """The innermost lambda whose body the instructions come from; positions are new in 3.11."""
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
        # The instructions that every function begins with have an empty place.
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
    """The first lambda that compiles to the very same instructions, for Python 3.10.

    In a second tree each candidate gets a line number of its own, by which its code is known.
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
    """A code object's instructions, constants and names, without file and line."""
    constants = tuple(
        _shape(value) if isinstance(value, types.CodeType) else (type(value), repr(value))
        for value in code.co_consts
        # Before 3.11 the full name of an inner function is a constant of the outer one.
        if not (isinstance(value, str) and "<locals>" in value)
    )
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return (code.co_code, constants, names)


def _lambda_text(node: ast.Lambda, text: str) -> str:
    return ast.get_source_segment(text, node) or ""


def _dedented(node: _Definition, text: str) -> str:
    """The lines of a ``def`` without the indentation they had in common.

    Lines inside of strings stay as they are: their spaces are the string's.
    """
    inside: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Constant | ast.JoinedStr) and part.end_lineno is not None:
            inside.update(range(part.lineno + 1, part.end_lineno + 1))
    # Not splitlines: Python's line numbers count newlines only, not form feeds.
    lines = text.split("\n")
    first = _first_line(node)
    indent = node.col_offset
    chosen = [
        line if number in inside else line[min(indent, len(line) - len(line.lstrip())) :]
        for number, line in enumerate(lines[first - 1 : node.end_lineno], first)
    ]
    if lines[first - 1].encode()[:indent].strip():  # after a colon or semicolon
        chosen[0] = lines[first - 1].encode()[indent:].decode()
    return "\n".join(chosen)

"""Detection of stale definitions, whose defaults or base classes have changed since they ran."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from jupyter_faas.capture.source.objects import (
    NotebookSources,
    Source,
    SourceMissing,
    core_function,
)
from jupyter_faas.capture.values.literals import NotLiteral, TooLong, write_literal


def changed_since(
    source: Source, value: object, namespace: Mapping[str, object], sources: NotebookSources
) -> str | None:
    """Return a name whose value has changed since ``value`` was defined, or None.

    A definition evaluates some names once: a function's defaults, and a class's bases and
    attributes. In the package, the definition runs again with the current values of these names.
    """
    (node,) = source.tree.body
    for name, kept in _kept(node, value):
        if name in namespace and not _same(name, namespace[name], kept, sources):
            return name
    return None


def _kept(node: ast.stmt, value: object) -> Iterator[tuple[str, object]]:
    """Yield ``(name, value)`` for each plain name that the definition evaluated when it ran."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _kept_defaults(node.args, value)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Lambda):
        yield from _kept_defaults(node.value.args, value)
    elif isinstance(node, ast.ClassDef) and isinstance(value, type):
        # A base may replace itself with other bases (PEP 560), as typing.NamedTuple does.
        bases = vars(value).get("__orig_bases__", value.__bases__)
        if len(node.bases) == len(bases):
            for base, kept in zip(node.bases, bases, strict=True):
                if isinstance(base, ast.Name):
                    yield base.id, kept
        for inner in node.body:
            if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Name):
                target = inner.targets[0]
                if isinstance(target, ast.Name) and target.id in vars(value):
                    yield inner.value.id, vars(value)[target.id]


def _kept_defaults(arguments: ast.arguments, value: object) -> Iterator[tuple[str, object]]:
    function = core_function(value)
    if function is None:
        return
    kept = function.__defaults__ or ()
    # If code has replaced ``f.__defaults__``, the values cannot be matched with the parameters.
    if len(kept) == len(arguments.defaults):
        for node, default in zip(arguments.defaults, kept, strict=True):
            if isinstance(node, ast.Name):
                yield node.id, default
    by_name = function.__kwdefaults__ or {}
    for parameter, keyword in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if isinstance(keyword, ast.Name) and parameter.arg in by_name:
            yield keyword.id, by_name[parameter.arg]


def _same(name: str, now: object, kept: object, sources: NotebookSources) -> bool:
    """Return whether two values of ``name`` are known to be equal.

    Functions and classes of the notebook are equal if their sources are equal.
    """
    if now is kept:
        return True
    try:
        # ``==`` is not used, because it may run user code and does not return a bool for arrays.
        if sources.is_from_notebook(now) and sources.is_from_notebook(kept):
            return sources.find(name, now).text == sources.find(name, kept).text
        return type(now) is type(kept) and write_literal(now) == write_literal(kept)
    except (SourceMissing, NotLiteral, TooLong):
        return False

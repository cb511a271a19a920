"""Variables that the text of a query names, such as ``limit`` in ``df.query("price < @limit")``.

pandas looks up ``@limit`` among the variables of the caller, and DuckDB and polars look up
``FROM sales`` there. ``eval`` and ``globals()["limit"]`` look up names of Python. Python's own
analysis of names does not see them, because they are in strings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

# The methods of pandas, DuckDB and polars that run a text.
_METHODS = frozenset(("query", "eval", "sql", "execute", "query_df", "from_query"))
_VARIABLE = re.compile(r"@([^\W\d]\w*)")
# How an SQL statement begins, or a piece of one that the code appends to another.
_SQL = re.compile(
    r"[\s(]*(?:with|select|from|(?:left |right |inner |full |cross )?join|union|describe"
    r"|summarize|pivot|unpivot|insert|update|create|copy|explain)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d]\w*")
_TABLES = frozenset(
    {
        *(("pandas", "DataFrame"), ("polars", "DataFrame"), ("polars", "LazyFrame")),
        *(("pyarrow", "Table"), ("pyarrow", "RecordBatch")),
    }
)
_DEPTH = 4


def runs_query(call: ast.Call) -> bool:
    """Return whether the call is a method's that may run its argument as a query."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and bool(call.args)


def text_of(node: ast.Constant | ast.JoinedStr) -> str:
    """Return the text of a string. The expressions in an f-string are left out."""
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else " " for one in node.values]
        return "".join(map(str, parts))
    return node.value if isinstance(node.value, str) else ""


def names_in_query(text: str, namespace: Mapping[str, object]) -> list[str]:
    """Return the variables of the namespace that a query's ``text`` names, in order.

    ``@name`` can be any variable. A word of an SQL statement is a variable only if the variable
    contains a table.
    """
    found = [name for name in _VARIABLE.findall(text) if name in namespace]
    if _SQL.match(text):
        words = _WORD.findall(text)
        found += [word for word in words if word in namespace and _is_table(namespace[word])]
    return list(dict.fromkeys(found))


def _is_table(value: object) -> bool:
    kind = type(value)
    return (kind.__module__.partition(".")[0], kind.__name__) in _TABLES


def texts_in(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the strings in ``value``, which may be a string, a dictionary, a list or a tuple."""
    if isinstance(value, str):
        yield value
    elif depth < _DEPTH and isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one, depth + 1)
    elif depth < _DEPTH and isinstance(value, list | tuple):
        for one in value:
            yield from texts_in(one, depth + 1)


def names_in_code(node: ast.AST, namespace: Mapping[str, object]) -> list[str]:
    """Return the variables of the namespace that ``eval("a + b")`` or ``globals()["a"]`` reads.

    The text may also be a variable of the namespace. Other texts are not known before they run.
    """
    text: object = None
    if isinstance(node, ast.Subscript) and _is_globals(node.value):
        text = _text_of_argument(node.slice, namespace)
    elif isinstance(node, ast.Call) and node.args:
        called = node.func
        if isinstance(called, ast.Attribute):
            runs = called.attr == "get" and _is_globals(called.value)
        else:
            runs = isinstance(called, ast.Name) and called.id in ("eval", "exec")
        text = _text_of_argument(node.args[0], namespace) if runs else None
    try:
        tree = ast.parse(text.strip()) if isinstance(text, str) else ast.Module([], [])
    except (SyntaxError, ValueError):
        return []
    found = (one.id for one in ast.walk(tree) if isinstance(one, ast.Name))
    return list(dict.fromkeys(name for name in found if name in namespace and name[:2] != "__"))


def _is_globals(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id == "globals"


def _text_of_argument(node: ast.expr, namespace: Mapping[str, object]) -> object:
    if isinstance(node, ast.Name):
        return namespace.get(node.id)
    return node.value if isinstance(node, ast.Constant) else None

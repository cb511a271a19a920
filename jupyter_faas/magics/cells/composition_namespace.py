"""Make the combinators available in a ``%%composition`` cell without an import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_faas.errors import InputError

NAMES = (
    "action",
    "asynchronous",
    "composition",
    "do",
    "doloop",
    "doloop_nosave",
    "dynamic",
    "empty",
    "ensure",
    "function",
    "let",
    "literal",
    "loop",
    "loop_nosave",
    "map",
    "mask",
    "merge",
    "par",
    "parallel",
    "parse",
    "repeat",
    "retain",
    "retain_catch",
    "retry",
    "seq",
    "sequence",
    "task",
    "value",
    "when",
    "when_nosave",
)
# The cell's source does not show which names a star import binds.
_IMPORTS_ALL = re.compile(r"^\s*from\s+jupyter_faas\.composer\s+import\s+\*", re.MULTILINE)


@contextmanager
def combinators_in(namespace: dict[str, Any], body: str = "") -> Iterator[None]:
    """Add the combinators and ``composer`` to the notebook's namespace while a cell runs.

    Existing names of the notebook are not replaced, and names that ``body`` binds remain
    afterwards. In the cell, ``map`` is the combinator, and ``builtins.map`` is Python's function.
    """
    from jupyter_faas import composer
    from jupyter_faas.capture import binding_lines

    offered = {name: getattr(composer, name) for name in NAMES} | {"composer": composer}
    lent = {name: one for name, one in offered.items() if name not in namespace}
    kept = offered if _IMPORTS_ALL.search(body) else binding_lines(body)
    namespace.update(lent)
    try:
        yield
    finally:
        for name, one in lent.items():
            # A name that the cell bound to something else belongs to the user.
            if name not in kept and namespace.get(name) is one:
                del namespace[name]


def check_called(body: str, namespace: dict[str, Any]) -> None:
    """Raise InputError if the cell calls a combinator whose name is a variable of the notebook."""
    for name in _called(body):
        # The default is an arbitrary callable, because a name that is absent from the namespace
        # does not conflict.
        if name in NAMES and not callable(namespace.get(name, _called)):
            raise InputError(
                f"{name}(…) is called in this cell, but {name} is a variable in this notebook: "
                f"{_article(type(namespace[name]).__name__)}.",
                hint=f"Write composer.{name}(…) instead of {name}(…).",
            )


def _called(body: str) -> Iterator[str]:
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError):
        return  # IPython reports a real syntax error when the cell runs
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _article(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"

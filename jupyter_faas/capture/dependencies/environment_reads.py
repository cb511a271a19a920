"""The environment variables that code reads: ``os.environ["SCALE"]``, ``os.getenv("GREETING")``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_METHODS = frozenset(("get", "pop", "setdefault"))


@dataclass(frozen=True)
class EnvironmentRead:
    """A variable that the code of ``owner`` reads on line ``line``.

    ``default`` is the source of the value that the code uses if the variable is not set, or None
    if the code needs the variable. ``is_certain`` is false for a module of which the function may
    use only a part.
    """

    name: str
    owner: str
    line: int
    default: str | None = None
    is_certain: bool = True

    def is_default(self, value: str) -> bool:
        """Return whether ``value`` is what the code uses if the variable is not set."""
        return self.default == repr(value)


def environment_reads(
    trees: Iterable[tuple[str, ast.AST, bool]], constants: dict[str, str]
) -> tuple[EnvironmentRead, ...]:
    """Return the reads in ``trees``, which contain an owner, its code, and whether it is used.

    ``constants`` are the texts of variables, by which a name may be given. Variables that the code
    itself sets are left out.
    """
    found: dict[str, EnvironmentRead] = {}
    written: set[str] = set()
    for owner, tree, is_certain in trees:
        for node in ast.walk(tree):
            written.update(_written(node, constants))
            for name, default, line in _read(node, constants):
                read = EnvironmentRead(name, owner, line, default, is_certain)
                known = found.get(name)
                # The read that needs the variable most counts.
                if known is None or (default is None, is_certain) > (
                    known.default is None,
                    known.is_certain,
                ):
                    found[name] = read
    return tuple(read for name, read in sorted(found.items()) if name not in written)


def _is_environ(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        # A web framework also has ``request.environ``.
        return node.attr == "environ" and isinstance(node.value, ast.Name) and "os" in node.value.id
    return isinstance(node, ast.Name) and node.id == "environ"


def _text(node: ast.expr, constants: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return constants.get(node.id) if isinstance(node, ast.Name) else None


def _read(node: ast.AST, constants: dict[str, str]) -> Iterator[tuple[str, str | None, int]]:
    """Yield ``(name, default, line)`` for the variable that a node reads, if it reads one."""
    if isinstance(node, ast.Subscript) and _is_environ(node.value):
        name = _text(node.slice, constants) if isinstance(node.ctx, ast.Load) else None
        if name is not None:
            yield name, None, node.lineno
    elif isinstance(node, ast.Call) and _reads(node.func) and node.args:
        name = _text(node.args[0], constants)
        given = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "default")]
        if name is not None:
            yield name, ast.unparse(given[0]) if given else "None", node.lineno
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        name = _text(node.left, constants) if _is_environ(node.comparators[0]) else None
        if name is not None:
            yield name, "None", node.lineno


def _reads(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id == "getenv"
    if not isinstance(function, ast.Attribute):
        return False
    return function.attr == "getenv" or (function.attr in _METHODS and _is_environ(function.value))


def _written(node: ast.AST, constants: dict[str, str]) -> Iterator[str]:
    name: str | None = None
    if isinstance(node, ast.Subscript) and _is_environ(node.value):
        name = _text(node.slice, constants) if not isinstance(node.ctx, ast.Load) else None
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "update" and _is_environ(node.func.value):
            yield from (one.arg for one in node.keywords if one.arg)
            for one in node.args:
                if isinstance(one, ast.Dict):
                    keys = (_text(key, constants) for key in one.keys if key is not None)
                    yield from (key for key in keys if key is not None)
        elif node.func.attr == "putenv" and node.args:
            name = _text(node.args[0], constants)
    if name is not None:
        yield name

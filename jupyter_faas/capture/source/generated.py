"""Functions whose source a library generated at run time, such as those of ``sympy.lambdify``.

Such a library compiles the source in a namespace of its own, and leaves the text in Python's line
cache for tracebacks. The function is written inside a factory, whose parameters are the global
names that the function reads.
"""

from __future__ import annotations

import ast
import linecache
import textwrap
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jupyter_faas.capture.source.cells import compiled, parse
from jupyter_faas.capture.source.objects import shape


@dataclass(frozen=True)
class GeneratedFunction:
    """A function's source, and the values of the global names that it reads."""

    source: str
    name: str
    reads: Mapping[str, object]

    def statements(self, name: str, maker: str, written: Mapping[str, str]) -> str:
        """Return the statements that bind ``name``.

        ``maker`` is the name of the factory, and ``written`` has expressions for the reads.
        """
        inner = textwrap.indent(self.source.rstrip(), "    ")
        given = ", ".join(f"{key}={text}" for key, text in written.items())
        return (
            f"def {maker}({', '.join(written)}):\n{inner}\n    return {self.name}\n"
            f"{name} = {maker}({given})"
        )


def find_generated(value: object) -> GeneratedFunction | None:
    """Return the source of a function that a library generated, or None for other values."""
    if type(value) is not types.FunctionType or "__name__" in value.__globals__:
        return None
    code = value.__code__
    if code.co_freevars or value.__defaults__ or value.__kwdefaults__ or vars(value):
        return None
    source = "".join(linecache.getlines(code.co_filename))
    try:
        tree = parse(source)
    except (SyntaxError, ValueError):
        return None
    node = tree.body[0] if len(tree.body) == 1 else None
    if not isinstance(node, ast.FunctionDef) or node.name != code.co_name:
        return None
    # The line cache may now have the text of another function.
    if all(shape(one) != shape(code) for one in _inner(compiled(tree))):
        return None
    # The names in the bytecode include attributes: ``mpmath.zeta`` does not read a global ``zeta``.
    named = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    named &= {name for one in _inner(code) for name in one.co_names}
    reads = {name: value.__globals__[name] for name in sorted(named & value.__globals__.keys())}
    return GeneratedFunction(source, node.name, reads)


def _inner(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            yield from _inner(one)

"""Python functions from the source text that a composition read from JSON contains."""

from __future__ import annotations

import ast
import hashlib
import linecache
import types
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jupyter_faas.composer.contents import text_functions
from jupyter_faas.composer.messages import Place
from jupyter_faas.composer.nodes import Composition
from jupyter_faas.composer.tasks import check_parameters

_SUCH_AS = "The code must be a Python function, such as 'lambda p: p'."

_Definition = ast.FunctionDef | ast.AsyncFunctionDef


def with_live_functions(node: Composition, namespace: Mapping[str, object]) -> Composition:
    """Return ``node`` with an object for each Python function of which it has only the source.

    ``namespace`` has the globals of these functions; what they use from it is captured, as for the
    functions of a cell. The graph is unchanged. Raises CompositionError for code that is not
    Python, or does not define a function of at most one parameter.
    """
    paths = frozenset(text_functions(node))
    return _with_functions(node, "", paths, namespace) if paths else node


def _with_functions(
    node: Composition, path: str, paths: frozenset[str], namespace: Mapping[str, object]
) -> Composition:
    if path in paths:
        place = Place("function", "", path)
        code = node.arguments["function"]["exec"].get("code", "")
        return replace(node, live=_function(code, namespace, place))
    below = {
        step: _with_functions(child, path + step, paths, namespace)
        for step, child in node.children()
    }
    arguments = {name: below.get(f".{name}", value) for name, value in node.arguments.items()}
    components = None if node.components is None else tuple(below.values())
    return replace(node, arguments=arguments, components=components)


def _function(code: str, namespace: Mapping[str, object], place: Place) -> types.FunctionType:
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        what = f"line {error.lineno} of its code is not valid Python: {error.msg}."
        raise place.error(what, hint=_SUCH_AS) from None
    except ValueError as error:
        raise place.error(f"its code is not valid Python: {error}.", hint=_SUCH_AS) from None
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Lambda) and len(tree.body) == 1:
        text, mode = code.strip(), "eval"
    else:
        text, mode = _definition_text(tree, code, place), "exec"
    # The source is looked up under this name when the function is captured. Entries without a
    # modification time stay in the cache.
    filename = f"<composition {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    local: dict[str, Any] = {}
    compiled = compile(text, filename, mode, dont_inherit=True)
    # The notebook must not get the name of the function, so it is bound in ``local``.
    value = eval(compiled, namespace, local)  # type: ignore[arg-type]  # noqa: S307 - the user's own code
    function: types.FunctionType = value if mode == "eval" else [*local.values()][-1]
    word = "the lambda" if mode == "eval" else f"{function.__name__}()"
    check_parameters(function, word, place)
    return function


def _definition_text(tree: ast.Module, code: str, place: Place) -> str:
    """Return the function that the code defines. It contains the code's other definitions."""
    definitions = [one for one in tree.body if isinstance(one, _Definition)]
    if not definitions:
        is_value = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)
        hint = f"Write {f'lambda p: {code}'!r} instead of {code!r}." if is_value else _SUCH_AS
        raise place.error("its code does not define a function.", hint=hint)
    named = [one for one in definitions if one.name == "main"]
    chosen = (named or definitions)[-1]
    others = [one for one in tree.body if one is not chosen]
    if not others:
        return code.strip()
    at = 0 if ast.get_docstring(chosen) is None else 1
    chosen.body[at:at] = others
    return ast.unparse(ast.fix_missing_locations(chosen))

"""What the code reads, found in its text: environment variables, settings, words of requests.

The tests compare these with the pages, so that nothing is read that no page tells of.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.reference.endpoints import Endpoint

# As a whole text: what is named for others to set, also where it is passed on before it is read.
_OURS = re.compile(r"(JUPYTER_FAAS|FAAS|WSK|__OW)_[A-Z0-9_]*[A-Z0-9]")
_IN_JAVASCRIPT = re.compile(r"process\.env\.([A-Za-z_]\w*)")
# Methods of a handler that read a word of the query or of the body.
_READERS = frozenset(["get_query_argument", "number", "word", "optional_word", "switch"])


def environment_variables(package: Path) -> set[str]:
    """Every variable that a file of the package reads, or names for others to read."""
    sources = [
        path for path in package.rglob("*.py") if not {"labextension", "static"} & {*path.parts}
    ]
    trees = [ast.parse(path.read_text("utf-8")) for path in sources]
    shared = {name: text for tree in trees for name, text in _constants(tree)}
    found = {name for tree in trees for name in _read_in(tree, shared | dict(_constants(tree)))}
    for path in (package / "shipped" / "workers").glob("*.js"):
        found |= set(_IN_JAVASCRIPT.findall(path.read_text("utf-8")))
    return found


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """``NAME = "text"`` at the top of a module; files import such names from each other."""
    for each in tree.body:
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            value = each.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield each.targets[0].id, value.value


def _read_in(tree: ast.Module, constants: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            text = node.value
            if isinstance(text, str) and _OURS.fullmatch(text):
                yield text
        elif isinstance(node, ast.Call):
            function = node.func
            name = ast.unparse(function)
            if node.args and (name.endswith(("environ.get", "environ.pop")) or "getenv" in name):
                yield from _text(node.args[0], constants)
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
            yield from _text(node.slice, constants)


def _text(node: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in constants:
        yield constants[node.id]
    elif isinstance(node, ast.JoinedStr):
        parts = [list(_text(_inner(part), constants)) for part in node.values]
        if all(parts):
            yield "".join(part[0] for part in parts)


def _inner(part: ast.expr) -> ast.expr:
    return part.value if isinstance(part, ast.FormattedValue) else part


def settings_keys(source: Path) -> set[str]:
    """The keys of settings.json that a file reads, as ``self._read().get("target")``."""
    tree = ast.parse(source.read_text("utf-8"))
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("_read().get")
        and isinstance(node.args[0], ast.Constant)
    }


def words_of_requests(endpoints: Iterable[Endpoint]) -> dict[str, set[str]]:
    """By label: the words that an endpoint reads and that its docstring does not have."""
    missing = {}
    for each in endpoints:
        told = f"{each.words} {inspect.getdoc(each.handler)} {inspect.getdoc(each.module)}"
        unknown = {word for word in _asked(each) if not re.search(rf"\b{word}\b", told)}
        if unknown:
            missing[each.label] = unknown
    return missing


def _asked(endpoint: Endpoint) -> Iterator[str]:
    handler = endpoint.handler
    if isinstance(handler, type):
        handler = vars(handler)[endpoint.method.lower()]
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(handler))))
    shared = _query_readers(endpoint)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        reads = name.rpartition(".")[2] in _READERS and name.startswith("self.")
        if reads or name.endswith(("query_params.get", "body().get")):
            yield from _words(node.args[0], tree)
        elif name in shared and len(node.args) > 1:
            yield from _words(node.args[1], tree)


def _query_readers(endpoint: Endpoint) -> set[str]:
    """The functions that the module has from ``http.query``."""
    tree = ast.parse(inspect.getsource(endpoint.module))
    return {
        name.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and str(node.module).endswith("http.query")
        for name in node.names
    }


def _words(node: ast.expr, tree: ast.AST) -> Iterator[str]:
    """A text; or, of a name, the texts that a comprehension around it goes through."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name):
        for each in ast.walk(tree):
            if isinstance(each, ast.comprehension) and ast.unparse(each.target) == node.id:
                yield from (
                    str(text.value)
                    for text in ast.walk(each.iter)
                    if isinstance(text, ast.Constant)
                )

"""Files that captured code opens by a path in a string or a Path object.

A string that names an existing file is only text, unless the code passes it to a call, such as
``open(CONFIG["labels"])`` or ``InferenceSession(self.model_url)``. ``FileReads`` records the names,
attributes and keys that are passed to calls, and ``paths_in`` yields the values under these names.
If such a file is not in the package, the action would fail at its first call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

# These calls only show or compare their arguments, or write the file.
_HARMLESS = frozenset(
    ("print", "len", "isinstance", "repr", "str", "type", "getattr", "hasattr", "basename")
) | {
    "splitext",
    "info",
    "debug",
    "warning",
    "error",
    "append",
    "startswith",
    "endswith",
    "exists",
    "format",
}
_WRITERS = ("to_", "save", "dump", "write", "mkdir", "makedirs", "savefig", "imwrite", "remove")
_DEPTH = 6
_MOST_ITEMS = 10_000


# Functions of Python that load a module from a path.
_LOADERS = ("spec_from_file_location", "SourceFileLoader", "run_path")


def loaded_modules(tree: ast.AST) -> Iterator[str]:
    """Yield the texts that the code passes to a function that loads a module from a path."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node.func) in _LOADERS:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


class FileReads:
    """The names, attributes, keys and texts that the captured code passes to calls."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        # Paths that are written as text in the code, with their lines.
        self.texts: dict[str, int] = {}
        self._flows: list[tuple[set[str], set[str]]] = []

    def add(self, tree: ast.AST) -> None:
        """Record the calls in ``tree``."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                self._add_call(node)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    self._flows.append((_identifiers(target), _identifiers(node.value)))
            elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
                self._flows.append((_identifiers(node.target), _identifiers(node.iter)))

    def passed(self) -> set[str]:
        """Return all names through which a value reaches a call, also by way of other variables."""
        found = set(self.names)
        changed = True
        while changed:
            before = len(found)
            for targets, sources in self._flows:
                if targets & found:
                    found |= sources
            changed = len(found) > before
        return found

    def _add_call(self, node: ast.Call) -> None:
        called = _called(node.func)
        if called in _HARMLESS or called.startswith(_WRITERS) or _is_writing(node, called):
            return
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.names |= _identifiers(argument)
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                self.texts.setdefault(argument.value, argument.lineno)
        # ``LABELS.read_text()`` opens the path on which the method is called.
        if isinstance(node.func, ast.Attribute) and called in ("open", "read_text", "read_bytes"):
            self.names |= _identifiers(node.func.value)


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_writing(node: ast.Call, called: str) -> bool:
    modes = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "mode")]
    return called == "open" and any(
        isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wax") for mode in modes
    )


def _identifiers(node: ast.AST) -> set[str]:
    """Return the names, attributes and constant keys whose values an expression contains.

    Of ``cfg.path`` and ``cfg["path"]``, only ``path`` is returned, because the rest of ``cfg`` is
    not used.
    """
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Attribute):
        return {node.attr}
    if isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        return {key} if isinstance(key, str) else _identifiers(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        inside: list[ast.AST] = [node.func.value, *node.args, *node.keywords]
    else:
        inside = list(ast.iter_child_nodes(node))
    return set().union(*map(_identifiers, inside))


def paths_in(name: str, value: object, passed: set[str]) -> Iterator[tuple[str, str]]:
    """Yield ``(place, path)`` for each text and Path in ``value`` that reaches a call.

    ``place`` is an expression such as ``CONFIG['labels']``. Paths have the form in which the value
    contains them.
    """
    left = [_MOST_ITEMS]
    yield from _paths_in(name, name, value, passed, left, 0)


def _paths_in(
    place: str, holder: str, value: Any, passed: set[str], left: list[int], depth: int
) -> Iterator[tuple[str, str]]:
    left[0] -= 1
    if left[0] < 0 or depth > _DEPTH:
        return
    if isinstance(value, str | PurePath):
        # An absolute Path is checked when it is written.
        is_checked = isinstance(value, PurePath) and value.is_absolute()
        if holder in passed and not is_checked:
            yield place, str(value)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            # The items of a mapping are also passed when the mapping itself is looped over.
            inner = str(key) if str(key) in passed else holder
            yield from _paths_in(f"{place}[{key!r}]", inner, one, passed, left, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for at, one in enumerate(value):
            yield from _paths_in(f"{place}[{at}]", holder, one, passed, left, depth + 1)
    elif hasattr(value, "__dict__") and not isinstance(value, type) and not callable(value):
        for key, one in vars(value).items():
            yield from _paths_in(f"{place}.{key}", key, one, passed, left, depth + 1)

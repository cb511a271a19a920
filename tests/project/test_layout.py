"""The layout that import-linter cannot hold: no import cycles at all, and small folders."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "jupyter_faas"
MODULES_IN_A_FOLDER = 20


def module_of(path: Path) -> str:
    words = list(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return ".".join(words[:-1] if words[-1] == "__init__" else words)


FILES = {module_of(path): path for path in PACKAGE.rglob("*.py")}


def imports(module: str) -> Iterator[str]:
    """The modules of ours that a file imports: at its top, inside functions, for types alone."""
    for node in ast.walk(ast.parse(FILES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in FILES)
        elif isinstance(node, ast.ImportFrom) and node.module in FILES:
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield inner if inner in FILES else node.module


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The sets of modules that reach each other (Tarjan's algorithm, with a stack of its own)."""
    found: list[list[str]] = []
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root])))]
        index[root] = low[root] = len(index)
        path.append(root)
        while work:
            module, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    path.append(other)
                    work.append((other, iter(sorted(graph[other]))))
                    break
                if other in path:
                    low[module] = min(low[module], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[module])
                if low[module] == index[module]:
                    start = path.index(module)
                    members, path[start:] = path[start:], []
                    if len(members) > 1 or module in graph[module]:
                        found.append(sorted(members))
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert cycles({module: set(imports(module)) for module in FILES}) == []


def test_a_circle_inside_functions_is_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]


def test_no_folder_holds_more_than_twenty_modules() -> None:
    folders: dict[str, int] = {}
    for path in PACKAGE.rglob("*.py"):
        if path.name != "__init__.py":
            name = str(path.parent.relative_to(PACKAGE))
            folders[name] = folders.get(name, 0) + 1
    assert {name: n for name, n in folders.items() if n > MODULES_IN_A_FOLDER} == {}

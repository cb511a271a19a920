"""The import statements in a syntax tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass

_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True)
class ImportedModule:
    """A module that an import statement names. A relative name keeps its leading dots.

    ``guarded`` is true if the import is inside a ``try`` that catches ImportError.
    """

    module: str
    line: int
    guarded: bool


def find_imports(tree: ast.Module) -> tuple[ImportedModule, ...]:
    """Return all imports, including those inside functions, in source order.

    Imports under ``if TYPE_CHECKING:`` and in the cell's ``if __name__ == "__main__":`` are
    omitted, because they do not run in an action.
    """
    finder = _Finder()
    finder.visit(tree)
    return tuple(finder.found)


def is_for_type_checkers(node: ast.If) -> bool:
    """Return whether a statement is ``if TYPE_CHECKING:``, whose body never runs."""
    return ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING"


def is_main_block(node: ast.AST) -> bool:
    """Return whether a statement is ``if __name__ == "__main__":``.

    In a cell, but not in a function or class, such a statement is left out of the action, with its
    ``else`` branch: its body has run in the notebook, and its ``else`` branch never runs.
    """
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    compared = (node.test.left, *node.test.comparators)
    is_equal = [type(one) for one in node.test.ops] == [ast.Eq]
    return is_equal and {ast.unparse(one) for one in compared} == {"__name__", "'__main__'"}


class _Finder(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[ImportedModule] = []
        self._guards = 0
        self._is_cell = True

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.found.append(ImportedModule(alias.name, node.lineno, self._guards > 0))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self.found.append(ImportedModule(module, node.lineno, self._guards > 0))

    def visit_Try(self, node: ast.Try) -> None:
        guarded = any(_catches_import_error(handler) for handler in node.handlers)
        self._guards += guarded
        for statement in node.body:
            self.visit(statement)
        self._guards -= guarded
        # This ``try`` does not catch errors in its handlers, ``else`` branch and ``finally`` block.
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    def visit_If(self, node: ast.If) -> None:
        if self._is_cell and is_main_block(node):
            return
        for statement in (*(() if is_for_type_checkers(node) else node.body), *node.orelse):
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.AST) -> None:
        was_cell, self._is_cell = self._is_cell, False
        self.generic_visit(node)
        self._is_cell = was_cell

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # noqa: N815 - ast's own names


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(
        isinstance(node, ast.Name) and node.id in _IMPORT_ERRORS for node in ast.walk(handler.type)
    )

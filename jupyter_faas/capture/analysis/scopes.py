"""Python's scoping rules, which decide where a name is bound, applied to syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jupyter_faas.capture.analysis.imports import is_main_block

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
ComprehensionNode = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

ScopeKind = Literal["module", "function", "comprehension", "class"]
Origin = Literal["global", "local"]


@dataclass
class Scope:
    """A scope of the source: the cell, a function or lambda, a comprehension, or a class.

    ``bound`` contains all names that the scope binds anywhere. ``so_far`` contains the names that
    the scope has bound before the current statement. The difference matters in the cell and in
    class bodies, where a name can be global until it is assigned. ``label`` is the function or
    class that messages name. ``class_name`` is used to mangle names.
    """

    kind: ScopeKind
    parent: Scope | None = None
    label: str = ""
    class_name: str = ""
    bound: set[str] = field(default_factory=set)
    so_far: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)

    @property
    def deferred(self) -> bool:
        """Whether the scope's code runs later than the cell, because it is inside a function."""
        return self.kind == "function" or (self.parent is not None and self.parent.deferred)

    def module(self) -> Scope:
        return self if self.parent is None else self.parent.module()

    def origin(self, name: str) -> Origin:
        """Return whether a read of ``name`` in this scope refers to a global or a local name."""
        if self.parent is None:
            return "global"
        if name in self.declared_global:
            return "global"
        if self.kind == "class":
            if name in self.so_far:
                return "local"
            if name in self.bound:
                # A class body that reads a name before binding it reads the global name. In a
                # function, such a read would be an error.
                return "global"
        elif name in self.bound:
            return "local"
        outside = self.parent
        while outside.kind == "class" and outside.parent is not None:
            # Functions and comprehensions skip the enclosing class's scope.
            outside = outside.parent
        return outside.origin(name)

    def past_comprehensions(self) -> Scope:
        """Return the closest enclosing scope that is not a comprehension, where ``:=`` binds."""
        if self.kind != "comprehension" or self.parent is None:
            return self
        return self.parent.past_comprehensions()

    def bind(self, name: str) -> None:
        """Record that the current statement binds ``name`` in this scope."""
        name = mangled(name, self.class_name)
        if name not in self.declared_global:
            self.so_far.add(name)
        elif not self.deferred:
            self.module().so_far.add(name)


def mangled(name: str, class_name: str) -> str:
    """Return the mangled name: ``_A__x`` for ``__x`` in ``class A``, even if it is global."""
    if not class_name or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = class_name.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Return all parameters in source order."""
    every = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        every.append(arguments.vararg)
    every += arguments.kwonlyargs
    if arguments.kwarg:
        every.append(arguments.kwarg)
    return every


def declare(scope: Scope, body: Sequence[ast.AST]) -> None:
    """Record in ``scope`` the names that ``body`` binds or declares, without nested scopes."""
    for node in body:
        for inner in _own_nodes(node, scope.kind == "module"):
            _declare_node(scope, inner)
    scope.bound -= scope.declared_global | scope.declared_nonlocal


def set_by_main_blocks(tree: ast.Module) -> dict[str, int]:
    """Return the lines of ``if __name__ == "__main__":`` that set a name of the cell again.

    The names are those that the cell sets outside the block too, and that its functions read. In
    the notebook, the functions read the value of the block, which an action does not execute. A
    name that only the block sets has the notebook's value in an action.
    """
    cell = Scope("module")
    declare(cell, tree.body)
    read = set[str]()
    for node in tree.body:
        for function in node.body if isinstance(node, ast.ClassDef) else (node,):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                read |= _globals_read(function)
    found: dict[str, int] = {}
    for block in tree.body:
        if isinstance(block, ast.If) and is_main_block(block):
            inside = Scope("module")
            declare(inside, block.body)
            found |= dict.fromkeys(sorted(inside.bound & cell.bound & read), block.lineno)
    return found


def _globals_read(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    own = Scope("function")
    declare(own, function.body)
    inner = (node for node in ast.walk(function) if isinstance(node, ast.Name))
    read = {node.id for node in inner if isinstance(node.ctx, ast.Load)}
    return read - own.bound - {one.arg for one in parameters(function.args)}


def _own_nodes(node: ast.AST, is_cell: bool) -> Iterator[ast.AST]:
    """Yield ``node`` and the nodes inside it that belong to the same scope.

    Bodies of functions and classes are other scopes. Decorators, defaults, bases and targets of
    ``:=`` in a comprehension belong to the outer scope. In the cell (``is_cell``), the statement
    ``if __name__ == "__main__":`` is left out, because it does not run in an action.
    """
    if is_cell and is_main_block(node):
        return
    yield node
    if isinstance(node, FUNCTIONS):
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                yield from _own_nodes(default, is_cell)
        for annotated in parameters(node.args):
            if annotated.annotation is not None:
                yield from _own_nodes(annotated.annotation, is_cell)
        if not isinstance(node, ast.Lambda):
            for decorator in node.decorator_list:
                yield from _own_nodes(decorator, is_cell)
            if node.returns is not None:
                yield from _own_nodes(node.returns, is_cell)
    elif isinstance(node, ast.ClassDef):
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            yield from _own_nodes(outside, is_cell)
    elif isinstance(node, COMPREHENSIONS):
        # Python evaluates the first iterable outside the comprehension's scope.
        yield from _own_nodes(node.generators[0].iter, is_cell)
        yield from _walrus_targets(node)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _own_nodes(child, is_cell)


def _walrus_targets(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.NamedExpr):
            yield child.target
        if not isinstance(child, ast.Lambda):
            yield from _walrus_targets(child)


def _declare_node(scope: Scope, node: ast.AST) -> None:
    if isinstance(node, ast.Global):
        scope.declared_global.update(mangled(name, scope.class_name) for name in node.names)
    elif isinstance(node, ast.Nonlocal):
        scope.declared_nonlocal.update(mangled(name, scope.class_name) for name in node.names)
    else:
        scope.bound.update(mangled(name, scope.class_name) for name in bound_by(node))


def bound_by(node: ast.AST) -> list[str]:
    """Return the names that ``node`` itself binds in the current scope."""
    if isinstance(node, ast.Name):
        return [node.id] if isinstance(node.ctx, ast.Store | ast.Del) else []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names if alias.name != "*"]
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return [node.name] if node.name else []
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    return []

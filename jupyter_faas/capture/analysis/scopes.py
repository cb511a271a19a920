"""Python's rules for where a name is bound, applied to a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
ComprehensionNode = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

ScopeKind = Literal["module", "function", "comprehension", "class"]
Origin = Literal["global", "local"]


@dataclass
class Scope:
    """One namespace of the source: the cell, a function or lambda, a comprehension, a class.

    ``bound`` holds what the scope binds anywhere in its text, ``so_far`` what it has bound up to
    the statement being read: only the cell and class bodies run from top to bottom once, so only
    there does a name mean something else before its assignment than after.
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
        """Whether the code here runs later than the cell itself."""
        return self.kind == "function" or (self.parent is not None and self.parent.deferred)

    def module(self) -> Scope:
        return self if self.parent is None else self.parent.module()

    def origin(self, name: str) -> Origin:
        """The namespace in which a read of ``name`` in this scope looks."""
        if self.parent is None:
            return "global"
        if name in self.declared_global:
            return "global"
        if self.kind == "class":
            if name in self.so_far:
                return "local"
            if name in self.bound:
                # A class body that reads a name before it binds it reads the global one.
                return "global"
        elif name in self.bound:
            return "local"
        outside = self.parent
        while outside.kind == "class" and outside.parent is not None:
            # Functions and comprehensions do not see the class around them.
            outside = outside.parent
        return outside.origin(name)

    def past_comprehensions(self) -> Scope:
        """The scope that ``:=`` binds in."""
        if self.kind != "comprehension" or self.parent is None:
            return self
        return self.parent.past_comprehensions()

    def bind(self, name: str) -> None:
        """Record that the statement being read binds ``name`` here."""
        name = mangled(name, self.class_name)
        if name not in self.declared_global:
            self.so_far.add(name)
        elif not self.deferred:
            self.module().so_far.add(name)


def mangled(name: str, class_name: str) -> str:
    """``__x`` inside ``class A`` is ``_A__x``, also where it means a global."""
    if not class_name or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = class_name.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, in the order of the source."""
    every = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        every.append(arguments.vararg)
    every += arguments.kwonlyargs
    if arguments.kwarg:
        every.append(arguments.kwarg)
    return every


def declare(scope: Scope, body: Sequence[ast.AST]) -> None:
    """Fill ``bound`` and the declarations of ``scope`` from the statements directly in it."""
    for node in body:
        for inner in _own_nodes(node):
            _declare_node(scope, inner)
    scope.bound -= scope.declared_global | scope.declared_nonlocal


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield ``node`` and what is in the same scope: not the inside of functions and classes.

    Decorators, defaults, bases and a comprehension's own ``:=`` do belong to the scope outside.
    """
    yield node
    if isinstance(node, FUNCTIONS):
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                yield from _own_nodes(default)
        for annotated in parameters(node.args):
            if annotated.annotation is not None:
                yield from _own_nodes(annotated.annotation)
        if not isinstance(node, ast.Lambda):
            for decorator in node.decorator_list:
                yield from _own_nodes(decorator)
            if node.returns is not None:
                yield from _own_nodes(node.returns)
    elif isinstance(node, ast.ClassDef):
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            yield from _own_nodes(outside)
    elif isinstance(node, COMPREHENSIONS):
        yield from _own_nodes(node.generators[0].iter)
        yield from _walrus_targets(node)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _own_nodes(child)


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
    """The names that this one node binds in its scope (comprehension targets are another's)."""
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

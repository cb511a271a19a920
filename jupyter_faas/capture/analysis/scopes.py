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
    """One scope of the source: the cell, a function or lambda, a comprehension, or a class.

    ``bound`` are the names that the scope binds anywhere in its text. ``so_far`` are those that it
    has bound before the statement being visited. The difference matters in the cell and in class
    bodies, which run once from top to bottom: there a name can be global before its assignment.
    ``label`` is the function or class for messages. ``class_name`` is needed to mangle names.
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
        """Whether the code of this scope runs later than the cell itself."""
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
                # A class body that reads a name before it binds it reads the global one, unlike
                # a function, where the read would be an error.
                return "global"
        elif name in self.bound:
            return "local"
        outside = self.parent
        while outside.kind == "class" and outside.parent is not None:
            # Functions and comprehensions skip the scope of the class around them.
            outside = outside.parent
        return outside.origin(name)

    def past_comprehensions(self) -> Scope:
        """Return the scope in which ``:=`` binds a name: the one around all comprehensions."""
        if self.kind != "comprehension" or self.parent is None:
            return self
        return self.parent.past_comprehensions()

    def bind(self, name: str) -> None:
        """Record that the statement being visited binds ``name`` in this scope."""
        name = mangled(name, self.class_name)
        if name not in self.declared_global:
            self.so_far.add(name)
        elif not self.deferred:
            self.module().so_far.add(name)


def mangled(name: str, class_name: str) -> str:
    """Return the name that Python uses: ``_A__x`` for ``__x`` in ``class A``, even for a global."""
    if not class_name or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = class_name.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Return every parameter, in the order of the source."""
    every = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        every.append(arguments.vararg)
    every += arguments.kwonlyargs
    if arguments.kwarg:
        every.append(arguments.kwarg)
    return every


def declare(scope: Scope, body: Sequence[ast.AST]) -> None:
    """Fill ``bound`` and the declarations of ``scope`` from the statements of its own body."""
    for node in body:
        for inner in _own_nodes(node):
            _declare_node(scope, inner)
    scope.bound -= scope.declared_global | scope.declared_nonlocal


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield ``node`` and the nodes in the same scope, without the insides of functions and classes.

    Decorators, defaults, bases and targets of ``:=`` in a comprehension belong to the outer scope.
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
        # Python evaluates the first iterable outside of the comprehension's own scope.
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
    """Return the names that this one node binds in its own scope."""
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

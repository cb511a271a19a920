"""A visitor that follows execution order and records each name that comes from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from jupyter_faas.capture.analysis.annotation_reads import (
    evaluates_annotations,
    field_annotation_names,
    known_annotations,
)
from jupyter_faas.capture.analysis.imports import is_for_type_checkers, is_main_block
from jupyter_faas.capture.analysis.names import NameRead, Names
from jupyter_faas.capture.analysis.query_names import (
    names_in_code,
    names_in_query,
    runs_query,
    text_of,
)
from jupyter_faas.capture.analysis.scopes import (
    ComprehensionNode,
    FunctionNode,
    Scope,
    declare,
    mangled,
    parameters,
)
from jupyter_faas.capture.analysis.set_order import find_set_order
from jupyter_faas.capture.analysis.worker_state import changed_name

# Python sets these names in every module or in every class body.
GIVEN = frozenset(
    f"__{name}__"
    for name in (
        *("name", "file", "doc", "builtins", "spec", "loader", "package", "path", "debug"),
        *("dict", "annotations", "class", "module", "qualname", "firstlineno"),
    )
)


def call_options(call: ast.Call) -> str:
    """Return the arguments of a method's call after the rows: ``return_std``, or empty."""
    more = ["a second argument"] if len(call.args) > 1 else []
    named = [each.arg for each in call.keywords if each.arg not in (None, "X")]
    return ", ".join([*more, *map(str, named)])


class NameVisitor(ast.NodeVisitor):
    def __init__(
        self,
        tree: ast.Module,
        future: bool,
        namespace: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.future = future
        self._namespace = namespace
        self.scope = Scope("module")
        declare(self.scope, tree.body)
        self.uses: list[NameRead] = []
        self.rebound: list[NameRead] = []
        self.attributes: dict[str, set[tuple[str, ...]]] = {}
        self.set_by_functions: set[str] = set()
        self.changed: set[str] = set()
        self.ordered: set[str] = set()
        self.set_order = find_set_order(tree)
        self.top_level_await: int | None = None
        self.whole: set[str] = set()
        self.options: dict[str, set[str]] = {}
        self.runs_queries = False
        self.members: set[str] = set()
        # Strings with the scopes and lines in which they occur.
        self._texts: list[tuple[str, Scope, int]] = []
        self._loops: list[set[str]] = []
        # The name whose attribute or length is being read, which is not a read of the whole object.
        self._owner: ast.Name | None = None

    @contextmanager
    def _inside(self, scope: Scope) -> Iterator[None]:
        outer, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = outer

    # Decorators and defaults run in the outer scope, but messages name the function to which they
    # belong. An existing label is kept, because it names the outermost function.
    @contextmanager
    def _labelled(self, label: str) -> Iterator[None]:
        outer, self.scope.label = self.scope.label, self.scope.label or label
        try:
            yield
        finally:
            self.scope.label = outer

    def _visit_all(self, *nodes: ast.AST | None) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # The following methods handle names.

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.scope.bind(node.id)
            return
        if node is not self._owner:
            self._need_whole(node.id)
        if id(node) in self.set_order.names:
            name = mangled(node.id, self.scope.class_name)
            if self.scope.origin(name) == "global":
                self.ordered.add(name)
        self._read(node.id, node.lineno)
        if isinstance(node.ctx, ast.Del):
            self.scope.so_far.discard(node.id)

    def _need_whole(self, name: str) -> None:
        name = mangled(name, self.scope.class_name)
        if self.scope.origin(name) != "local":
            self.whole.add(name)

    def _read(self, name: str, line: int, *, certain: bool = False) -> None:
        name = mangled(name, self.scope.class_name)
        if name in GIVEN or self.scope.origin(name) == "local":
            return
        module = self.scope.module()
        immediate = not self.scope.deferred
        # A function is called later, so it may read a name that the cell binds further down.
        use = NameRead(name, line, self.scope.label, immediate)
        if name in module.so_far or (name in module.bound and not immediate):
            return
        if not certain and any(name in bound for bound in self._loops):
            # In a loop, an iteration may read a value that an earlier iteration has bound.
            return
        (self.rebound if name in module.bound else self.uses).append(use)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain = [node.attr]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            chain.append(inner.attr)
            inner = inner.value
        self.members.update(chain)
        self._change(node)
        if isinstance(inner, ast.Name):
            name = mangled(inner.id, self.scope.class_name)
            if self.scope.origin(name) == "global":
                self.attributes.setdefault(name, set()).add(tuple(reversed(chain)))
                # An assignment to an attribute changes the object itself.
                self._owner = inner if isinstance(node.ctx, ast.Load) else None
        self.visit(inner)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._change(node)
        self._read_code(node)
        self.generic_visit(node)

    def _change(self, node: ast.expr) -> None:
        """Record the global name whose object the node changes when a function is called."""
        changed = changed_name(node, self._namespace) if self.scope.deferred else None
        if changed is not None:
            name = mangled(changed, self.scope.class_name)
            if self.scope.origin(name) == "global":
                self.changed.add(name)

    def _read_code(self, node: ast.Call | ast.Subscript) -> None:
        """Record the names that ``eval`` or ``globals()`` reads by their texts."""
        for name in names_in_code(node, self._namespace):
            self._need_whole(name)
            self._read(name, node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        self._change(node)
        self._read_code(node)
        measured = node.args[0] if len(node.args) == 1 and not node.keywords else None
        is_length = isinstance(node.func, ast.Name) and node.func.id == "len"
        if is_length and isinstance(measured, ast.Name) and self.scope.origin("len") != "local":
            name = mangled(measured.id, self.scope.class_name)
            if self.scope.origin(name) == "global":
                self.attributes.setdefault(name, set()).add(("__len__",))
                self._owner = measured
        self.runs_queries |= runs_query(node)
        method = node.func
        options = call_options(node)
        if options and isinstance(method, ast.Attribute) and isinstance(method.value, ast.Name):
            name = mangled(method.value.id, self.scope.class_name)
            if self.scope.origin(name) == "global":
                self.options.setdefault(name, set()).add(f"{method.attr}({options})")
        self.generic_visit(node)

    # The following methods handle names in the texts of queries.

    def visit_Expr(self, node: ast.Expr) -> None:
        # A docstring is not run as a query.
        if not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._texts.append((text_of(node), self.scope, node.lineno))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._texts.append((text_of(node), self.scope, node.lineno))
        self._visit_all(*(one for one in node.values if not isinstance(one, ast.Constant)))

    def read_queries(self, namespace: Mapping[str, object]) -> None:
        """Record the variables that queries name, after all statements were visited."""
        for text, scope, line in self._texts if self.runs_queries else ():
            with self._inside(scope):
                for name in names_in_query(text, namespace):
                    self._need_whole(name)
                    self._read(name, line)

    def visit_Global(self, node: ast.Global) -> None:
        if self.scope.kind != "module":
            self.set_by_functions.update(node.names)
            self.changed.update(node.names)

    # The following methods handle nodes that do not run in the order of their ``ast`` fields.

    def visit_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        is_named_lambda = isinstance(node.value, ast.Lambda) and isinstance(target, ast.Name)
        with self._labelled(ast.unparse(target) if is_named_lambda else ""):
            self._visit_all(node.value)
        self._visit_all(*node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        # ``x += 1`` reads ``x`` first, but ``ast`` marks the target only as stored.
        if isinstance(node.target, ast.Name):
            self._need_whole(node.target.id)
            self._read(node.target.id, node.lineno, certain=True)
        self._visit_all(node.value, node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_all(node.value)
        # ``x: int`` without a value does not bind ``x``.
        if node.value is not None or not isinstance(node.target, ast.Name):
            self.visit(node.target)
        # Python does not evaluate the annotations of local variables in functions.
        if self.scope.kind in ("module", "class"):
            self._annotation(node.annotation)
        if self.scope.kind == "class":
            self._read_field_types(node)

    def _read_field_types(self, node: ast.AnnAssign) -> None:
        """Record the names that a library looks up in the annotation of a field, when it is used.

        A class may name classes that are defined further down, or that name it in turn.
        """
        found = field_annotation_names(
            node.annotation, self.scope.class_name, self._namespace, future=self.future
        )
        for name in sorted(found - self.scope.module().bound):
            if self.scope.origin(name) == "global":
                self.uses.append(NameRead(name, node.lineno, self.scope.label, immediate=False))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.scope.past_comprehensions().bind(node.target.id)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit_all(node.iter, node.target)
        self._loop(node)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._loop(node)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        # This temporary scope only collects the names that the body binds.
        inside = Scope(self.scope.kind)
        declare(inside, node.body)
        self._loops.append(inside.bound)
        self._visit_all(*node.body)
        self._loops.pop()
        self._visit_all(*node.orelse)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self._await(node.lineno)
        self.visit_For(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self._await(node.lineno)
        self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> None:
        self._await(node.lineno)
        self.generic_visit(node)

    def _await(self, line: int) -> None:
        if not self.scope.deferred and self.top_level_await is None:
            self.top_level_await = line

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_all(node.type)
        if node.name:
            self.scope.bind(node.name)
        self._visit_all(*node.body)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self._visit_all(node.pattern)
        if node.name:
            self.scope.bind(node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.scope.bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._visit_all(*node.keys, *node.patterns)
        if node.rest:
            self.scope.bind(node.rest)

    # The following methods handle imports.

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.scope.bind(alias.asname or alias.name.partition(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.scope.bind(alias.asname or alias.name)

    def visit_If(self, node: ast.If) -> None:
        if self.scope.kind == "module" and is_main_block(node):
            return
        self.visit(node.test)
        if not is_for_type_checkers(node):
            self._visit_all(*node.body)
        self._visit_all(*node.orelse)

    # The following methods handle nodes that create scopes.

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        with self._labelled(self._label(node.name)):
            self._visit_all(*node.decorator_list)
            self._defaults(node.args)
            if self.future and any(map(self._evaluates, node.decorator_list)):
                self._visit_all(*known_annotations(node, self._namespace))
        self._function(node, node.body, self._label(node.name))
        # The name is bound last, because decorators and defaults read its earlier value.
        self.scope.bind(node.name)

    def _evaluates(self, decorator: ast.expr) -> bool:
        return evaluates_annotations(
            decorator, self._namespace, lambda name: self.scope.origin(name) == "local"
        )

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self._function(node, [node.body], self.scope.label)

    def _defaults(self, arguments: ast.arguments) -> None:
        self._visit_all(*arguments.defaults, *arguments.kw_defaults)

    def _function(
        self, node: FunctionNode, body: list[ast.stmt] | list[ast.expr], label: str
    ) -> None:
        with self._type_parameters(node, label):
            with self._labelled(label):
                for parameter in parameters(node.args):
                    self._annotation(parameter.annotation)
                self._annotation(getattr(node, "returns", None))
            scope = Scope("function", self.scope, label, self.scope.class_name)
            declare(scope, body)
            scope.bound.update(
                mangled(parameter.arg, scope.class_name) for parameter in parameters(node.args)
            )
            with self._inside(scope):
                self._visit_all(*body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        label = self._label(node.name)
        with self._labelled(label):
            self._visit_all(*node.decorator_list)
        with self._type_parameters(node, label):
            with self._labelled(label):
                self._visit_all(*node.bases, *node.keywords)
            scope = Scope("class", self.scope, label, node.name)
            declare(scope, node.body)
            with self._inside(scope):
                self._visit_all(*node.body)
        self.scope.bind(node.name)

    @contextmanager
    def _type_parameters(self, node: ast.AST, label: str) -> Iterator[None]:
        """Enter the scope that contains the type parameter ``T`` of ``def f[T]`` or ``class A[T]``.

        Does nothing if there are no type parameters.
        """
        # Before Python 3.12, nodes do not have this field.
        found = getattr(node, "type_params", [])
        if not found:
            yield
            return
        scope = Scope("comprehension", self.scope, label, self.scope.class_name)
        scope.bound = {mangled(parameter.name, scope.class_name) for parameter in found}
        with self._inside(scope):
            self._visit_all(*found)
            yield

    def visit_TypeAlias(self, node: ast.AST) -> None:
        name: ast.Name = node.name  # type: ignore[attr-defined]
        self.scope.bind(name.id)
        with self._type_parameters(node, self.scope.label):
            self.visit(node.value)  # type: ignore[attr-defined]

    def _comprehension(self, node: ComprehensionNode, *elements: ast.expr) -> None:
        first, *others = node.generators
        # The first iterable is evaluated outside the comprehension's scope, all others inside it.
        self.visit(first.iter)
        if any(generator.is_async for generator in node.generators):
            self._await(node.lineno)
        scope = Scope("comprehension", self.scope, self.scope.label, self.scope.class_name)
        declare(scope, [generator.target for generator in node.generators])
        with self._inside(scope):
            self._visit_all(first.target, *first.ifs)
            for generator in others:
                self._visit_all(generator.iter, generator.target, *generator.ifs)
            self._visit_all(*elements)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        self._comprehension(node, node.elt)

    visit_SetComp = visit_GeneratorExp = visit_ListComp  # noqa: N815 - ast's own names

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node, node.key, node.value)

    def _annotation(self, node: ast.expr | None) -> None:
        if node is not None and not self.future:
            self.visit(node)

    def _label(self, name: str) -> str:
        """Return the label of a definition for messages.

        The label is ``Class.method`` in a class, and otherwise the outermost function's name.
        """
        if not self.scope.label:
            return name
        is_method = self.scope.kind == "class" and not self.scope.deferred
        return f"{self.scope.label}.{name}" if is_method else self.scope.label


# The following function is the module's entry point.


def find_names(
    tree: ast.Module,
    *,
    future_annotations: bool = False,
    namespace: Mapping[str, object] = MappingProxyType({}),
) -> Names:
    """Return the names that ``tree`` reads and binds, according to Python's scoping rules.

    Variables of the ``namespace`` that the text of a query names count as read.

    With ``future_annotations``, annotations are not evaluated, so the names in them are not needed.
    The argument is needed because IPython applies a ``__future__`` import to all later cells, whose
    syntax trees do not contain the import.
    """
    reader = NameVisitor(tree, future_annotations or _imports_future_annotations(tree), namespace)
    for statement in tree.body:
        reader.visit(statement)
    reader.read_queries(namespace)
    return Names(
        uses=tuple(reader.uses),
        bound=frozenset(reader.scope.bound),
        set_by_functions=frozenset(reader.set_by_functions),
        changed=frozenset(reader.changed),
        ordered=frozenset(reader.ordered),
        set_reads=() if {"set", "hash"} & namespace.keys() else reader.set_order.reads,
        rebound=tuple(reader.rebound),
        attributes=reader.attributes,
        whole=frozenset(reader.whole),
        options=reader.options,
        runs_queries=reader.runs_queries,
        members=frozenset(reader.members),
        top_level_await=reader.top_level_await,
        future_annotations=reader.future,
    )


def _imports_future_annotations(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )

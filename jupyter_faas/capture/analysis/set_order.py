"""Code whose result depends on the order of a set, or on the hash of a text.

Python randomizes the hashes of texts in each process. The order of a set of texts and the result of
``hash("text")`` therefore differ in each worker of an action. Code that does not depend on the
order, such as ``sorted(set(words))``, and sets of numbers are not reported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from jupyter_faas.capture.analysis.scopes import FUNCTIONS, parameters

# What a set contains, as far as the code shows it.
Contents = Literal["numbers", "texts", "unknown"]

# Functions and methods whose result depends on the order of their argument.
_IN_ORDER = frozenset(("list", "tuple", "iter", "enumerate", "zip", "join", "fromkeys", "extend"))
# With a key, these return the first of several equal items.
_BY_KEY = frozenset(("max", "min", "sorted", "nlargest", "nsmallest"))
# Functions and methods whose result does not depend on the order of their argument.
_FREE = frozenset(
    ("sorted", "len", "set", "frozenset", "sum", "any", "all", "max", "min", "Counter", "bool")
) | {"union", "update", "intersection", "difference", "issubset", "issuperset", "isin", "unique"}
_SET_METHODS = frozenset(("union", "intersection", "difference", "symmetric_difference", "copy"))
_SET_OPERATORS = (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)
_TEXT_METHODS = frozenset(
    ("lower", "upper", "strip", "lstrip", "rstrip", "title", "casefold", "replace", "split")
) | {"splitlines", "findall", "format", "join", "tokenize", "removeprefix", "removesuffix"}
_NUMBER_CALLS = frozenset(("int", "float", "len", "round", "abs", "ord", "range", "sum", "bool"))
_NUMBER_TYPES = frozenset(("int", "float", "bool", "complex"))
_SHOWN = 40


@dataclass(frozen=True)
class SetRead:
    """A place where a function depends on the order of a set, or on the hash of a text.

    ``text`` is the expression. ``note`` says what differs, for the card.
    """

    text: str
    line: int
    user: str
    note: str


@dataclass(frozen=True)
class SetOrder:
    """``names`` contains the ids of the nodes of names whose items are read in their order."""

    names: frozenset[int]
    reads: tuple[SetRead, ...]


def find_set_order(tree: ast.AST) -> SetOrder:
    """Return the places of a syntax tree whose results depend on the order of a set."""
    finder = _Finder(tree)
    for node in ast.walk(tree):
        finder.examine(node)
    return SetOrder(frozenset(finder.names), tuple(dict.fromkeys(finder.reads)))


class _Finder:
    def __init__(self, tree: ast.AST) -> None:
        self.names: set[int] = set()
        self.reads: list[SetRead] = []
        self._parents: dict[ast.AST, ast.AST] = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        self._open: set[str] = set()
        self._local: dict[ast.AST, Mapping[str, list[ast.expr | None]]] = {}

    def examine(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call) and _called(node) == "hash" and len(node.args) == 1:
            self._examine_hash(node)
        read = list(_read_in_order(node))
        if not read or self._is_free(node):
            return
        for one in read:
            if isinstance(one, ast.Name):
                self.names.add(id(one))
            contents = self._contents(one)
            if contents in ("texts", "unknown"):
                differs = "its order differs in each worker"
                note = differs if contents == "texts" else f"if it contains texts, {differs}"
                self._add(one, note)

    def _examine_hash(self, node: ast.Call) -> None:
        function = self._function(node)
        # Such a method must call ``hash``, and sets and dictionaries use its result.
        in_method = getattr(function, "name", "") == "__hash__"
        if not in_method and self._items(node.args[0]) != "numbers":
            self._add(node, "the hash of a text differs in each worker")

    def _add(self, node: ast.expr, note: str) -> None:
        # The assignment of a variable says more than its name.
        values = self._assigned(node) if isinstance(node, ast.Name) else []
        text = ast.unparse(values[0] if len(values) == 1 and values[0] else node)
        text = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        self.reads.append(SetRead(text, node.lineno, self._user(node), note))

    # The following methods decide whether the order matters.

    def _is_free(self, node: ast.AST) -> bool:
        """Return whether nothing depends on the order of what ``node`` returns."""
        parent = self._parents.get(node)
        if isinstance(parent, ast.Call) and node in parent.args:
            return _called(parent) in _FREE and not _has_key(parent)
        if isinstance(parent, ast.Compare):
            return all(isinstance(one, ast.In | ast.NotIn) for one in parent.ops)
        if isinstance(node, ast.For | ast.AsyncFor):
            return all(map(_is_free_statement, node.body))
        if isinstance(parent, ast.Assign) and isinstance(node, ast.Call | ast.ListComp):
            (target, *others) = parent.targets
            if isinstance(target, ast.Name) and not others:
                return self._is_sorted_later(target)
        return False

    def _is_sorted_later(self, target: ast.Name) -> bool:
        """Return whether a variable is sorted, or is used only where its order does not matter."""
        function = self._function(target)
        loads = [
            one
            for one in ast.walk(function or ast.Module([], []))
            if isinstance(one, ast.Name) and one.id == target.id and isinstance(one.ctx, ast.Load)
        ]
        for one in loads:
            method = self._parents[one]
            call = self._parents.get(method)
            is_sort = isinstance(method, ast.Attribute) and method.attr == "sort"
            if is_sort and isinstance(call, ast.Call) and not _has_key(call):
                return True
        return bool(loads) and all(map(self._is_free, loads))

    # The following methods find sets.

    def _contents(self, node: ast.expr) -> Contents | None:
        """Return what the set that ``node`` evaluates to contains, or None if it is not a set."""
        if isinstance(node, ast.Set):
            return _common(self._items(one) for one in node.elts)
        if isinstance(node, ast.SetComp):
            return self._items(node.elt)
        if isinstance(node, ast.Call):
            return self._contents_of_call(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, _SET_OPERATORS):
            sides = [self._contents(node.left), self._contents(node.right)]
            views = [one for one in (node.left, node.right) if _is_keys(one)]
            if any(sides) or len(views) == 2:
                return _common(one or "unknown" for one in sides)
        if isinstance(node, ast.Name) and node.id not in self._open:
            # A variable may be assigned from itself, as in ``left = left - done``.
            self._open.add(node.id)
            values = self._assigned(node)
            found = [None if one is None else self._contents(one) for one in values]
            self._open.discard(node.id)
            if found and None not in found:
                return _common(one or "unknown" for one in found)
        return None

    def _contents_of_call(self, node: ast.Call) -> Contents | None:
        called = _called(node)
        if isinstance(node.func, ast.Name) and called in ("set", "frozenset"):
            return self._elements(node.args[0]) if node.args else "unknown"
        if isinstance(node.func, ast.Attribute) and called in _SET_METHODS:
            is_class = isinstance(node.func.value, ast.Name) and node.func.value.id == "set"
            return "unknown" if is_class else self._contents(node.func.value)
        return None

    def _elements(self, node: ast.expr) -> Contents:
        """Return what the items of an iterable are."""
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return self._items(node.elt)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return _common(self._items(one) for one in node.elts)
        if isinstance(node, ast.Call) and _called(node) == "map" and node.args:
            mapped = node.args[0]
            name = mapped.attr if isinstance(mapped, ast.Attribute) else getattr(mapped, "id", "")
            return "numbers" if name in _NUMBER_CALLS else _of_text(name)
        if isinstance(node, ast.Name):
            annotation = self._annotation(node)
            inner = annotation.slice if isinstance(annotation, ast.Subscript) else None
            first = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
            if getattr(first, "id", "") in _NUMBER_TYPES:
                return "numbers"
            # The items of a text are texts.
            is_text = "str" in (getattr(first, "id", ""), getattr(annotation, "id", ""))
            return "texts" if is_text else "unknown"
        return self._items(node)

    def _items(self, node: ast.expr) -> Contents:
        """Return whether an expression is a number or a text."""
        if isinstance(node, ast.Constant):
            is_text = isinstance(node.value, str | bytes)
            return "texts" if is_text else "numbers"
        if isinstance(node, ast.JoinedStr):
            return "texts"
        if isinstance(node, ast.Call):
            called = _called(node)
            is_number = isinstance(node.func, ast.Name) and called in _NUMBER_CALLS
            return "numbers" if is_number else _of_text(called)
        if isinstance(node, ast.UnaryOp | ast.Compare):
            return "numbers"
        if isinstance(node, ast.BinOp):
            sides = {self._items(node.left), self._items(node.right)}
            return "texts" if "texts" in sides else "numbers" if "numbers" in sides else "unknown"
        if isinstance(node, ast.Tuple):
            return _common(self._items(one) for one in node.elts)
        if isinstance(node, ast.Name):
            annotated = getattr(self._annotation(node), "id", "")
            if annotated in _NUMBER_TYPES:
                return "numbers"
            return "texts" if annotated == "str" else "unknown"
        return "unknown"

    # The following methods look around a node.

    def _function(self, node: ast.AST) -> ast.AST | None:
        """Return the function around a node, or None."""
        found = self._parents.get(node)
        while found is not None and not isinstance(found, FUNCTIONS):
            found = self._parents.get(found)
        return found

    def _user(self, node: ast.AST) -> str:
        """Return the name of the outermost function around a node."""
        name, function = "", self._function(node)
        while function is not None:
            name = getattr(function, "name", name)
            function = self._function(function)
        return name

    def _assigned(self, name: ast.Name) -> list[ast.expr | None]:
        """Return the values that a function assigns to a variable, with None for unknown ones."""
        function = self._function(name)
        if function is None:
            return []
        if function not in self._local:
            self._local[function] = _assignments(function)
        return self._local[function].get(name.id, [])

    def _annotation(self, name: ast.Name) -> ast.expr | None:
        function = self._function(name)
        arguments = getattr(function, "args", None)
        every = parameters(arguments) if arguments is not None else []
        return next((one.annotation for one in every if one.arg == name.id), None)


def _read_in_order(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions whose items the node reads in their order, as ``list(cities)`` does."""
    if isinstance(node, ast.For | ast.AsyncFor):
        yield node.iter
    elif isinstance(node, ast.ListComp):
        yield from (one.iter for one in node.generators)
    elif isinstance(node, ast.List | ast.Tuple):
        yield from (one.value for one in node.elts if isinstance(one, ast.Starred))
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple | ast.List):
        yield node.value
    elif isinstance(node, ast.Call):
        called = _called(node)
        if called in _IN_ORDER or (called in _BY_KEY and _has_key(node)) or called == "next":
            for one in node.args:
                if isinstance(one, ast.GeneratorExp):
                    yield from (each.iter for each in one.generators)
                elif called != "next":
                    yield one
        if called == "pop" and isinstance(node.func, ast.Attribute) and not node.args:
            yield node.func.value


def _called(node: ast.Call) -> str:
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else str(getattr(called, "id", ""))


def _has_key(node: ast.Call) -> bool:
    return any(one.arg == "key" for one in node.keywords)


def _is_keys(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _called(node) == "keys"


def _of_text(called: str) -> Contents:
    return "texts" if called in _TEXT_METHODS or called == "str" else "unknown"


def _common(found: Iterator[Contents]) -> Contents:
    kinds = set(found)
    return "texts" if "texts" in kinds else "numbers" if kinds == {"numbers"} else "unknown"


def _is_free_statement(node: ast.stmt) -> bool:
    """Return whether a statement in a loop has the same effect in every order of the rounds.

    It counts, adds to a set, or sets an item of a dictionary.
    """
    if isinstance(node, ast.If):
        return all(map(_is_free_statement, (*node.body, *node.orelse)))
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add) and _is_number(node.value)
    if isinstance(node, ast.Assign):
        return all(isinstance(one, ast.Subscript) for one in node.targets)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _called(node.value) in ("add", "discard")
    return isinstance(node, ast.Pass | ast.Continue)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, str | bytes)
    return isinstance(node, ast.Call) and _called(node) in (*_NUMBER_CALLS, "count", "get")


def _assignments(function: ast.AST) -> dict[str, list[ast.expr | None]]:
    found: dict[str, list[ast.expr | None]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            found.setdefault(node.arg, []).append(None)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(None)
    for node in ast.walk(function):
        # The value of a plain assignment replaces the None that was added for its target.
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if len(targets) == 1 and isinstance(targets[0], ast.Name):
                found[targets[0].id].remove(None)
                found[targets[0].id].append(node.value)
    return found

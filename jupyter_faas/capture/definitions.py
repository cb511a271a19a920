"""The functions and classes of the notebook that a cell needs, as source with what it reads.

``closure.py`` looks up the names and calls these methods.
"""

from __future__ import annotations

import ast
import types
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any

from jupyter_faas.capture import refusals
from jupyter_faas.capture.analysis.names import Names, Usage, part_of, usages
from jupyter_faas.capture.analysis.visitor import find_names
from jupyter_faas.capture.captured_names import CapturedName, ItemKind, filling
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.data import DataObjects, DataTooLarge
from jupyter_faas.capture.libraries.changes import LibraryChanges
from jupyter_faas.capture.model_code import ModelCodeFinder
from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.source.classes import empty_containers
from jupyter_faas.capture.source.factories import (
    LONGEST_STATE,
    SharedCells,
    changed_defaults,
    decorator_state,
    is_dispatcher,
    method_path,
    rebuild_function,
)
from jupyter_faas.capture.source.generated import GeneratedFunction
from jupyter_faas.capture.source.objects import (
    FUTURE_ANNOTATIONS,
    NotebookSources,
    Source,
    SourceMissing,
    changed_class,
    is_handle,
)
from jupyter_faas.capture.staleness import changed_since
from jupyter_faas.capture.values.expressions import Expression, ExpressionWriter
from jupyter_faas.capture.values.literals import NotLiteral, TooLong
from jupyter_faas.errors import CaptureError

_CONTAINERS = (dict, list, set, deque)


class Definitions:
    """The captured names of a cell, and how functions and classes become such names.

    ``entries`` maps names to captured names, in the order in which they were found. ``usages`` maps
    each name to the places that use the name. ``future_annotations`` is true when any of the
    sources ran with ``from __future__ import annotations``.
    """

    def __init__(self, context: CaptureContext) -> None:
        self.entries: dict[str, CapturedName] = {}
        self.usages: dict[str, list[Usage]] = {}
        self.future_annotations = False
        self._context = context
        self._namespace = context.namespace
        self._cells = ExecutedCells(self._namespace)
        self._sources = NotebookSources(self._namespace, self._cells)
        self._data = DataObjects(context.modules.is_available, self._sources.is_from_notebook)
        self._values = ExpressionWriter(context, self._sources, self._cells, self._data)
        self._model_code = ModelCodeFinder(context, self._sources, self._values)
        self._shared = SharedCells()
        self._chains: dict[str, set[tuple[str, ...]]] = {}
        self._whole: set[str] = set()
        self._options: dict[str, set[str]] = {}
        self._runs_queries = False
        self._members: set[str] = set()
        self._changed: set[str] = set()
        self._ordered: set[str] = set()
        self._changes = LibraryChanges(context, self._values, self._cells)
        # Items are ``(name, usage, is_needed_first)``. ``is_needed_first`` is true when the name
        # must exist while captured.py is imported, which happens before the cell's code runs.
        self._waiting: deque[tuple[str, Usage, bool]] = deque()

    def attributes_read(self, name: str) -> frozenset[str]:
        """Return the attributes of ``name`` that the cell and the captured sources read.

        For a model, attributes that are read through other names of the model are included. A call
        of a method with options is listed too, as ``predict(return_std)``.
        """
        names = [name, *(entry.name for entry in self.entries.values() if entry.same_as == name)]
        read = {chain[0] for each in names for chain in self._chains.get(each, ())}
        return frozenset(read.union(*(self._options.get(each, ()) for each in names)))

    def _read(self, names: Names) -> None:
        self.future_annotations |= names.future_annotations
        self._whole |= names.whole
        self._runs_queries |= names.runs_queries
        self._members |= names.members
        self._changed |= names.changed
        self._ordered |= names.ordered
        for name, calls in names.options.items():
            self._options.setdefault(name, set()).update(calls)
        for name, chains in names.attributes.items():
            self._chains.setdefault(name, set()).update(chains)

    def _owner(self, name: str) -> str:
        return f"the cell that defines {name}"

    def _usages(self, names: Names, owner: str, usage: Usage) -> dict[str, Usage]:
        """Return, for each name, the places where the definition of ``owner`` uses the name."""
        return usages(names.uses, owner, usage)

    def _capture_source(self, name: str, value: object, usage: Usage) -> None:
        if is_handle(value):
            refusals.check_handle(name, self.attributes_read(name), usage)
        try:
            if name in self._values.parts:
                raise SourceMissing("is a function that has no name", "")
            source = self._sources.find(name, value)
            more = list(self._sources.registered(value)) if is_dispatcher(value) else []
        except SourceMissing as error:
            # No statement defines the function, but it may be a factory's result, which can be
            # rebuilt.
            if is_dispatcher(value) or not self._capture_factory_function(name, value, usage):
                raise self._source_missing(name, error, usage) from None
            return
        if source.binds != name:
            text = f"{name} = {source.binds}"
            needs = frozenset({source.binds})
            self._add(CapturedName(name, source.kind, usage, value, text, len(text), needs))
            self._waiting.append((source.binds, usage, True))
            return
        changed = changed_since(source, value, self._namespace, self._sources)
        if changed is not None:
            raise refusals.refuse_changed(name, changed, usage)
        for one, implementation in more:
            changed = changed_since(one, implementation, self._namespace, self._sources)
            if changed is not None:
                raise refusals.refuse_changed_implementation(name, one.binds, changed, usage)
        parts = (source, *(one for one, _ in more))
        text = "\n\n\n".join(one.text for one in parts)
        tree = ast.Module([node for one in parts for node in one.tree.body], [])
        entry = CapturedName(name, source.kind, usage, value, text)
        function = value.__wrapped__ if is_handle(value) else value  # type: ignore[attr-defined]  # is a handle
        # Attributes of a decorated function are skipped, because the decorator may have set them
        # and runs again in the package.
        if type(function) is types.FunctionType and not hasattr(function, "__wrapped__"):
            self._add_attributes(entry, function)
            self._add_default_contents(entry, source.tree.body[0], function)
        elif source.kind == "function" and not is_dispatcher(value):
            self._add_decorator_state(entry, function)
        self._read_definition(tree, usage, entry, future=source.future_annotations)
        if source.kind == "class":
            self._add_changes(entry, source, value)
            self._add_tuple_defaults(entry, value)
            self._add_contents(entry, source.tree.body[0], value)

    def _add_changes(self, entry: CapturedName, source: Source, value: object) -> None:
        """Set the attributes of a class again that were set after its statement ran."""
        for key in source.changed:
            member = vars(value)[key]
            wraps = _wrapped(member)
            written = [
                self._write_change(entry, key, inner) for inner in (wraps if wraps else [member])
            ]
            text = f"{type(member).__name__}({', '.join(written)})" if wraps else written[0]
            entry.filling += f"{entry.name}.{key} = {text}\n"

    def _add_tuple_defaults(self, entry: CapturedName, value: Any) -> None:
        """Set the defaults of a named tuple that ``Row.__new__.__defaults__ = …`` has set."""
        if "_field_defaults" in vars(value) and "_fields" in vars(value):
            defaults = value.__new__.__defaults__
            if defaults != (tuple(value._field_defaults.values()) or None):
                text = self._write_change(entry, "__new__.__defaults__", defaults)
                entry.filling += f"{entry.name}.__new__.__defaults__ = {text}\n"

    def _write_change(self, entry: CapturedName, key: str, value: object) -> str:
        try:
            written = self._values.write(entry.name, value, f".{key}")
        except (NotLiteral, TooLong, DataTooLarge):
            error = changed_class(key, entry.name)
            raise self._source_missing(entry.name, error, entry.usage) from None
        entry.kept = (*entry.kept, value)
        entry.libraries = frozenset(entry.libraries | written.libraries)
        for part in sorted(written.names):
            self._waiting.append((part, part_of(entry.name, entry.usage), True))
        return written.text

    def _add_contents(self, entry: CapturedName, node: ast.stmt, value: object) -> None:
        """Fill the containers of a class that its body leaves empty, such as a registry.

        Contents that cannot be written, such as those of a cache, are left out.
        """
        for key in empty_containers(node):
            content = vars(value).get(key)
            if not content or type(content) not in (dict, list, set):
                continue
            try:
                written = self._values.write(entry.name, content, f".{key}")
            except (NotLiteral, TooLong, DataTooLarge):
                continue
            target = f"{entry.name}.{key}"
            if written.text in written.names:
                # The container is also a variable, and remains one object with it.
                entry.filling += f"{target} = {written.text}\n"
            else:
                entry.filling += filling(target, content, written.text)
            entry.kept = (*entry.kept, content)
            entry.libraries = frozenset(entry.libraries | written.libraries)
            for part in sorted(written.names):
                self._waiting.append((part, part_of(entry.name, entry.usage), True))

    def _add_default_contents(
        self, entry: CapturedName, node: ast.stmt, function: types.FunctionType
    ) -> None:
        """Fill the lists, dictionaries and sets that calls have changed: ``def f(x, seen=[])``.

        Contents that cannot be written, such as those of a cache, are left out.
        """
        for target, content in changed_defaults(node, function):
            try:
                written = self._values.write(entry.name, content, f".{target}")
            except (NotLiteral, TooLong, DataTooLarge):
                continue
            entry.filling += filling(f"{entry.name}.{target}", content, written.text)
            self._add_parts(entry, written)

    def _add_decorator_state(self, entry: CapturedName, function: object) -> None:
        """Set the values again that calls have changed since a decorator ran.

        The decorator runs again in the package, and sets them as they were at first. A container
        that is a variable of the notebook too is captured with that variable.
        """
        written = Expression()
        variables = {id(value) for value in self._namespace.values()}
        for key, place, content in decorator_state(function):
            if isinstance(content, _CONTAINERS) and id(content) in variables:
                continue
            try:
                one = self._values.write(entry.name, content, f".{key}")
            except (NotLiteral, TooLong, DataTooLarge):
                one = None
            if one is None or one.names or len(one.text) > LONGEST_STATE:
                if content:
                    entry.notes += (f"{key} starts as the decorator creates it",)
                continue
            target = f"{entry.name}.{place}"
            is_container = isinstance(content, _CONTAINERS)
            entry.filling += (
                filling(target, content, one.text) if is_container else f"{target} = {one.text}\n"
            )
            written.libraries |= one.libraries
        self._add_parts(entry, written)

    def _read_definition(
        self, tree: ast.Module, usage: Usage, entry: CapturedName, *, future: bool
    ) -> None:
        names = find_names(tree, future_annotations=future, namespace=self._namespace)
        self._read(names)
        self._context.modules.need_imports(tree, self._owner(entry.name))
        entry.notes += tuple(
            dict.fromkeys(
                f"{read.text} on line {read.line}: {read.note}" for read in names.set_reads
            )
        )
        now = frozenset(use.name for use in names.uses if use.immediate)
        entry.needs_now = entry.needs_now | now
        entry.needs_later = frozenset(use.name for use in names.uses) - entry.needs_now
        entry.size = len(entry.text.encode())
        # The entry is added before its names are followed, because functions may call each other
        # or themselves.
        self._add(entry)
        for needed, needed_usage in self._usages(names, entry.name, usage).items():
            self._waiting.append((needed, needed_usage, needed in entry.needs_now))

    def _capture_factory_function(self, name: str, value: object, usage: Usage) -> bool:
        """Capture a factory's result, a lambda in a container, or a method under another name.

        Returns False if the callable cannot be written as source.
        """
        function = value.__wrapped__ if is_handle(value) else value  # type: ignore[attr-defined]  # is a handle
        method = method_path(function, self._namespace)
        if method is not None:
            self._add_value(
                name, "function", usage, value, Expression(method, {method.split(".")[0]})
            )
            return True
        if not isinstance(function, types.FunctionType):
            # The value may be, for example, the wrapper that functools.cache returns, or a class
            # that a call has created.
            kind: ItemKind = "class" if isinstance(value, type) else "function"
            with suppress(NotLiteral, TooLong):
                self._add_value(name, kind, usage, value, self._values.write(name, value))
            return name in self.entries
        written = Expression()
        try:
            write = partial(self._write_kept, name, usage, written)
            factory = self._context.free_name(f"_make_{name}")
            rebuilt = rebuild_function(name, factory, function, self._cells, write)
        except SourceMissing as error:
            raise self._source_missing(name, error, usage) from None
        for shared, other in self._shared.conflicts(name, function, rebuilt.changes):
            raise refusals.refuse_shared(name, shared, other, usage)
        entry = CapturedName(name, "function", usage, value, rebuilt.text, leaves=rebuilt.leaves)
        self._add_parts(entry, written)
        self._add_attributes(entry, function)
        future = bool(function.__code__.co_flags & FUTURE_ANNOTATIONS)
        self._read_definition(rebuilt.tree, usage, entry, future=future)
        return True

    def _capture_generated(
        self, name: str, found: GeneratedFunction, value: object, usage: Usage
    ) -> None:
        """Capture a function that a library generated, with the values of its global names."""
        written = Expression()
        try:
            texts = {
                key: self._write_kept(name, usage, written, key, one)
                for key, one in found.reads.items()
            }
        except CaptureError:
            # The user does not know these values, so the message names the function only.
            error = SourceMissing(
                "is a function whose source code is not in the notebook", refusals.DEFINE_IN_A_CELL
            )
            raise self._source_missing(name, error, usage) from None
        text = found.statements(name, self._context.free_name(f"_make_{name}"), texts)
        self._add(CapturedName(name, "function", usage, value, text, len(text.encode())))
        self._add_parts(self.entries[name], written)

    def _source_missing(self, name: str, error: SourceMissing, usage: Usage) -> CaptureError:
        # A function in a list has a name of ours, and its user knows the list.
        hint = refusals.create_inside(usage.helper) if name in self._values.parts else error.hint
        return refusals.refuse_because(name, error.what, usage, hint)

    def _write_kept(
        self, name: str, usage: Usage, written: Expression, part: str, value: object
    ) -> str:
        """Return the expression for a closed-over value, a default or an attribute of a function.

        ``part`` is the value's name in messages. The names and libraries that the expression uses
        are added to ``written``. Raises CaptureError when the value cannot be written.
        """
        try:
            one = self._values.write(name, value, f".{part}")
        except NotLiteral as error:
            raise refusals.refuse_kept(name, part, error, usage) from None
        except TooLong:
            raise refusals.too_long(f"{part} of {name}", usage) from None
        written.names |= one.names
        written.libraries |= one.libraries
        written.kept.append(value)
        return one.text

    def _add_attributes(self, entry: CapturedName, function: object) -> None:
        """Append an assignment (``f.count = 0``) for each attribute that was set on a function."""
        written = Expression()
        for key, value in vars(function).items():
            if key != "__wrapped__":
                text = self._write_kept(entry.name, entry.usage, written, key, value)
                entry.text += f"\n{entry.name}.{key} = {text}"
        self._add_parts(entry, written)

    def _add_value(
        self, name: str, kind: ItemKind, usage: Usage, value: object, written: Expression
    ) -> None:
        entry = CapturedName(name, kind, usage, value, f"{name} = {written.text}")
        entry.size = len(written.text.encode())
        self._add(entry)
        self._add_parts(entry, written)

    def _add(self, entry: CapturedName) -> None:
        self.entries[entry.name] = entry

    # An expression is evaluated as soon as captured.py reaches it, so all names in the expression
    # must exist before.
    def _add_parts(self, entry: CapturedName, written: Expression) -> None:
        entry.holds = frozenset(entry.holds | written.names)
        entry.needs_now = frozenset(entry.needs_now | written.names)
        entry.libraries = frozenset(entry.libraries | written.libraries)
        entry.kept = (*entry.kept, *written.kept)
        parts = sorted(written.names)
        self._waiting.extend((part, part_of(entry.name, entry.usage), True) for part in parts)


def _wrapped(member: object) -> list[object]:
    """Return the functions of a property, a classmethod or a staticmethod, or nothing."""
    if type(member) is property:
        return [member.fget, member.fset, member.fdel]
    return [member.__func__] if type(member) in (classmethod, staticmethod) else []  # type: ignore[attr-defined]  # both have it

"""The search for a cell's direct and indirect dependencies in the notebook.

``Closure.collect`` starts a queue with the names that the cell reads, which ``analysis/visitor.py``
finds. Each name is looked up in the live namespace. ``_capture`` chooses how the package represents
the value:

- A module, or an object from a module, becomes an import statement (``import_statements.py``).
- A function or class defined in the notebook becomes its source (``source/objects.py``).
- A function that another function returned becomes its source inside a generated factory, which
  sets the closed-over variables (``source/factories.py``).
- A model (``is_model``) or a numpy array becomes a file, which captured.py loads. The functions
  and classes of the notebook that a model holds are captured first (``model_code.py``).
- Any other value becomes an expression that creates an equal value (``values/expressions.py``), or,
  if it is an object of a library such as a DataFrame, files that captured.py loads (``data/``). If
  the sources only read attributes of the object (``X.columns``), only these are captured
  (``attribute_reads.py``).

The names that the source or expression reads are added to the queue. ``captured_names.py`` orders
the definitions, ``render.py`` writes captured.py, and ``refusals.py`` creates the errors.
"""

from __future__ import annotations

import ast
import enum
import types
from collections import deque
from contextlib import suppress
from functools import partial
from pathlib import Path

from jupyter_faas.capture import refusals
from jupyter_faas.capture.analysis.names import Names, Usage, part_of, usages
from jupyter_faas.capture.analysis.visitor import find_names
from jupyter_faas.capture.attribute_reads import ONLY_ATTRIBUTES, read_attributes, told
from jupyter_faas.capture.captured_names import (
    CapturedName,
    ItemKind,
    array_size,
    filling,
    is_array,
    needed_first,
    reached,
)
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.data import DataObjects, DataTooLarge, NotData, is_frame
from jupyter_faas.capture.dependencies.imports import import_of_object, import_of_provided
from jupyter_faas.capture.import_statements import write_imports
from jupyter_faas.capture.model_code import ModelCodeFinder
from jupyter_faas.capture.refusals import is_python_builtin
from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.source.classes import empty_containers
from jupyter_faas.capture.source.factories import (
    SharedCells,
    is_dispatcher,
    method_path,
    rebuild_function,
)
from jupyter_faas.capture.source.objects import (
    FUTURE_ANNOTATIONS,
    NotebookSources,
    SourceMissing,
    is_handle,
)
from jupyter_faas.capture.staleness import changed_since
from jupyter_faas.capture.values.expressions import Expression, ExpressionWriter
from jupyter_faas.capture.values.literals import NotLiteral, TooLong, is_constant_type
from jupyter_faas.errors import CaptureError


class Closure:
    """The captured dependencies of a cell.

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
        self._data = DataObjects(context.modules.is_available)
        self._values = ExpressionWriter(context, self._sources, self._cells, self._data)
        self._model_code = ModelCodeFinder(context, self._sources, self._values)
        self._shared = SharedCells()
        self._chains: dict[str, set[tuple[str, ...]]] = {}
        self._whole: set[str] = set()
        self._options: dict[str, set[str]] = {}
        # Library objects by name. They are captured when all sources have been read, because only
        # then it is known whether attributes are sufficient.
        self._objects: dict[str, tuple[object, Usage]] = {}
        # Items are ``(name, usage, is_needed_first)``. ``is_needed_first`` is true when the name
        # must exist while captured.py is imported, which happens before the cell's code runs.
        self._waiting: deque[tuple[str, Usage, bool]] = deque()

    def collect(self, cell: Names) -> None:
        """Fill ``entries`` with the cell's direct and indirect dependencies.

        Raises CaptureError when a dependency cannot be packaged. The message says where the cell
        uses the dependency.
        """
        self._read(cell)
        self._waiting.extend((name, usage, False) for name, usage in usages(cell.uses).items())
        self._follow(cell)
        self._finish()

    def _follow(self, cell: Names) -> None:
        refused: dict[str, CaptureError] = {}
        while self._waiting or self._objects:
            if not self._waiting:
                name = next(iter(self._objects))
                value, usage = self._objects.pop(name)
                with refusals.collected(refused, name):
                    self._capture_object(name, value, usage)
                continue
            name, usage, is_needed_first = self._waiting.popleft()
            self.usages.setdefault(name, []).append(usage)
            if name in (*self.entries, *refused) or is_python_builtin(name, self._namespace):
                continue
            # A function in the cell may set the name with ``global`` before the name is read.
            if name not in self._namespace and name in cell.set_by_functions:
                continue
            if name in cell.bound and not is_needed_first:
                # The cell itself binds the name before it calls the function that reads the name.
                continue
            if not self._is_deferred(name, usage, is_needed_first):
                with refusals.collected(refused, name):
                    self._capture(name, usage)
        if refused:
            raise refusals.all_of(list(refused.values()))

    def _finish(self) -> None:
        write_imports(self.entries, self._chains, self._context.modules)
        self._fill_registries()
        self._check_circles()

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
        for name, calls in names.options.items():
            self._options.setdefault(name, set()).update(calls)
        for name, chains in names.attributes.items():
            self._chains.setdefault(name, set()).update(chains)

    def _is_deferred(self, name: str, usage: Usage, is_needed_first: bool) -> bool:
        """Return whether the name is set at run time and need not be captured now.

        Always returns False here; subclasses may override this method.
        """
        return False

    def _capture(self, name: str, usage: Usage) -> None:
        if refusals.is_notebook_only(name):
            raise refusals.notebook_only(name, usage)
        if name in self._values.parts:
            value = self._values.parts[name]
        elif name in self._namespace:
            value = self._namespace[name]
        else:
            raise refusals.unknown(name, usage, self._namespace)
        if refusals.is_composition(value):
            raise refusals.refuse_composition(name, value, usage)
        if isinstance(value, types.ModuleType):
            self._add(CapturedName(name, "import", usage, value))
        elif self._sources.is_from_notebook(value):
            self._capture_source(name, value, usage)
        elif self._context.is_model(value):
            self._capture_model(name, value, usage)
        elif is_array(value):
            self._add(CapturedName(name, "array", usage, value, size=array_size(value)))
        # A constant is written as a literal even if a library contains the same object
        # (``math.pi``). The package then does not depend on the library or its version.
        elif is_constant_type(value) or not self._capture_import(name, value, usage):
            self._capture_value(name, value, usage)

    def _add(self, entry: CapturedName) -> None:
        self.entries[entry.name] = entry

    def _capture_model(self, name: str, value: object, usage: Usage) -> None:
        # Two names of one model share a file, which the action loads only once.
        same = (p.name for p in self.entries.values() if p.kind == "model" and p.value is value)
        entry = CapturedName(name, "model", usage, value, same_as=next(same, ""))
        self._add(entry)
        if entry.same_as and self.entries[entry.same_as].text:
            entry.text, entry.needs_now = f"{name} = {entry.same_as}", frozenset({entry.same_as})
        elif not entry.same_as and self._context.takes_code(value):
            entry.code = self._model_code.find(name, value, usage)
            entry.values = self._model_code.values(name, value)
            if entry.code or entry.values:
                entry.text = f'{name} = load_model("{name}")'
                self._add_parts(entry, Expression(names={*entry.code, *entry.values}))

    # The following methods capture functions and classes.

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
        self._read_definition(tree, usage, entry, future=source.future_annotations)
        if source.kind == "class":
            self._add_contents(entry, source.tree.body[0], value)

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
            entry.filling += filling(f"{entry.name}.{key}", content, written.text)
            entry.libraries = frozenset(entry.libraries | written.libraries)
            for part in sorted(written.names):
                self._waiting.append((part, part_of(entry.name, entry.usage), True))

    def _read_definition(
        self, tree: ast.Module, usage: Usage, entry: CapturedName, *, future: bool
    ) -> None:
        names = find_names(tree, future_annotations=future)
        self._read(names)
        self._context.modules.need_imports(tree, self._owner(entry.name))
        now = frozenset(use.name for use in names.uses if use.immediate)
        entry.needs_now = entry.needs_now | now
        entry.needs_later = frozenset(use.name for use in names.uses) - entry.needs_now
        entry.size = len(entry.text.encode())
        # The entry is added before its names are followed, because functions may call each other
        # or themselves.
        self._add(entry)
        for needed, needed_usage in self._usages(names, entry.name, usage).items():
            self._waiting.append((needed, needed_usage, needed in entry.needs_now))

    def _owner(self, name: str) -> str:
        return f"the cell that defines {name}"

    def _usages(self, names: Names, owner: str, usage: Usage) -> dict[str, Usage]:
        """Return, for each name, the places where the definition of ``owner`` uses the name."""
        return usages(names.uses, owner, usage)

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
            # The value may be, for example, the wrapper that functools.cache returns.
            with suppress(NotLiteral, TooLong):
                self._add_value(name, "function", usage, value, self._values.write(name, value))
            return name in self.entries
        written = Expression()
        try:
            rebuilt = rebuild_function(
                name, function, self._cells, partial(self._write_kept, name, usage, written)
            )
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
        return one.text

    def _add_attributes(self, entry: CapturedName, function: object) -> None:
        """Append an assignment (``f.count = 0``) for each attribute that was set on a function."""
        written = Expression()
        for key, value in vars(function).items():
            if key != "__wrapped__":
                text = self._write_kept(entry.name, entry.usage, written, key, value)
                entry.text += f"\n{entry.name}.{key} = {text}"
        self._add_parts(entry, written)

    # An expression is evaluated as soon as captured.py reaches it, so all names in the expression
    # must exist before.
    def _add_parts(self, entry: CapturedName, written: Expression) -> None:
        entry.holds = frozenset(entry.holds | written.names)
        entry.needs_now = frozenset(entry.needs_now | written.names)
        entry.libraries = frozenset(entry.libraries | written.libraries)
        parts = sorted(written.names)
        self._waiting.extend((part, part_of(entry.name, entry.usage), True) for part in parts)

    # The following methods capture values.

    def _capture_value(self, name: str, value: object, usage: Usage) -> None:
        other = self._same_object(value)
        if other is not None:
            kind = self.entries[other].kind
            kind = "object" if kind == "data" else kind
            self._add_value(name, kind, usage, value, Expression(other, {other}))
            return
        try:
            written = self._values.write(name, value)
        except NotLiteral as error:
            # A library's table, for example, can be imported even if its items cannot be written.
            if is_constant_type(value) and self._capture_import(name, value, usage):
                return
            if not error.where and self._data.is_candidate(value):
                self._objects[name] = (value, usage)
                return
            if not self._capture_attributes(name, value, usage):
                raise self._refusal(name, error, usage) from None
            return
        except TooLong:
            # Plain values that are too long for code become a data file.
            self._objects[name] = (value, usage)
            return
        except DataTooLarge as error:
            raise refusals.too_large(name, value, error.size, usage) from None
        is_function = isinstance(value, types.MethodType | types.BuiltinMethodType | partial)
        is_plain = not written.names or isinstance(value, enum.Enum)
        kind = "function" if is_function else "constant" if is_plain else "object"
        self._add_value(name, kind, usage, value, written)

    def _refusal(self, name: str, error: NotLiteral, usage: Usage) -> CaptureError:
        if isinstance(error.value, Path):
            place = f"{name}{error.where}"
            hint = self._context.modules.lost_path(error.value, place) or ""
            return refusals.lost_path(place, error.value, usage, hint)
        return refusals.refuse_content(name, error, usage)

    def _same_object(self, value: object) -> str | None:
        """Return the name of an existing entry for the same mutable object, or None."""
        # Immutable values may be written twice, because a copy behaves like the original.
        if isinstance(value, int | float | complex | str | bytes | tuple | frozenset | None):
            return None
        for name, entry in self.entries.items():
            is_whole = entry.kind in ("constant", "object", "data") and not entry.part
            if entry.value is value and is_whole:
                return name
        return None

    def _capture_object(self, name: str, value: object, usage: Usage) -> None:
        """Capture an object of a library: its attributes if these are sufficient, or all of it."""
        if self._capture_attributes(name, value, usage):
            return
        other = self._same_object(value)
        if other is not None:
            self._add_value(name, "object", usage, value, Expression(other, {other}))
            return
        try:
            found = self._data.encode(value)
        except NotData as error:
            # An attribute inside a library's object is not the user's, so the object is named.
            inside = error.where.startswith(".") and not is_frame(value)
            found_at = NotLiteral("", value) if inside else NotLiteral(error.where, error.value)
            if is_constant_type(value):
                raise refusals.too_long(name, usage) from None
            raise self._refusal(name, found_at, usage) from None
        except DataTooLarge as error:
            raise refusals.too_large(name, value, error.size, usage) from None
        self._add(CapturedName(name, "data", usage, value, size=found.size, data=found))
        for module in sorted(found.modules):
            self._context.modules.need(module, "The package imports", f"needed to load {name}")

    def _capture_attributes(self, name: str, value: object, usage: Usage) -> bool:
        """Capture only the attributes that the sources read. Returns False if that will not do."""
        found = None if name in self._whole else read_attributes(value, self._chains.get(name, ()))
        if found is None:
            return False
        written = Expression()
        texts = []
        for key, part in found.items():
            try:
                one = self._values.write(name, part, f".{key}")
            except (NotLiteral, TooLong, DataTooLarge):
                return False
            texts.append(f"{key}={one.text}")
            written.names |= one.names
            written.libraries |= one.libraries
        text = f"{name} = {ONLY_ATTRIBUTES}({name!r}, {', '.join(texts)})"
        entry = CapturedName(name, "object", usage, value, text, len(text), part=told(found))
        self._add(entry)
        self._add_parts(entry, written)
        return True

    def _add_value(
        self, name: str, kind: ItemKind, usage: Usage, value: object, written: Expression
    ) -> None:
        entry = CapturedName(name, kind, usage, value, f"{name} = {written.text}")
        entry.size = len(written.text.encode())
        self._add(entry)
        self._add_parts(entry, written)

    def _fill_registries(self) -> None:
        """Fill containers last, if the definitions of their items use them, as decorators do.

        The definitions find the container empty, as in the notebook.
        """
        now = {name: entry.needs_now for name, entry in self.entries.items()}
        later = {name: entry.needs_later for name, entry in self.entries.items()}
        for name, entry in self.entries.items():
            kind = type(entry.value)
            is_own = entry.kind == "object" and not entry.part and kind in (dict, list, set)
            items = [one for one in entry.holds if one in self.entries]
            if is_own and any(name in needed_first(one, now, later) for one in items):
                entry.filling = filling(name, entry.value, entry.text.partition(" = ")[2])
                entry.text = f"{name} = {kind.__name__}()"
                entry.needs_now = frozenset()

    def _check_circles(self) -> None:
        """Raise CaptureError if values contain each other, so that none can be created first."""
        held = {name: entry.holds for name, entry in self.entries.items()}
        for name in sorted(held):
            if name in reached(held, name):
                raise refusals.refuse_circle(name, self.entries[name].usage)

    # The following methods capture imports.

    def _capture_import(self, name: str, value: object, usage: Usage) -> bool:
        found = import_of_provided(name, value) or import_of_object(name, value, self._cells)
        if found is None:
            return False
        entry = CapturedName(
            name, "import", usage, value, "\n".join(found.lines), modules=found.modules
        )
        self._add(entry)
        return True

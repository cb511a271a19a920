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

The names that the source or expression reads are added to the queue. ``definitions.py`` captures
functions and classes, and this file everything else. ``captured_names.py`` orders the definitions,
``render.py`` writes captured.py, and ``refusals.py`` creates the errors.
"""

from __future__ import annotations

import enum
import sqlite3
import types
from collections import Counter
from collections.abc import Set
from functools import partial
from pathlib import Path

from jupyter_faas.capture import refusals
from jupyter_faas.capture.analysis.names import Names, Usage, part_of, usages
from jupyter_faas.capture.analysis.query_names import names_in_query, texts_in
from jupyter_faas.capture.attribute_reads import ONLY_ATTRIBUTES, read_attributes, told
from jupyter_faas.capture.captured_names import (
    CapturedName,
    array_size,
    is_array,
)
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.data import DataTooLarge, EncodedData, NotData, is_frame
from jupyter_faas.capture.data.native_formats import own_functions
from jupyter_faas.capture.definitions import Definitions
from jupyter_faas.capture.dependencies.imports import import_of_object, import_of_provided
from jupyter_faas.capture.import_statements import write_imports
from jupyter_faas.capture.libraries.display import stand_in
from jupyter_faas.capture.refusals import is_python_builtin
from jupyter_faas.capture.source.creations import find_additions, find_creation
from jupyter_faas.capture.source.generated import find_generated
from jupyter_faas.capture.values.array_memory import find_shared, note_memory
from jupyter_faas.capture.values.data_groups import find_groups, note_group, take_from_list
from jupyter_faas.capture.values.expressions import Expression
from jupyter_faas.capture.values.late_parts import fill_registries, split_circles
from jupyter_faas.capture.values.literals import NotLiteral, TooLong, is_constant_type
from jupyter_faas.errors import CaptureError, listed

# Each object that several values hold becomes a name in captured.py. More of them would make the
# file unreadable and its order slow to compute, so that the values then hold equal objects instead.
_MOST_SHARED = 200


class Closure(Definitions):
    """The captured dependencies of a cell."""

    def __init__(self, context: CaptureContext) -> None:
        super().__init__(context)
        # Library objects by name. They are captured when all sources have been read, because only
        # then it is known whether attributes are sufficient.
        self._objects: dict[str, tuple[object, Usage]] = {}
        self._referred: set[int] = set()

    def collect(self, cell: Names) -> None:
        """Fill ``entries`` with the cell's direct and indirect dependencies.

        Raises CaptureError when a dependency cannot be packaged. The message says where the cell
        uses the dependency.
        """
        self._read(cell)
        self._waiting.extend((name, usage, False) for name, usage in usages(cell.uses).items())
        self._follow(cell)
        while self._queue_shared():
            self._follow(cell)
        self._finish()

    def _follow(self, cell: Names) -> None:
        refused: dict[str, CaptureError] = {}
        while self._waiting or self._queue_queried() or self._queue_extensions() or self._objects:
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

    def _queue_queried(self) -> bool:
        """Queue the variables that queries in captured constants name. Return whether any were."""
        found: dict[str, Usage] = {}
        for name, entry in self.entries.items() if self._runs_queries else ():
            if entry.kind == "constant":
                for text in texts_in(entry.value):
                    for queried in names_in_query(text, self._namespace):
                        found.setdefault(queried, part_of(name, entry.usage))
        waiting = [(name, usage, False) for name, usage in found.items() if name not in self.usages]
        self._whole |= found.keys()
        self._waiting.extend(waiting)
        return bool(waiting)

    def _queue_shared(self) -> bool:
        """Write values again that hold an object which another value holds too, by reference.

        The object then remains one, as in ``best = arms[1]`` or in a list and a dictionary of the
        same players. Return whether any value was written again.
        """
        values = {
            name: entry.kept or entry.value
            for name, entry in self.entries.items()
            if (entry.kind in ("constant", "object", "function") or entry.kept)
            and not entry.part
            and not entry.is_alias
        }
        # What an object holds that is a variable of its own is part of that variable only.
        whole = {id(entry.value) for entry in self.entries.values()}
        held = {
            name: self._values.changeable(value, whole - {id(value)})
            for name, value in values.items()
        }
        counts = Counter(one for parts in held.values() for one in parts)
        shared = {one for one, count in counts.items() if count > 1}
        if len(shared) > _MOST_SHARED or shared <= self._referred:
            return False
        self._referred |= shared
        self._values.share(shared, self.entries)
        again = [name for name, parts in held.items() if parts & shared - {id(values[name])}]
        changed = [name for name in again if self._write_again(name)]
        return bool(changed)

    def _write_again(self, name: str) -> bool:
        entry = self.entries[name]
        if entry.kept:
            # The function or class is captured again, with the values that it keeps.
            del self.entries[name]
            self._capture(name, entry.usage)
            again = self.entries[name]
            return (again.text, again.filling) != (entry.text, entry.filling)
        written = self._values.write(name, entry.value)
        text = f"{name} = {written.text}"
        if text == entry.text:
            return False
        entry.kind = "function" if entry.kind == "function" else "object"
        entry.text, entry.size = text, len(written.text.encode())
        entry.holds = entry.needs_now = entry.libraries = frozenset()
        self._add_parts(entry, written)
        return True

    def _queue_extensions(self) -> bool:
        """Add what the notebook has added to library classes. Return whether more is queued."""
        for entry in list(self._changes.extensions(self._members, self.entries)):
            self._add(entry)
            self.usages[entry.name] = [entry.usage]
            parts = sorted(entry.needs_now)
            self._waiting.extend((part, part_of(entry.name, entry.usage), True) for part in parts)
        return bool(self._waiting)

    def _add_settings(self) -> None:
        needed = self._context.modules.imported | {
            library for entry in self.entries.values() for library in entry.libraries
        }
        if any(entry.kind == "array" for entry in self.entries.values()):
            needed.add("numpy")
        for entry in self._changes.settings(needed, self._members | self.entries.keys()):
            self._add(entry)
            self.usages[entry.name] = [entry.usage]

    def _finish(self) -> None:
        write_imports(self.entries, self._chains, self._context.modules)
        self._add_settings()
        self._group_data()
        self._share_memory()
        fill_registries(self.entries)
        split_circles(self.entries)
        self._add_notes()

    def _group_data(self) -> None:
        """Write data objects that contain the same object together."""
        for group in find_groups(self.entries):
            name = self._context.free_name(f"{group[0].name}_objects")
            values = [entry.value for entry in group]
            try:
                found = self._data.encode(values)
            except (NotData, DataTooLarge):
                note_group(group)
                continue
            shared = [entry.name for entry in group if entry.name not in self._values.parts]
            part = f"the objects of {listed(shared or [group[0].name])}"
            entry = CapturedName(name, "data", group[0].usage, values, part=part, data=found)
            entry.size = found.size
            self._add(entry)
            self.usages[name] = [entry.usage]
            self._load_with_code(entry, found)
            take_from_list(group, name)
            names = {one.name for one in group}
            # A change of one of them may show in the others.
            self._changed |= names if names & self._changed else set()

    def _load_with_code(self, entry: CapturedName, found: EncodedData) -> None:
        """Load a data object after the notebook's functions and classes inside it, if any."""
        if found.code:
            name = entry.name
            names = [self._values.reference(name, one, "code") for one in found.code]
            entry.text = f'{name} = load_data("{name}", [{", ".join(names)}])'
            self._add_parts(entry, Expression(names=set(names)))

    def _share_memory(self) -> None:
        """Write arrays that share memory as views of it, and the memory once."""
        for shared in find_shared(self.entries, self._changed):
            owner = shared.largest
            name = self._context.free_name(f"{owner.name}_memory")
            part = f"the memory of {listed(shared.views)}"
            size = array_size(shared.memory)
            self._add(CapturedName(name, "array", owner.usage, shared.memory, size=size, part=part))
            self.usages[name] = [owner.usage]
            shared.write_views(name, self._context.library("numpy"))

    def _add_notes(self) -> None:
        note_memory(self.entries)
        for name, entry in self.entries.items():
            if name in self._changed and entry.kind in ("constant", "object", "array", "data"):
                entry.notes += ("each worker starts with the notebook's value",)
            # Python randomizes the hashes of texts, on which the order of a set depends.
            value = entry.value
            is_set = isinstance(value, set | frozenset) and any(_has_text(one) for one in value)
            if name in self._ordered and is_set:
                entry.notes += ("its order differs in each worker",)

    def _is_deferred(self, name: str, usage: Usage, is_needed_first: bool) -> bool:
        """Return whether the name is set at run time. Subclasses may override this method."""
        return False

    def _capture(self, name: str, usage: Usage) -> None:
        shown = stand_in(name, self._namespace)
        if shown is not None:
            self._add(CapturedName(name, "function", usage, text=shown, size=len(shown)))
            return
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
        elif (generated := find_generated(value)) is not None:
            self._capture_generated(name, generated, value, usage)
        elif self._context.is_model(value):
            self._capture_model(name, value, usage)
        elif is_array(value):
            # Two names of one array remain one object, which a function may change.
            arrays = (one for one in self.entries.values() if one.kind == "array")
            same = next((one.name for one in arrays if one.value is value), None)
            if same is not None:
                self._add_value(name, "object", usage, value, Expression(same, {same}))
            else:
                self._add(CapturedName(name, "array", usage, value, size=array_size(value)))
        # A constant is written as a literal even if a library contains the same object
        # (``math.pi``). The package then does not depend on the library or its version.
        elif is_constant_type(value) or not self._capture_import(name, value, usage):
            self._capture_value(name, value, usage)

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
            if not self._capture_attributes(name, value, usage) and not self._capture_creation(
                name, value, usage
            ):
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
            if self._capture_creation(name, value, usage):
                return
            raise self._refusal(name, found_at, usage) from None
        except DataTooLarge as error:
            raise refusals.too_large(name, value, error.size, usage) from None
        # The statements that created an object also run what its library does with the functions.
        if found.code and self._capture_creation(name, value, usage):
            return
        entry = CapturedName(name, "data", usage, value, size=found.size, data=found)
        self._add(entry)
        self._load_with_code(entry, found)
        if isinstance(value, sqlite3.Connection):
            self._add_functions(entry, value)
        for module in sorted(found.modules):
            self._context.modules.need(module, "The package imports", f"needed to load {name}")

    def _add_functions(self, entry: CapturedName, value: object) -> None:
        """Add the notebook's functions to a connection of SQLite, by the notebook's statements."""
        wanted = own_functions(value)
        if not wanted:
            return
        found = find_additions(entry.name, wanted, self._cells)
        if found is None:
            del self.entries[entry.name]
            raise refusals.refuse_functions(entry.name, sorted(wanted)[0], entry.usage)
        loaded = entry.text or f'{entry.name} = load_data("{entry.name}")'
        entry.text = f"{loaded}\n{found.text}"
        size = entry.size
        self._read_definition(found.tree, entry.usage, entry, future=False)
        entry.size = size
        entry.needs_now -= {entry.name}
        entry.needs_later -= {entry.name}

    def _capture_creation(self, name: str, value: object, usage: Usage) -> bool:
        """Capture the statements that created the object. Returns False if that will not do."""
        found = find_creation(name, value, self._cells, self._namespace)
        if found is None:
            return False
        entry = CapturedName(name, "object", usage, value, found.text, part="created again")
        self._read_definition(found.tree, usage, entry, future=False)
        return True

    def _capture_attributes(self, name: str, value: object, usage: Usage) -> bool:
        """Capture only the attributes that the sources read. Returns False if that will not do."""
        chains = set() if name in self._whole else self._chains.get(name, set())
        found = self._write_attributes(name, value, "", chains)
        if found is None:
            return False
        written, read = found
        text = f"{name} = {written.text}"
        entry = CapturedName(name, "object", usage, value, text, len(text), part=told(read))
        self._add(entry)
        self._add_parts(entry, written)
        return True

    def _write_attributes(
        self, name: str, value: object, where: str, chains: Set[tuple[str, ...]]
    ) -> tuple[Expression, list[str]] | None:
        """Write an object at ``where`` in ``name`` with only the attributes in ``chains``.

        An attribute of which again only attributes are read, as in ``bunch.data.columns``, is
        written in the same way. Returns the expression and the paths of the attributes, or None if
        the attributes will not do.
        """
        found = read_attributes(value, chains)
        if found is None:
            return None
        written = Expression()
        texts: list[str] = []
        read: list[str] = []
        for key, part in found.items():
            at = f"{where}.{key}"
            deeper = {chain[1:] for chain in chains if chain[0] == key}
            is_object = () not in deeper and self._data.is_candidate(part)
            inner = self._write_attributes(name, part, at, deeper) if is_object else None
            if inner is not None:
                one, paths = inner
            else:
                try:
                    one, paths = self._values.write(name, part, at), [at.removeprefix(".")]
                except (NotLiteral, TooLong, DataTooLarge):
                    return None
            texts.append(f"{key}={one.text}")
            read += paths
            written.names |= one.names
            written.libraries |= one.libraries
        written.text = f"{ONLY_ATTRIBUTES}({f'{name}{where}'!r}, {', '.join(texts)})"
        return written, read

    def _capture_import(self, name: str, value: object, usage: Usage) -> bool:
        found = import_of_provided(name, value) or import_of_object(name, value, self._cells)
        if found is None:
            return False
        entry = CapturedName(
            name, "import", usage, value, "\n".join(found.lines), modules=found.modules
        )
        self._add(entry)
        return True


def _has_text(value: object) -> bool:
    return isinstance(value, str | bytes) or (
        isinstance(value, tuple | frozenset) and any(map(_has_text, value))
    )

"""Follows the names of a cell through the notebook, to everything they lead to."""

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
from jupyter_faas.capture.context import Surroundings
from jupyter_faas.capture.dependencies.imports import import_of_object, import_of_provided
from jupyter_faas.capture.import_statements import write_imports
from jupyter_faas.capture.pieces import ItemKind, Piece, array_size, is_array, reached
from jupyter_faas.capture.refusals import is_given
from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.source.factories import (
    SharedCells,
    is_dispatcher,
    make_again,
    method_path,
)
from jupyter_faas.capture.source.objects import (
    FUTURE_ANNOTATIONS,
    NotebookSources,
    SourceMissing,
    is_handle,
)
from jupyter_faas.capture.staleness import changed_since
from jupyter_faas.capture.values.expressions import Values, Written
from jupyter_faas.capture.values.literals import NotLiteral, TooLong, is_constant_type
from jupyter_faas.errors import CaptureError


class Closure:
    """The pieces that a cell needs, by name, in the order in which they were met."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.pieces: dict[str, Piece] = {}
        self.usages: dict[str, list[Usage]] = {}
        self.future_annotations = False
        self._surroundings = surroundings
        self._namespace = surroundings.namespace
        self._cells = ExecutedCells(self._namespace)
        self._sources = NotebookSources(self._namespace, self._cells)
        self._values = Values(surroundings, self._sources, self._cells)
        self._shared = SharedCells()
        self._chains: dict[str, set[tuple[str, ...]]] = {}
        # The last says: needed while captured.py runs, before the cell itself does.
        self._waiting: deque[tuple[str, Usage, bool]] = deque()

    def collect(self, cell: Names) -> None:
        """Fill ``pieces`` with what the cell leads to. Raises CaptureError, naming the way."""
        self._read(cell)
        self._waiting.extend((name, usage, False) for name, usage in usages(cell.uses).items())
        self._follow(cell)
        self._finish()

    def _follow(self, cell: Names) -> None:
        while self._waiting:
            name, usage, is_needed_first = self._waiting.popleft()
            self.usages.setdefault(name, []).append(usage)
            if name in self.pieces or is_given(name, self._namespace):
                continue
            if name not in self._namespace and name in cell.set_by_functions:
                continue
            if name in cell.bound and not is_needed_first:
                # A helper's body finds it when it is called, after the cell has run.
                continue
            if not self._comes_later(name, usage, is_needed_first):
                self._take(name, usage)

    def _finish(self) -> None:
        write_imports(self.pieces, self._chains, self._surroundings.modules)
        self._check_circles()

    def asked(self, name: str) -> frozenset[str]:
        """The attributes that are read from the name, in the cell and in all that it leads to.

        For a model, also those that are read from its other names.
        """
        names = [name, *(piece.name for piece in self.pieces.values() if piece.same_as == name)]
        return frozenset(chain[0] for each in names for chain in self._chains.get(each, ()))

    def _read(self, names: Names) -> None:
        self.future_annotations |= names.future_annotations
        for name, chains in names.attributes.items():
            self._chains.setdefault(name, set()).update(chains)

    def _comes_later(self, name: str, usage: Usage, is_needed_first: bool) -> bool:
        """Whether the name is set when the code runs, and so does not travel."""
        return False

    def _take(self, name: str, usage: Usage) -> None:
        if refusals.is_notebook_only(name):
            raise refusals.notebook_only(name, usage)
        if name in self._values.parts:
            value = self._values.parts[name]
        elif name in self._namespace:
            value = self._namespace[name]
        else:
            raise refusals.unknown(name, usage, self._namespace)
        if refusals.is_composition(value):
            raise refusals.refuse_composition(name, usage)
        if isinstance(value, types.ModuleType):
            self._add(Piece(name, "import", usage, value))
        elif self._sources.is_from_notebook(value):
            self._take_source(name, value, usage)
        elif self._surroundings.is_model(value):
            self._take_model(name, value, usage)
        elif is_array(value):
            self._add(Piece(name, "array", usage, value, size=array_size(value)))
        elif is_constant_type(value) or not self._take_import(name, value, usage):
            self._take_value(name, value, usage)

    def _add(self, piece: Piece) -> None:
        self.pieces[piece.name] = piece

    def _take_model(self, name: str, value: object, usage: Usage) -> None:
        same = (p.name for p in self.pieces.values() if p.kind == "model" and p.value is value)
        self._add(Piece(name, "model", usage, value, same_as=next(same, "")))

    # Functions and classes

    def _take_source(self, name: str, value: object, usage: Usage) -> None:
        if is_handle(value):
            refusals.check_handle(name, self.asked(name), usage)
        if is_dispatcher(value):
            raise refusals.refuse_dispatcher(name, usage)
        try:
            if name in self._values.parts:
                raise SourceMissing("is a function without a name", "Give it one, with def.")
            source = self._sources.find(name, value)
        except SourceMissing as error:
            if not self._take_made(name, value, usage):
                raise refusals.refuse_because(name, error.what, usage, error.hint) from None
            return
        if source.binds != name:
            text = f"{name} = {source.binds}"
            needs = frozenset({source.binds})
            self._add(Piece(name, source.kind, usage, value, text, len(text), needs))
            self._waiting.append((source.binds, usage, True))
            return
        changed = changed_since(source, value, self._namespace, self._sources)
        if changed is not None:
            raise refusals.refuse_changed(name, changed, usage)
        piece = Piece(name, source.kind, usage, value, source.text)
        function = value.__wrapped__ if is_handle(value) else value  # type: ignore[attr-defined]  # has it
        if type(function) is types.FunctionType and not hasattr(function, "__wrapped__"):
            self._add_attributes(piece, function)
        self._read_definition(source.tree, usage, piece, future=source.future_annotations)

    def _read_definition(
        self, tree: ast.Module, usage: Usage, piece: Piece, *, future: bool
    ) -> None:
        names = find_names(tree, future_annotations=future)
        self._read(names)
        self._surroundings.modules.need_imports(tree, self._owner(piece.name))
        now = frozenset(use.name for use in names.uses if use.immediate)
        piece.needs_now = piece.needs_now | now
        piece.needs_later = frozenset(use.name for use in names.uses) - piece.needs_now
        piece.size = len(piece.text.encode())
        self._add(piece)
        for needed, needed_usage in self._usages(names, piece.name, usage).items():
            self._waiting.append((needed, needed_usage, needed in piece.needs_now))

    def _owner(self, name: str) -> str:
        return f"the cell that defines {name}"

    def _usages(self, names: Names, owner: str, usage: Usage) -> dict[str, Usage]:
        """Where the definition of ``owner`` uses what, as messages tell it."""
        return usages(names.uses, owner, usage)

    def _take_made(self, name: str, value: object, usage: Usage) -> bool:
        """A function that a factory made, a lambda in a table, a method by another name."""
        function = value.__wrapped__ if is_handle(value) else value  # type: ignore[attr-defined]  # has it
        method = method_path(function, self._namespace)
        if method is not None:
            self._add_value(name, "function", usage, value, Written(method, {method.split(".")[0]}))
            return True
        if not isinstance(function, types.FunctionType):
            # A cache around a function, for one.
            with suppress(NotLiteral, TooLong):
                self._add_value(name, "function", usage, value, self._values.write(name, value))
            return name in self.pieces
        written = Written()
        try:
            made = make_again(
                name, function, self._cells, partial(self._write_kept, name, usage, written)
            )
        except SourceMissing as error:
            raise refusals.refuse_because(name, error.what, usage, error.hint) from None
        for shared, other in self._shared.conflicts(name, function, made.changes):
            raise refusals.refuse_shared(name, shared, other, usage)
        piece = Piece(name, "function", usage, value, made.text, leaves=made.leaves)
        self._hold(piece, written)
        self._add_attributes(piece, function)
        future = bool(function.__code__.co_flags & FUTURE_ANNOTATIONS)
        self._read_definition(made.tree, usage, piece, future=future)
        return True

    def _write_kept(
        self, name: str, usage: Usage, written: Written, part: str, value: object
    ) -> str:
        """The expression for what a function keeps, noted in ``written``."""
        try:
            one = self._values.write(name, value, f".{part}")
        except NotLiteral as error:
            raise refusals.refuse_kept(name, part, error, usage) from None
        except TooLong:
            raise refusals.too_long(f"{part} of {name}", usage) from None
        written.names |= one.names
        written.libraries |= one.libraries
        return one.text

    def _add_attributes(self, piece: Piece, function: object) -> None:
        """``f.count = 0`` below a function that had attributes set."""
        written = Written()
        for key, value in vars(function).items():
            if key != "__wrapped__":
                text = self._write_kept(piece.name, piece.usage, written, key, value)
                piece.text += f"\n{piece.name}.{key} = {text}"
        self._hold(piece, written)

    def _hold(self, piece: Piece, written: Written) -> None:
        piece.holds = frozenset(piece.holds | written.names)
        piece.needs_now = frozenset(piece.needs_now | written.names)
        piece.libraries = frozenset(piece.libraries | written.libraries)
        parts = sorted(written.names)
        self._waiting.extend((part, part_of(piece.name, piece.usage), True) for part in parts)

    # Values

    def _take_value(self, name: str, value: object, usage: Usage) -> None:
        other = self._same_object(value)
        if other is not None:
            kind = self.pieces[other].kind
            self._add_value(name, kind, usage, value, Written(other, {other}))
            return
        try:
            written = self._values.write(name, value)
        except NotLiteral as error:
            if is_constant_type(value) and self._take_import(name, value, usage):
                return
            raise self._refusal(name, error, usage) from None
        except TooLong:
            raise refusals.too_long(name, usage) from None
        is_function = isinstance(value, types.MethodType | types.BuiltinMethodType | partial)
        is_plain = not written.names or isinstance(value, enum.Enum)
        kind = "function" if is_function else "constant" if is_plain else "object"
        self._add_value(name, kind, usage, value, written)

    def _refusal(self, name: str, error: NotLiteral, usage: Usage) -> CaptureError:
        if isinstance(error.value, Path):
            hint = self._surroundings.modules.lost_path(error.value) or ""
            return refusals.lost_path(f"{name}{error.where}", error.value, usage, hint)
        return refusals.refuse_content(name, error, usage)

    def _same_object(self, value: object) -> str | None:
        """The name under which a changeable value travels already."""
        if isinstance(value, int | float | complex | str | bytes | tuple | frozenset | None):
            return None
        for name, piece in self.pieces.items():
            if piece.value is value and piece.kind in ("constant", "object"):
                return name
        return None

    def _add_value(
        self, name: str, kind: ItemKind, usage: Usage, value: object, written: Written
    ) -> None:
        piece = Piece(name, kind, usage, value, f"{name} = {written.text}")
        piece.size = len(written.text.encode())
        self._add(piece)
        self._hold(piece, written)

    def _check_circles(self) -> None:
        """Refuse values that hold each other: neither could be made before the other."""
        held = {name: piece.holds for name, piece in self.pieces.items()}
        for name in sorted(held):
            if name in reached(held, name):
                raise refusals.refuse_circle(name, self.pieces[name].usage)

    # Imports

    def _take_import(self, name: str, value: object, usage: Usage) -> bool:
        found = import_of_provided(name, value) or import_of_object(name, value, self._cells)
        if found is None:
            return False
        piece = Piece(name, "import", usage, value, "\n".join(found.lines), modules=found.modules)
        self._add(piece)
        return True

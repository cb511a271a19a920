"""Follows the names of a cell through the notebook, to everything they lead to."""

from __future__ import annotations

import builtins
import types
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jupyter_faas.capture import refusals
from jupyter_faas.capture.cells import ExecutedCells
from jupyter_faas.capture.imports import import_of_module, import_of_object
from jupyter_faas.capture.literals import NotLiteral, TooLong, is_constant_type, write_literal
from jupyter_faas.capture.modules import NeededModules
from jupyter_faas.capture.names import Names
from jupyter_faas.capture.pieces import Piece, array_size, is_array
from jupyter_faas.capture.provided import MODULE, NAMES, import_of_provided
from jupyter_faas.capture.reader import find_names
from jupyter_faas.capture.sources import NotebookSources, SourceMissing, is_handle
from jupyter_faas.capture.staleness import changed_since
from jupyter_faas.capture.usage import Usage, usages

_OF_HANDLES = frozenset({"activations", "deploy", "invoke", "remove", "replay"})


@dataclass(frozen=True)
class Surroundings:
    """What a capture looks at besides the cell: the live names and the rules about them.

    ``numpy_name`` is how generated constants may call numpy without clashing with a name of the
    notebook.
    """

    namespace: Mapping[str, object]
    is_model: Callable[[object], bool]
    modules: NeededModules

    @property
    def numpy_name(self) -> str:
        taken = self.namespace.get("numpy")
        is_free = taken is None or getattr(taken, "__name__", "") == "numpy"
        return "numpy" if is_free else "numpy_"


class Closure:
    """The pieces that a cell needs, by name, in the order in which they were met."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.pieces: dict[str, Piece] = {}
        self.future_annotations = False
        self._surroundings = surroundings
        self._namespace = surroundings.namespace
        self._cells = ExecutedCells(self._namespace)
        self._sources = NotebookSources(self._namespace, self._cells)
        self._chains: dict[str, set[tuple[str, ...]]] = {}
        # The last says: needed while captured.py runs, before the cell itself does.
        self._waiting: deque[tuple[str, Usage, bool]] = deque()

    def collect(self, cell: Names) -> None:
        """Fill ``pieces`` with what the cell leads to. Raises CaptureError, naming the way."""
        self._read(cell)
        self._waiting.extend((name, usage, False) for name, usage in usages(cell.uses).items())
        while self._waiting:
            name, usage, is_needed_first = self._waiting.popleft()
            if name in self.pieces or self._is_given(name):
                continue
            if name not in self._namespace and name in cell.set_by_functions:
                continue
            if name in cell.bound and not is_needed_first:
                # A helper's body finds it when it is called, after the cell has run.
                continue
            self._take(name, usage)
        self._write_imports()

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

    def _is_given(self, name: str) -> bool:
        """Whether Python itself provides the name, and the notebook has not replaced it."""
        if not hasattr(builtins, name) or refusals.is_notebook_only(name):
            return False
        value = self._namespace.get(name, getattr(builtins, name))
        if value is getattr(builtins, name):
            return True
        # IPython puts its own open, exit and quit into the notebook. Its open poses as Python's
        # in every attribute, but for where its code runs.
        code_lives_in = getattr(value, "__globals__", {}).get("__name__", "")
        return "IPython" in (
            str(code_lives_in).partition(".")[0],
            type(value).__module__.partition(".")[0],
        )

    def _take(self, name: str, usage: Usage) -> None:
        if refusals.is_notebook_only(name):
            raise refusals.notebook_only(name, usage)
        if name not in self._namespace:
            raise refusals.unknown(name, usage, self._namespace)
        value = self._namespace[name]
        if isinstance(value, types.ModuleType):
            self._add(Piece(name, "import", usage, value))
        elif self._sources.is_from_notebook(value):
            self._take_source(name, value, usage)
        elif self._surroundings.is_model(value):
            self._take_model(name, value, usage)
        elif is_array(value):
            self._add(Piece(name, "array", usage, value, size=array_size(value)))
        elif is_constant_type(value):
            self._take_constant(name, value, usage)
        else:
            self._take_import(name, value, usage)

    def _add(self, piece: Piece) -> None:
        self.pieces[piece.name] = piece

    def _take_model(self, name: str, value: object, usage: Usage) -> None:
        same = (p.name for p in self.pieces.values() if p.kind == "model" and p.value is value)
        self._add(Piece(name, "model", usage, value, same_as=next(same, "")))

    def _take_source(self, name: str, value: object, usage: Usage) -> None:
        if is_handle(value):
            self._check_handle(name, usage)
        try:
            source = self._sources.find(name, value)
        except SourceMissing as error:
            raise refusals.refuse_because(name, error.what, usage, error.hint) from None
        if source.binds != name:
            text = f"{name} = {source.binds}"
            needs = frozenset({source.binds})
            self._add(Piece(name, source.kind, usage, value, text, len(text), needs))
            self._waiting.append((source.binds, usage, True))
            return
        changed = changed_since(source, value, self._namespace, self._sources)
        if changed is not None:
            raise refusals.refuse_because(
                name,
                f"was defined when {changed} meant something else",
                usage,
                f"Run the cell that defines {name} again.",
            )
        names = find_names(source.tree, future_annotations=source.future_annotations)
        self._read(names)
        self._surroundings.modules.need_imports(source.tree, f"the cell that defines {name}")
        now = frozenset(use.name for use in names.uses if use.immediate)
        later = frozenset(use.name for use in names.uses) - now
        size = len(source.text.encode())
        self._add(Piece(name, source.kind, usage, value, source.text, size, now, later))
        for needed, needed_usage in usages(names.uses, name, usage).items():
            self._waiting.append((needed, needed_usage, needed in now))

    def _check_handle(self, name: str, usage: Usage) -> None:
        """A packaged function travels as what it is in the cell, a plain function."""
        for method in sorted(self.asked(name) & _OF_HANDLES):
            raise refusals.refuse_because(
                f"{name}.{method}",
                "works only in a notebook",
                usage,
                f"Call {name}(…) itself: its code travels along.",
            )

    def _check_provided(self, piece: Piece) -> None:
        for attribute in sorted(self.asked(piece.name) - set(NAMES)):
            raise refusals.refuse_because(
                f"{piece.name}.{attribute}",
                "works only in a notebook",
                piece.usage,
                f"In an action, jupyter_faas has {' and '.join(NAMES)}.",
            )

    def _take_constant(self, name: str, value: object, usage: Usage) -> None:
        try:
            literal = write_literal(value, self._surroundings.numpy_name)
        except NotLiteral as error:
            raise refusals.refuse_content(name, error, usage) from None
        except TooLong:
            raise refusals.refuse_because(
                name,
                "is longer than 1 MB when it is written out",
                usage,
                "Make it a numpy array, or put it into a file, take that along with --include "
                "and read it in the cell.",
            ) from None
        text = f"{name} = {literal.text}"
        piece = Piece(name, "constant", usage, value, text, len(literal.text.encode()))
        piece.needs_numpy = literal.needs_numpy
        self._add(piece)

    def _take_import(self, name: str, value: object, usage: Usage) -> None:
        found = import_of_provided(name, value) or import_of_object(name, value, self._cells)
        if found is None:
            raise refusals.refuse(name, value, usage)
        piece = Piece(name, "import", usage, value, "\n".join(found.lines), modules=found.modules)
        self._add(piece)

    def _write_imports(self) -> None:
        """Once everything is read, so that ``import a`` also brings the submodules in use."""
        for piece in self.pieces.values():
            if piece.kind != "import":
                continue
            if isinstance(piece.value, types.ModuleType):
                chains = self._chains.get(piece.name, set())
                if piece.value.__name__ == MODULE:
                    self._check_provided(piece)
                found = import_of_module(piece.name, piece.value, chains)
                if found is None:
                    raise refusals.refuse(piece.name, piece.value, piece.usage)
                piece.text, piece.modules = "\n".join(found.lines), found.modules
            where = f"{piece.usage.sentence(piece.name)}:"
            piece.size = sum(
                self._surroundings.modules.need(module, f"{where} it comes from")
                for module in piece.modules
            )

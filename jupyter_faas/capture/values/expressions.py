"""Conversion of a notebook's value to a Python expression that creates an equal value.

Models, arrays and functions inside a value are captured separately and referred to by name.
"""

from __future__ import annotations

import builtins
import pathlib
import re
import types
from collections.abc import Callable, Collection, Set
from dataclasses import dataclass, field
from typing import Any

from jupyter_faas.capture.captured_names import is_array
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.data import DataObjects, NotData
from jupyter_faas.capture.dependencies.imports import import_path_of
from jupyter_faas.capture.refusals import is_notebook_only
from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.source.generated import find_generated
from jupyter_faas.capture.source.objects import NotebookSources, core_function, is_handle
from jupyter_faas.capture.values.attributes import stored_attribute
from jupyter_faas.capture.values.class_calls import is_made_by_call, write_class
from jupyter_faas.capture.values.instances import write_instance
from jupyter_faas.capture.values.library_types import spell
from jupyter_faas.capture.values.literals import NotLiteral, Write, write_literal
from jupyter_faas.capture.values.shared import changeable_parts, shared_parts
from jupyter_faas.capture.values.templates import (
    is_environment,
    is_template,
    texts_of,
    write_environment,
    write_template,
)


@dataclass
class Expression:
    """A Python expression, with the captured names and the modules that it uses.

    ``kept`` has the values that a function keeps, if they are written as expressions.
    """

    text: str = ""
    names: set[str] = field(default_factory=set)
    libraries: set[str] = field(default_factory=set)
    kept: list[object] = field(default_factory=list)


class ExpressionWriter:
    """A converter of values to expressions.

    An object inside a value that is captured separately, such as an array in a dictionary, gets a
    new name. ``parts`` maps each new name to its object.
    """

    def __init__(
        self,
        context: CaptureContext,
        sources: NotebookSources,
        cells: ExecutedCells,
        data: DataObjects,
    ) -> None:
        self.parts: dict[str, object] = {}
        self._context = context
        self._sources = sources
        self._cells = cells
        self._data = data
        self._names_of_parts: dict[int, str] = {}
        # The ids of containers and objects that occur more than once in a value.
        self._shared: set[int] = set()
        self._captured: Collection[str] = ()
        # The texts of the notebook, one of which may be the text of a template.
        self._texts: list[str] | None = None
        self._conversions: dict[int, tuple[object, object]] = {}

    def write(self, owner: str, value: object, where: str = "") -> Expression:
        """Return an expression for ``value``.

        ``owner`` is the name of the value, or of the object that contains the value at ``where``
        (``[3]``). Raises NotLiteral when the value cannot be written, and TooLong when the
        expression would exceed the size limit.
        """
        # A value that a function keeps may be one that other values hold too.
        if where and id(value) in self._shared:
            known = self._shared_name(value, owner) or self._part(f"{owner}{where}", value)
            return Expression(known, {known})
        written = Expression()

        def library(module: str) -> str:
            written.libraries.add(module)
            return self._context.library(module)

        def refer(name: str) -> str:
            written.names.add(name)
            return name

        def extend(inner: Any, at: str, write: Write) -> str | None:
            # A path to a file on this machine would not exist in an action.
            if isinstance(inner, pathlib.Path):
                if self._context.modules.lost_path(inner):
                    return None
                # ``Path.cwd() / "data"`` is in the folder of the package in the action.
                inside = self._context.modules.inside(inner)
                if inside is not None:
                    return f"{library('pathlib')}.Path({inside.as_posix()!r}).absolute()"
            if type(inner).__module__ == "numpy" and (scalar := spell(inner, at, write, library)):
                return scalar
            if inner is value and at and not where:
                # A value that contains itself is filled when it exists.
                return refer(owner)
            # The whole value is excluded, because it would be written as a reference to itself.
            if inner is not value or where:
                known = self._existing_name(inner, owner) or self._shared_name(inner, owner)
                if known is not None:
                    return refer(known)
                if self._is_part(inner) or id(inner) in self._shared:
                    return refer(self._part(f"{owner}{where}{at}", inner))
            if type(inner) is object:
                return "object()"
            text = (
                self._callable(inner, at, write, library)
                or spell(inner, at, write, library)
                or write_instance(inner, at, write, self._is_own, self._converted)
                or (write_class(inner, at, write, library) if self._is_own_class(inner) else None)
            )
            if text is None and (inner is not value or where or owner in self.parts):
                text = self._template(inner, owner, where, at, write, library, refer)
            if text is None and (inner is not value or where):
                name = self._data_name(inner, owner, f"{where}{at}")
                text = None if name is None else refer(name)
            return text

        self._shared |= shared_parts(value, self._is_own)
        literal = write_literal(value, self._context.library("numpy"), extend, self._shared)
        if literal.needs_numpy:
            written.libraries.add("numpy")
        written.text = literal.text
        return written

    def changeable(self, value: object, known: Set[int]) -> set[int]:
        """Return the ids of the objects in ``value`` that code may change, such as lists.

        The parts of the objects in ``known`` are left out.
        """
        return changeable_parts(value, self._is_own, known)

    def share(self, ids: Set[int], captured: Collection[str]) -> None:
        """Write these objects as references from now on, preferably by a captured name."""
        self._shared |= ids
        self._captured = captured

    def reference(self, owner: str, value: object, label: str) -> str:
        """Return the name by which captured.py refers to a function or class inside ``owner``.

        The notebook's name is used if there is one. Otherwise, a new name is made of ``owner`` and
        ``label``.
        """
        return self._existing_name(value, owner) or self._part(f"{owner}_{label}", value)

    def _existing_name(self, value: object, owner: str) -> str | None:
        """Return the notebook's name for a class, function, array, model or user-defined object.

        References to the same object then remain references to one object. Returns None for other
        values, and if no other variable refers to the object.
        """
        if not (self._is_part(value) or isinstance(value, type) or self._is_own(type(value))):
            return None
        # The object's own name is tried before any other name that refers to it.
        own = stored_attribute(value, "__name__", "")
        is_known = isinstance(own, str) and own in self._context.namespace
        names = (own, *self._context.namespace) if is_known else None
        for name in names or self._context.namespace:
            held = self._context.namespace.get(name)
            same = held is value or (is_handle(held) and core_function(held) is value)
            # IPython stores results in variables such as ``_`` and ``_12``.
            # What a class holds is set after its definition, and may contain objects of the class.
            may_refer = name != owner or isinstance(value, type)
            if same and may_refer and not is_notebook_only(name):
                return name
        return None

    def _shared_name(self, value: object, owner: str) -> str | None:
        """Return the notebook's name for an object that a value holds more than once, or None."""
        if id(value) not in self._shared:
            return None
        held = [name for name, held in self._context.namespace.items() if held is value]
        names = [name for name in held if name != owner and not is_notebook_only(name)]
        return min(names, key=lambda name: name not in self._captured, default=None)

    def _template(
        self,
        value: object,
        owner: str,
        where: str,
        at: str,
        write: Write,
        library: Callable[[str], str],
        refer: Callable[[str], str],
    ) -> str | None:
        """Return the expression for a Jinja template or environment, or None for other values.

        Raises NotLiteral for a template inside an object if it cannot be written.
        """
        if is_template(value):
            if self._texts is None:
                self._texts = texts_of(self._context.namespace, self._cells)
            written = write_template(value, at, write, library, self._texts)
            if written is None and at:
                raise NotLiteral(at, value)
            return written
        if not is_environment(value):
            return None
        # Templates have the environment in common.
        if self.parts.get(owner) is value and not at:
            return write_environment(value, at, write, library)
        held = (name for name, held in self._context.namespace.items() if held is value)
        usable = (name for name in held if name != owner and not is_notebook_only(name))
        return refer(next(usable, None) or self._part(f"{owner}{where}{at}", value))

    def _data_name(self, value: object, owner: str, where: str) -> str | None:
        """Return the name of a data object inside a value, or None for other values.

        Raises NotLiteral if a part of the object cannot be written.
        """
        if not self._data.is_candidate(value):
            return None
        try:
            self._data.encode(value)
        except NotData as error:
            raise NotLiteral(f"{where}{error.where}", error.value) from None
        names = (name for name, held in self._context.namespace.items() if held is value)
        usable = (name for name in names if name != owner and not is_notebook_only(name))
        known = next(usable, None)
        return known or self._part(f"{owner}{where}", value)

    def _converted(self, value: object, convert: Callable[[Any], object]) -> object:
        # A part is recognized by its identity, also when its owner is written again.
        if id(value) not in self._conversions:
            self._conversions[id(value)] = (value, convert(value))
        return self._conversions[id(value)][1]

    def _is_part(self, value: object) -> bool:
        # The identity of a bare object is its only property.
        if is_handle(value) or type(value) is object or self._is_own_class(value):
            return True
        is_code = core_function(value) is not None and self._sources.is_from_notebook(value)
        is_code = is_code or find_generated(value) is not None
        return is_code or is_array(value) or self._context.is_model(value)

    def _is_own_class(self, value: object) -> bool:
        """Return whether a class is the notebook's, and was created by a call, as ``type(…)``."""
        return self._sources.is_from_notebook(value) and is_made_by_call(value)

    # Objects are compared by identity, so that an array that occurs twice becomes one file and
    # remains one object.
    def _part(self, wanted: str, value: object) -> str:
        if id(value) not in self._names_of_parts:
            name = re.sub(r"\W+", "_", wanted).strip("_")
            name = self._context.free_name(name)
            while name in self.parts:
                name = f"{name}_"
            self._names_of_parts[id(value)] = name
            self.parts[name] = value
        return self._names_of_parts[id(value)]

    def _is_own(self, kind: type) -> bool:
        """Return whether a class is defined in the notebook or in a local module."""
        return self._sources.is_from_notebook(kind) or self._context.modules.is_local(
            str(kind.__module__)
        )

    def _callable(
        self, value: Any, where: str, write: Write, library: Callable[[str], str]
    ) -> str | None:
        if isinstance(value, types.ModuleType):
            return library(value.__name__)
        if isinstance(value, types.MethodType):
            if not self._is_own(type(value.__self__)):
                # A library may export methods of its own object, as mpmath and random do.
                place = import_path_of(value.__name__, value, self._cells)
                if place is not None:
                    return f"{library(place[0])}.{place[1]}"
            held = write(value.__self__, where)
            # ``types.MethodType`` binds a function that the class does not have under its name.
            own = getattr(value.__self__, value.__name__, None)
            if getattr(own, "__func__", None) is not value.__func__:
                return f"{library('types')}.MethodType({write(value.__func__, where)}, {held})"
            return f"{held}.{value.__name__}"
        if isinstance(value, types.BuiltinMethodType) and not isinstance(
            value.__self__, types.ModuleType | types.NoneType
        ):
            text = write(value.__self__, where)
            # ``3.bit_length`` is a syntax error, so numbers are written in parentheses.
            return f"{f'({text})' if text[0] in '-0123456789' else text}.{value.__name__}"
        if isinstance(value, types.MethodDescriptorType):
            return f"{write(value.__objclass__, where)}.{value.__name__}"
        if not callable(value) or not isinstance(stored_attribute(value, "__name__"), str):
            return None
        name = value.__name__
        if getattr(builtins, name, None) is value and name not in self._context.namespace:
            return str(name)
        place = import_path_of(name, value, self._cells)
        return f"{library(place[0])}.{place[1]}" if place is not None else None

"""Search for the functions and classes that a model holds: transformers, tokenizers, metrics.

A model that travels as it is refers to these objects by name. Those of the notebook become captured
names, whose source is executed before the model is loaded. Those of the user's modules travel as
files.
"""

from __future__ import annotations

import io
import pickle
import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from jupyter_faas.capture.analysis.names import Usage
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.model_values import HeldValue, values_of
from jupyter_faas.capture.refusals import refuse_old_class
from jupyter_faas.capture.source.objects import NotebookSources, shape
from jupyter_faas.capture.values.expressions import ExpressionWriter

# Attributes of a class that do not affect what the class does.
_IGNORED = (
    "__module__",
    "__dict__",
    "__weakref__",
    "__doc__",
    "__firstlineno__",
    "__static_attributes__",
    "__qualname__",
    # copyreg adds this one to a class when the first instance is pickled.
    "__slotnames__",
)


@dataclass(frozen=True)
class ModelCode:
    """The notebook's functions and classes that a model holds, and the source that defines them.

    ``names`` maps the names that ``source`` binds to the live objects. ``files`` maps the paths of
    the files that ``source`` reads, relative to the package, to their contents. ``values`` has the
    place in the model and the name of each value that the skops format cannot hold.
    """

    source: str
    names: Mapping[str, object]
    files: Mapping[str, bytes] = field(default_factory=dict)
    values: Sequence[Any] = ()


def code_of(model: object) -> list[Any]:
    """Return the functions and classes that ``model`` refers to, in the order of the search.

    They include those of libraries. If the model cannot be pickled, the search ends at the object
    that prevents it.
    """
    searcher = _Searcher()
    # A user's ``__reduce__`` may raise anything. The conversion reports what cannot be pickled.
    with suppress(Exception):
        searcher.dump(model)
    return searcher.found


class ModelCodeFinder:
    """A finder that names the notebook's functions and classes inside a model."""

    def __init__(
        self, context: CaptureContext, sources: NotebookSources, values: ExpressionWriter
    ) -> None:
        self._context = context
        self._sources = sources
        self._values = values

    def find(self, name: str, model: object, usage: Usage) -> dict[str, object]:
        """Return the notebook's functions and classes inside a model, by their captured names.

        Adds the user's modules that define other ones to the package. Raises CaptureError for a
        class whose cell has been changed and run again since the model was fitted.
        """
        found = {}
        for one in code_of(model):
            if self._sources.is_from_notebook(one):
                found[self._name(name, one, usage)] = one
            elif self._context.modules.is_local(str(one.__module__).partition(".")[0]):
                why = f"{name} holds {one.__qualname__}"
                self._context.modules.need(one.__module__, f"The model {name} needs", why)
        return found

    def values(self, name: str, model: object) -> dict[str, HeldValue]:
        """Return the values in a model that the skops format cannot hold, by their new names."""
        found = values_of(model, self._is_own)
        return {self._values.reference(name, one.value, one.label): one for one in found}

    def _is_own(self, kind: type) -> bool:
        top = str(kind.__module__).partition(".")[0]
        return self._sources.is_from_notebook(kind) or self._context.modules.is_local(top)

    def _name(self, model: str, one: Any, usage: Usage) -> str:
        label = str(one.__name__)
        current = self._context.namespace.get(label)
        if isinstance(one, type) and current is not one:
            if same_class(one, current):
                # The cell that defines the class ran again after the model was fitted.
                return label
            if isinstance(current, type) and self._sources.is_from_notebook(current):
                raise refuse_old_class(model, label, usage)
        return self._values.reference(model, one, "lambda" if "<" in label else label)


class _Sink(io.RawIOBase):
    """A stream that discards what is written."""

    def write(self, data: Any) -> int:
        return len(data)


class _Searcher(pickle.Pickler):
    """A pickler that notes each function and class instead of storing its name."""

    def __init__(self) -> None:
        # Protocol 5 passes large arrays out of band, so that they are not copied.
        super().__init__(_Sink(), protocol=5, buffer_callback=_discard)
        self.found: list[Any] = []

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, types.FunctionType | type) and value.__module__ != "builtins":
            self.found.append(value)
            # By default, pickle looks up the name, which fails for a lambda.
            return (str, (value.__qualname__,))
        return NotImplemented


def _discard(_: pickle.PickleBuffer) -> None:
    """Take a buffer out of the stream. A false result is what does that."""


def same_class(one: Any, other: Any) -> bool:
    """Return whether two classes have the same definition.

    This is so for the class that a model holds and the one that its cell defined when it ran again.
    """
    if not (isinstance(one, type) and isinstance(other, type)):
        return False
    ours, theirs = _members(one), _members(other)
    bases = [[base.__qualname__ for base in each.__bases__] for each in (one, other)]
    return (
        bases[0] == bases[1]
        and ours.keys() == theirs.keys()
        and all(_description(ours[name]) == _description(theirs[name]) for name in ours)
    )


def _members(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if name not in _IGNORED}


def _description(value: Any) -> Any:
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, property):
        return [_description(each) for each in (value.fget, value.fset, value.fdel)]
    if isinstance(value, types.FunctionType):
        own = shape(value.__code__), repr(value.__defaults__), repr(value.__kwdefaults__)
        # scikit-learn wraps the methods of its subclasses, so that all wrappers are the same code.
        inner = getattr(value, "__wrapped__", None)
        return own if inner is None else (own, _description(inner))
    # The representation of other objects may contain an address, so only their types are compared.
    return repr(value) if isinstance(value, str | int | float | tuple | None) else type(value)

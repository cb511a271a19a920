"""Search for the values in a model that the skops format cannot hold, such as frames and series.

Transformers of the notebook often keep a Series of means or a table. These values are captured like
other values of the notebook, and the action puts them back into the model (``HeldValue.path``).
"""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# A step of a path: an attribute (``["attribute", "means_"]``) or a key or index (``["item", 0]``).
Path = tuple[tuple[str, str | int], ...]

_PLAIN = (str, bytes, int, float, bool, types.NoneType)
_LIBRARIES = ("pandas", "polars")
# Methods of built-in types, such as ``str.lower`` and ``re.compile("x").findall``.
_METHODS = (types.MethodDescriptorType, types.MethodWrapperType)


@dataclass(frozen=True)
class HeldValue:
    """A value at ``path`` inside a model. ``label`` is the name of the attribute that holds it."""

    path: Path
    label: str
    value: object


def values_of(model: object, is_own: Callable[[type], bool]) -> list[HeldValue]:
    """Return the values that the skops format cannot hold, in the order of the search.

    Attributes of estimators and of objects whose class ``is_own`` accepts are searched, with the
    lists, tuples and dictionaries in them.
    """
    return list(_Search(is_own).values(model, (), ""))


class _Search:
    def __init__(self, is_own: Callable[[type], bool]) -> None:
        self._is_own = is_own
        # A model may refer to an estimator from several places, and to itself.
        self._seen: set[int] = set()

    def values(self, value: Any, path: Path, label: str) -> Iterator[HeldValue]:
        if _is_plain(value):
            return
        # A value inside a tuple cannot be put back, because tuples do not change.
        if path and (_needs_file(value) or self._is_own_constant(value)):
            yield HeldValue(path, label, value)
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, list | tuple):
            for index, one in enumerate(value):
                if _is_plain(one):
                    continue
                yield from self._inner(value, one, (*path, ("item", index)), label)
        elif isinstance(value, dict):
            for key, one in value.items():
                # A vocabulary has a hundred thousand words.
                if isinstance(key, str) and not _is_plain(one):
                    yield from self._inner(value, one, (*path, ("item", key)), f"{label}_{key}")
        elif hasattr(value, "get_params") or self._is_own(type(value)):
            for name, one in dict(getattr(value, "__dict__", {})).items():
                yield from self.values(one, (*path, ("attribute", name)), name)

    def _is_own_constant(self, value: Any) -> bool:
        is_constant = isinstance(value, enum.Enum) or hasattr(type(value), "_fields")
        return is_constant and self._is_own(type(value))

    def _inner(self, holder: Any, value: Any, path: Path, label: str) -> Iterator[HeldValue]:
        if not (isinstance(holder, tuple) and _needs_file(value)):
            yield from self.values(value, path, label)


def _is_plain(value: Any) -> bool:
    # Members of enums are integers or strings, too.
    kind = type(value)
    return kind in _PLAIN or kind.__module__ == "numpy"


def _needs_file(value: Any) -> bool:
    kind = type(value)
    if isinstance(value, dict):
        return any(not _is_plain_key(key) for key in value)
    if isinstance(value, types.BuiltinFunctionType):
        # A function of a module has the module as its ``__self__``.
        return not isinstance(value.__self__, types.ModuleType | types.NoneType)
    library = str(kind.__module__).partition(".")[0]
    return library in _LIBRARIES or library == "re" or isinstance(value, (complex, *_METHODS))


def _is_plain_key(key: Any) -> bool:
    if isinstance(key, float):
        return key == key
    # Strings and integers of numpy are plain keys for skops, too.
    return isinstance(key, str | int) or type(key).__module__ == "numpy"


def named(values: Mapping[str, HeldValue]) -> list[list[Any]]:
    """Return ``[path, name]`` for each value, as the description of the model has it (JSON)."""
    return [[[list(step) for step in one.path], name] for name, one in values.items()]

"""Attributes that a function reads from an object, where these are all that it needs.

A function that reads only ``X.columns`` or ``len(df)`` needs neither the rows of ``X`` nor pandas'
file formats. The package then contains just these values.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Collection, Mapping
from typing import Any

from jupyter_faas.capture.analysis.model_reads import reads_of_held_model, reads_of_model
from jupyter_faas.capture.captured_names import CapturedName, reached
from jupyter_faas.capture.source.cells import parse
from jupyter_faas.capture.values.shared import holding_attributes

# The function of shipped/action/data.py that stands for the object.
ONLY_ATTRIBUTES = "only_attributes"
_LENGTH = "__len__"
# Attributes that give access to the whole object, such as ``series.str`` and ``frame.style``.
_ACCESSORS = ("Methods", "Properties", "Accessor", "Styler", "Indexer", "NameSpace")


def read_attributes(value: Any, chains: Collection[tuple[str, ...]]) -> dict[str, Any] | None:
    """Return the attributes of ``value`` that begin the ``chains``, by name.

    ``__len__`` becomes the length. Returns None if there are none, or if one of them is a method,
    a private attribute, or an accessor for the whole object.
    """
    found: dict[str, Any] = {}
    for name in sorted({chain[0] for chain in chains}):
        if name == _LENGTH:
            found[name] = _length(value)
        elif not name.startswith("_"):
            found[name] = _attribute(value, name)
        if found.get(name) is None:
            return None
    return found or None


def told(attributes: Collection[str]) -> str:
    """Return the note for the card, such as ``only .columns and its length``."""
    names = [f".{name}" for name in attributes if name != _LENGTH]
    return "only " + " and ".join([*names, *(["its length"] if _LENGTH in attributes else [])])


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except TypeError:
        return None


def _attribute(value: Any, name: str) -> Any:
    # Only the code of libraries may run here, because a property of the user's may have effects.
    own = getattr(type(value), name, None)
    if type(value).__module__ == "__main__" and own is not None and name not in vars(value):
        return None
    try:
        found = getattr(value, name)
    # A property of a library may raise any exception. The object is then captured whole.
    except Exception:
        return None
    is_code = callable(found) or isinstance(found, types.ModuleType)
    return None if is_code or type(found).__name__.endswith(_ACCESSORS) else found


def reads_of_entries(
    model: str, cell: ast.Module, entries: Mapping[str, CapturedName]
) -> frozenset[str]:
    """Return the attributes that the code reads from a model other than by its names.

    The values are those of ``reads_of_model`` and ``reads_of_held_model``.
    """
    names = [model, *(entry.name for entry in entries.values() if entry.same_as == model)]
    code = [entry for entry in entries.values() if entry.kind in ("function", "class")]
    trees = [cell, *(parse(entry.text) for entry in code)]
    defined = [node.name for node in ast.walk(cell) if isinstance(node, ast.FunctionDef)]
    found = reads_of_model(names, trees, [*defined, *(entry.name for entry in code)])
    held = {name: entry.holds for name, entry in entries.items()}
    holders = [name for name in entries if not {*names}.isdisjoint(reached(held, name))]
    values = [entries[name].value for name in holders if entries[name].kind == "object"]
    attributes = holding_attributes(values, entries[model].value)
    objects = [name for name in holders if isinstance(entries[name].value, dict | list | tuple)]
    return found | reads_of_held_model(objects, attributes, trees)

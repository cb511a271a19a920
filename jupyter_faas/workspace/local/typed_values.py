"""The form in which live frames, arrays and members of enumerations are sent to an action.

Most values are sent as ``to_json`` of the action converts results. This module has the exceptions,
in which the action would otherwise receive another object than the caller has.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Mapping
from typing import Any

from jupyter_faas.errors import InputError

_KIND = "x-faas-type"


def typed_value(schema: Mapping[str, Any], value: Any, name: str) -> Any:
    """Return a value as it is sent, or ``value`` itself if it needs no special form.

    ``schema`` is the value's, and ``name`` its name for messages. Raises InputError for a frame or
    series with labels, which the function would not receive, and for such an object if the
    parameter has no annotation.
    """
    if not schema.keys() & {"type", "anyOf", "enum", "$ref"}:
        _check_plain(value, name)
        return value
    kinds = {one.get(_KIND) for one in (schema, *schema.get("anyOf", ()))}
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and "numpy.ndarray" in kinds and isinstance(value, numpy.ndarray):
        return _array(numpy, value)
    if pandas is not None and "pandas.DataFrame" in kinds and isinstance(value, pandas.DataFrame):
        return _frame(value, name)
    if "enum" in kinds and isinstance(value, enum.Enum) and "x-faas-names" not in schema:
        # Its values are not JSON data.
        return value.name
    return value


def _check_plain(value: Any, name: str) -> None:
    """Raise InputError for an object that would arrive as JSON data in the function."""
    if type(value).__module__ == "builtins":
        return
    # Imported late, because it imports the whole package, which takes a quarter of the time of
    # `jupyter faas invoke`.
    from jupyter_faas.capture.library_schemas import LIVE_KINDS, library_schema

    live = library_schema(type(value))
    if live is not None and live["x-faas-type"] in LIVE_KINDS - {"numpy.ndarray"}:
        kind = live["x-faas-type"]
        raise InputError(
            f"{name} is a {kind.rpartition('.')[2]}, but the function would receive JSON data, "
            f"because {name} has no annotation.",
            hint=f"Annotate it in the cell: {name}: {_written(kind)}",
        )


def _written(kind: str) -> str:
    """Return a type as the notebook writes it, such as ``pd.DataFrame`` for ``pandas.DataFrame``.

    If the notebook does not import the module, the import is part of the text.
    """
    module, _, base = kind.rpartition(".")
    known = sys.modules[module]
    for alias, value in vars(sys.modules["__main__"]).items():
        if not alias.startswith("_"):
            if value is known:
                return f"{alias}.{base}"
            if value is getattr(known, base):
                return alias
    return f"{kind} (after import {module})"


def _array(numpy: Any, array: Any) -> Any:
    if array.dtype.kind != "f":
        return array
    missing = numpy.isnan(array)
    if not missing.any():
        return array
    # The action makes NaN of null where the parameter is an array.
    return numpy.where(missing, None, array.astype(object))


def _frame(frame: Any, name: str) -> Any:
    index = frame.index
    if index.nlevels > 1 or index.name is not None or index.dtype.kind not in "iu":
        raise InputError(
            f"{name} has an index that is not the row number. Records cannot contain an index.",
            hint=f"Add .reset_index() to the value of {name} to send the index as a column, or "
            ".reset_index(drop=True) to leave it out.",
        )
    return frame

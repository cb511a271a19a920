"""JSON schemas of the types of the standard library, numpy and pandas.

No library is imported here, and a type is recognized by its module and name.
"""

from __future__ import annotations

import enum
import sys
import typing
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Schema = dict[str, Any]

# The key for the kind of object that is made of the data. Plain JSON types have no kind.
KIND = "x-faas-type"


class NotJson(Exception):
    """Raised when no object of an annotated type, ``type_name``, can be made of JSON data."""

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self.type_name = type_name


# Only the first part of the module's name is used, because the modules in which a library defines
# its types differ between versions.
_SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        "datetime.datetime": {"type": "string", "format": "date-time"},
        "datetime.date": {"type": "string", "format": "date"},
        "datetime.time": {"type": "string", "format": "time"},
        "datetime.timedelta": {"type": ["string", "number"], "format": "duration"},
        "decimal.Decimal": {"type": ["string", "number"]},
        "uuid.UUID": {"type": "string", "format": "uuid"},
        "pandas.Timestamp": {"type": "string", "format": "date-time"},
        "pandas.Timedelta": {"type": ["string", "number"], "format": "duration"},
        "pandas.DataFrame": {
            "type": ["array", "object"],
            "items": {"type": "object"},
            "additionalProperties": {"type": "array"},
        },
        "pandas.Series": {"type": ["array", "object"]},
        "numpy.ndarray": {"type": "array"},
    }
)
# Objects of these kinds are made only for parameters that have the type.
LIVE_KINDS = frozenset(_SCHEMAS)
_NUMPY_TYPES: Mapping[str, str] = MappingProxyType(
    {"f": "number", "i": "integer", "u": "integer", "b": "boolean", "U": "string"}
)


def library_schema(kind: type) -> Schema | None:
    """Return the schema of a type of these libraries, or None for another type."""
    name = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
    if name in _SCHEMAS:
        return {**_SCHEMAS[name], KIND: name}
    dtype = _dtype(kind)
    if dtype is not None and dtype.kind in _NUMPY_TYPES:
        return {"type": _NUMPY_TYPES[dtype.kind], KIND: f"numpy.{kind.__name__}"}
    return None


def array_schema(origin: Any, arguments: tuple[Any, ...]) -> Schema | None:
    """Return the schema of a numpy array with a type, such as ``NDArray[numpy.float64]``.

    Returns None if ``origin`` is not the class of these arrays.
    """
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or origin is not numpy.ndarray:
        return None
    schema: Schema = {"type": "array", KIND: "numpy.ndarray"}
    # The arguments are the shape and the dtype: ``ndarray[Any, dtype[float64]]``.
    scalars = typing.get_args(arguments[1]) if len(arguments) > 1 else ()
    dtype = _dtype(scalars[0]) if scalars else None
    return schema if dtype is None else {**schema, "x-faas-dtype": dtype.name}


def _dtype(kind: Any) -> Any:
    """Return the dtype of numpy's type for numbers or strings, or None for another type."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not isinstance(kind, type) or not issubclass(kind, numpy.generic):
        return None
    # Abstract types, such as numpy.floating, have no dtype.
    return numpy.dtype(kind) if kind in numpy.sctypeDict.values() else None


def json_default(default: object) -> object:
    """Return a default as it is sent, if it is a member of an enumeration, a date or a Decimal.

    Other values are returned unchanged.
    """
    if isinstance(default, enum.Enum):
        return default.value
    kind = type(default)
    if kind.__module__ == "datetime" and hasattr(default, "isoformat"):
        return default.isoformat()
    return str(default) if (kind.__module__, kind.__name__) == ("decimal", "Decimal") else default

"""Convert a function's result to JSON-serializable data, or raise an error that names the key.

The result of an action is a JSON object. Any other result is boxed as ``{"value": result}``, as
npm's Composer does, and ``unbox`` undoes it. Packages contain this module as ``faas_results.py``.
It supports Python 3.9 and later, and uses only the standard library. It uses numpy only if the
function has imported it.
"""

from __future__ import annotations

import enum
import math
import sys
import types
from collections.abc import Mapping

from faas_parameters import all_are, join, number_name

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from typing import Any

# Maps each suggested change to the cell to the names of the types for which it is suggested.
_CURES = {
    "write list(…)": "generator map zip filter",
    "write base64.b64encode(…).decode()": "bytes bytearray memoryview",
    "write float(…) or str(…)": "Fraction",
    "write faas.png(…)": "Image JpegImageFile PngImageFile",
    "write .toarray()": "csr_matrix csc_matrix coo_matrix csr_array csc_array coo_array",
    "await it": "coroutine",
}


# The module faas_library_values. It is imported for the first value that needs it. In the notebook,
# where it cannot be imported by name, workspace/local/function.py sets it.
library_values: Any = None

# JSON types. A list whose items all have one of these types is copied without converting the items.
_PLAIN = (float, int, bool)

# This key has two meanings. In a function's schema, it says that some results may be boxed. In an
# answer, the value false says that the function itself returned a dictionary with the only key
# "value", which must not be unboxed.
BOXED = "x-faas-boxed"


class ResultRejected(TypeError):
    """An exception for a result that cannot be converted to JSON; the message names the key."""


def answer(result: Any, name: str, may_box: bool = True) -> dict[str, Any]:
    """Convert the result of the function ``name`` to a JSON object.

    A result that is not an object, such as a number, a list, a data frame or None, is boxed as
    ``{"value": result}``. ``may_box`` is false if the schema says that the function returns
    objects only, so that its answers need no mark. Raises ResultRejected, whose message names
    ``name`` or the key, for results that cannot be converted to JSON.
    """
    if isinstance(result, types.GeneratorType):
        raise ResultRejected(f"{name} returned a generator: return a list instead, as in list(…)")
    try:
        data = to_json(result, "result")
    except RecursionError:
        raise ResultRejected("result is nested too deeply, or contains itself") from None
    if not isinstance(data, dict):
        return {"value": data}
    if may_box and len(data) == 1 and "value" in data:
        return {**data, BOXED: False}
    return data


def unbox(schema: Mapping[str, Any] | None, data: Any) -> Any:
    """Return the result of a function from its answer ``data``.

    ``schema`` is the schema of its parameters, or None if it is unknown. Only the answers of
    functions whose schema has ``x-faas-boxed`` are unboxed. ``{"value": 1}`` from such a function
    is a box, unless the answer is marked.
    """
    if not isinstance(data, dict) or not (schema or {}).get(BOXED):
        return data
    if BOXED in data:
        return {key: value for key, value in data.items() if key != BOXED}
    return data["value"] if len(data) == 1 and "value" in data else data


def to_json(value: Any, path: str = "result") -> Any:
    """Return ``value`` as JSON-serializable data.

    numpy scalars and arrays, tuples, enumerations and dataclass instances are converted, and the
    values that ``library_values.reduce`` knows: dates, sets, data frames, pydantic models. Keys
    that are numbers or dates become strings. ``path``: the name of the value for messages. Raises
    ResultRejected, which names the key, for NaN outside a frame, infinity, bytes and other objects.
    """
    kind = type(value)
    if value is None or kind is bool or kind is int:
        return value
    if kind is str:
        return _text(value, path)
    if kind is float:
        if math.isfinite(value):
            return value
        raise ResultRejected(
            f"{path} is {number_name(value)}, which JSON does not support: return None or a "
            "finite number there"
        )
    if isinstance(value, enum.Enum):
        return to_json(value.value, path)
    if isinstance(value, Mapping):
        return _object(value, path)
    if isinstance(value, (list, tuple)):
        if value and type(value[0]) in _PLAIN and all_are(type(value[0]), value):
            return list(value)
        return [to_json(item, f"{path}[{index}]") for index, item in enumerate(value)]
    # Instances of subclasses, such as numpy.float64 and numpy.str_, are converted by the method of
    # the base class, because the subclass may override the method.
    for plain in (str, int, float):
        if isinstance(value, plain):
            return to_json(getattr(plain, f"__{plain.__name__}__")(value), path)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
        if value.dtype.kind in "mM":
            return to_json(_library_values().times(value), path)
        if value.dtype.kind == "f":
            value = value.astype(float)
            # If the array has NaN or infinity, to_json below raises an error that names the index.
            if numpy.isfinite(value).all():
                return value.tolist()
        return to_json(value.tolist(), path)
    if _is_dataclass(value):
        import dataclasses

        fields = dataclasses.fields(value)
        return _object({field.name: getattr(value, field.name) for field in fields}, path)
    try:
        reduced = _library_values().reduce(value)
    except ValueError as error:
        raise ResultRejected(f"{path} {error}") from None
    if reduced is NotImplemented:
        raise _refused(kind, path)
    return to_json(reduced, path)


def _library_values() -> Any:
    if library_values is not None:
        return library_values
    import faas_library_values

    return faas_library_values


def _refused(kind: type, path: str) -> ResultRejected:
    cures = (cure for cure, names in _CURES.items() if kind.__name__ in names.split())
    cure = next(cures, "return numbers, text, or lists of them")
    return ResultRejected(f"{path} is {_named(kind)}, which JSON does not support: {cure}")


def _named(kind: type) -> str:
    name = kind.__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _object(value: Mapping[Any, Any], path: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, item in value.items():
        name = _key(key, path)
        if name in data:
            raise ResultRejected(f"{path} has several keys that become {name!r} in JSON")
        data[name] = to_json(item, join(path, name))
    return data


def _key(key: Any, path: str) -> str:
    if isinstance(key, str):
        return _text(str.__str__(key), path)
    if isinstance(key, enum.Enum):
        return _key(key.value, path)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(key, numpy.generic):
        key = key.item()
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int):
        return str(int(key))
    if isinstance(key, float) and math.isfinite(key):
        return float.__repr__(key)
    # Dates and times are the labels of a time series.
    if hasattr(key, "isoformat") and key == key:
        return str(key.isoformat())
    raise ResultRejected(f"{path} has a key that is {_named(type(key))}: JSON keys must be strings")


def _text(value: str, path: str) -> str:
    if not value.isascii():
        # A lone surrogate is valid in a Python string, but cannot be encoded as UTF-8.
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ResultRejected(
                f"{path} contains half of a surrogate pair, which is not valid text"
            ) from None
    return value


def _is_dataclass(value: Any) -> bool:
    return hasattr(type(value), "__dataclass_fields__")

"""Convert a function's result to JSON-serializable data, or raise an error that names the key.

Packages contain this module as ``faas_results.py``. It supports Python 3.9 and later, and uses only
the standard library. It uses numpy only if the function has imported it.
"""

from __future__ import annotations

import enum
import math
import sys
from collections.abc import Mapping

from faas_parameters import all_are, join, number_name, show

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from typing import Any

# Maps each suggested change to the cell to the names of the types for which it is suggested.
_CURES = {
    "write sorted(…) or list(…)": "set frozenset",
    "write list(…)": "generator range map zip filter dict_keys dict_values dict_items deque",
    "write base64.b64encode(…).decode()": "bytes bytearray memoryview",
    "write .isoformat()": "datetime date time Timestamp",
    "write .astype(str)": "datetime64 timedelta64",
    'write .to_dict("records")': "DataFrame",
    "write float(…) or str(…)": "Decimal Fraction",
    "await it": "coroutine",
}


# JSON types. A list whose items all have one of these types is copied without converting the items.
_PLAIN = (float, int, bool)


class ResultRejected(TypeError):
    """An exception for a result that cannot be converted to JSON; the message names the key."""


def answer(result: Any, name: str) -> dict[str, Any]:
    """Convert the result of the function ``name`` to a JSON-serializable dictionary.

    ``result`` must be a mapping or a dataclass instance. Raises ResultRejected for other results,
    and for results that cannot be converted to JSON.
    """
    if result is None:
        raise ResultRejected(f"{name} returned nothing: return a dictionary")
    if not isinstance(result, Mapping) and not _is_dataclass(result):
        raise ResultRejected(
            f'{name} returned {show(result)}, not a dictionary: return one, such as {{"result": …}}'
        )
    try:
        data: dict[str, Any] = to_json(result, "result")
    except RecursionError:
        raise ResultRejected("result is nested too deeply, or contains itself") from None
    return data


def to_json(value: Any, path: str = "result") -> Any:
    """Return ``value`` as JSON-serializable data.

    numpy scalars and arrays, tuples, enumerations and dataclass instances are converted. Integer
    keys become strings. ``path``: the name of the value for messages. Raises ResultRejected, which
    names the key, for NaN, infinity, sets, bytes, dates and other objects.
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
            f"{path} is {number_name(value)}, which JSON does not have: "
            "return None or a finite number there"
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
            raise _refused(value.dtype.type, path)
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
    raise _refused(kind, path)


def _refused(kind: type, path: str) -> ResultRejected:
    cures = (cure for cure, names in _CURES.items() if kind.__name__ in names.split())
    other = "write .tolist()" if hasattr(kind, "tolist") else "return numbers, text, lists of them"
    cure = next(cures, other)
    return ResultRejected(f"{path} is a {kind.__name__}, which JSON does not have: {cure}")


def _object(value: Mapping[Any, Any], path: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, item in value.items():
        name = _key(key, path)
        if name in data:
            raise ResultRejected(f"{path} has the key {name!r} twice, as text and as a number")
        data[name] = to_json(item, join(path, name))
    return data


def _key(key: Any, path: str) -> str:
    if isinstance(key, str):
        return _text(str.__str__(key), path)
    if isinstance(key, enum.Enum):
        return _key(key.value, path)
    numpy = sys.modules.get("numpy")
    whole = isinstance(key, int) or (numpy is not None and isinstance(key, numpy.integer))
    if whole and not isinstance(key, bool):
        return str(int(key))
    raise ResultRejected(f"{path} has a key that is a {type(key).__name__}: JSON keys are text")


def _text(value: str, path: str) -> str:
    if not value.isascii():
        # A lone surrogate is valid in a Python string, but cannot be encoded as UTF-8.
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ResultRejected(f"{path} holds half of a surrogate pair, not text") from None
    return value


def _is_dataclass(value: Any) -> bool:
    return hasattr(type(value), "__dataclass_fields__")

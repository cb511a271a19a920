"""Reduce values of pandas, pydantic and the standard library to lists, dictionaries and strings.

Packages contain this module as ``faas_library_values.py``. ``faas_results`` imports it only when a
result has a value that is not plain JSON data, so other functions start without it. It supports
Python 3.9 and later, and uses only the standard library. A library is used only if the function has
imported it.
"""

from __future__ import annotations

import datetime
import sys
from collections import deque
from collections.abc import ItemsView, KeysView, ValuesView

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from typing import Any

_ORDERED = (range, deque, KeysView, ValuesView, ItemsView)
_NO_MODULE: Any = object()
_NO_CLASSES: Any = ()  # no value is an instance of these


def reduce(value: Any) -> Any:
    """Return a simpler value that represents ``value`` in JSON, or NotImplemented.

    Dates and times become ISO 8601 strings, and durations too (``P1DT2H``). Decimals and UUIDs
    become strings. Sets become sorted lists. A data frame becomes a list of records, and a series a
    list, or a dictionary if it has labels. Missing values of pandas become None. A pydantic model
    becomes what ``model_dump(mode="json")`` returns. The values inside may need to be reduced
    again. Raises ValueError, whose message continues the name of the value, for a frame that
    records cannot represent.
    """
    for part in (_time, _collection, _table, _model):
        found = part(value)
        if found is not NotImplemented:
            return found
    if isinstance(value, (bytes, bytearray, memoryview)):
        return NotImplemented
    # Tensors and the arrays of other libraries have numpy's method.
    return value.tolist() if hasattr(type(value), "tolist") else NotImplemented


def _module(name: str) -> Any:
    # A value of a library can exist only if the library is imported.
    return sys.modules.get(name, _NO_MODULE)


def _time(value: Any) -> Any:
    pandas = _module("pandas")
    # NaT is an instance of datetime, so it is handled first.
    if value is getattr(pandas, "NaT", _NO_MODULE) or value is getattr(pandas, "NA", _NO_MODULE):
        return None
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return duration(value)
    for module, kind in (("decimal", "Decimal"), ("uuid", "UUID")):
        if isinstance(value, getattr(_module(module), kind, ())):
            return str(value)
    return NotImplemented


def duration(value: datetime.timedelta) -> str:
    """Return a duration in ISO 8601, such as ``P1DT2H`` or ``-PT0.5S``."""
    sign, value = ("-", -value) if value < datetime.timedelta() else ("", value)
    hours, minutes, seconds = value.seconds // 3600, value.seconds // 60 % 60, value.seconds % 60
    second = f"{seconds}.{value.microseconds:06d}".rstrip("0").rstrip(".")
    clock = "".join(
        f"{number}{unit}"
        for number, unit in ((hours, "H"), (minutes, "M"), (second, "S"))
        if number not in (0, "0")
    )
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}{f'T{clock}' if clock else ''}" if days or clock else "PT0S"


def times(array: Any) -> Any:
    """Return a numpy array of dates, times or durations as nested lists of Python objects.

    Dates become ``datetime.date``, times ``datetime.datetime`` and durations
    ``datetime.timedelta``. NaT becomes None. Times with nanoseconds, which Python's classes cannot
    represent, become strings.
    """
    numpy = sys.modules["numpy"]
    unit = numpy.datetime_data(array.dtype)[0]
    if array.dtype.kind == "M" and unit in ("Y", "M", "W", "D"):
        return array.astype("M8[D]").tolist()
    exact = array.astype(f"{array.dtype.kind}8[us]")
    if ((exact == array) | numpy.isnat(array)).all():
        return exact.tolist()
    return array.astype(str).tolist()


def _collection(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        # The order of a set of strings differs between processes, so the answers would differ too.
        try:
            return sorted(value)
        except TypeError:
            return list(value)
    return list(value) if isinstance(value, _ORDERED) else NotImplemented


def _table(value: Any) -> Any:
    pandas = _module("pandas")
    if isinstance(value, getattr(pandas, "DataFrame", _NO_CLASSES)):
        return _records(_with_index(value))
    if isinstance(value, getattr(pandas, "Series", _NO_CLASSES)):
        return _series(pandas, value)
    if isinstance(value, getattr(pandas, "Index", _NO_CLASSES)):
        return _cells(value.to_series())
    if isinstance(value, getattr(pandas, "Categorical", _NO_CLASSES)):
        return _cells(pandas.Series(value))
    polars = _module("polars")
    if isinstance(value, getattr(polars, "DataFrame", _NO_CLASSES)):
        return value.to_dicts()
    if isinstance(value, getattr(polars, "Series", _NO_CLASSES)):
        return value.to_list()
    return NotImplemented


def _with_index(frame: Any) -> Any:
    """Return the frame with its index as columns, unless the index only numbers the rows."""
    index = frame.index
    if index.nlevels == 1 and index.name is None and index.dtype.kind in "iu":
        return frame
    try:
        return frame.reset_index()
    except ValueError as error:
        raise ValueError(f"has an index with the same name as a column: {error}") from None


def _records(frame: Any) -> list[dict[Any, Any]]:
    names = list(frame.columns)
    if frame.columns.nlevels > 1:
        raise ValueError(
            f"has columns with {frame.columns.nlevels} levels: give each column a single name"
        )
    if not frame.columns.is_unique:
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"has several columns named {twice!r}: rename them")
    if not names:
        return [{} for _ in range(len(frame))]
    columns = [_cells(frame.iloc[:, place]) for place in range(len(names))]
    return [dict(zip(names, row)) for row in zip(*columns)]  # noqa: B905 Python 3.9 has no strict=


def _series(pandas: Any, series: Any) -> Any:
    index = series.index
    if isinstance(index, pandas.RangeIndex) and index.name is None and index.start == 0:
        return _cells(series)
    if index.nlevels > 1:
        raise ValueError(f"has an index with {index.nlevels} levels: write .reset_index()")
    if not index.is_unique:
        raise ValueError("has several values with the same label: write .reset_index()")
    return dict(zip(index.tolist(), _cells(series)))  # noqa: B905 Python 3.9 has no strict=


def _cells(series: Any) -> list[Any]:
    """Return the values of a series, with None for missing values."""
    values: list[Any] = series.tolist()
    missing = series.isna()
    if missing.any():
        for place in missing.to_numpy().nonzero()[0]:
            values[place] = None
    return values


def _model(value: Any) -> Any:
    if not isinstance(value, getattr(_module("pydantic"), "BaseModel", _NO_CLASSES)):
        return NotImplemented
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    import json

    return json.loads(value.json())  # pydantic 1

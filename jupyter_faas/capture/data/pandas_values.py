"""Values of pandas: frames, series, indexes and their column types."""

from __future__ import annotations

import math
from typing import Any

from jupyter_faas.capture.data import numpy_values
from jupyter_faas.capture.data.nodes import Node, NodeWriter, NotData

_INDEXES = frozenset(
    ("Index", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "IntervalIndex", "CategoricalIndex")
)
_NULLABLE = frozenset(("IntegerArray", "FloatingArray", "BooleanArray"))
_STRINGS = frozenset(("StringArray", "ArrowStringArray", "StringArrayNumpySemantics")) | {
    "ArrowStringArrayNumpySemantics"
}
_DTYPES = frozenset(("CategoricalDtype", "DatetimeTZDtype", "PeriodDtype", "IntervalDtype"))


def write(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a value of pandas, or None for other types.

    Subclasses, such as the frames of geopandas, belong to other libraries.
    """
    name = type(value).__name__
    writer.need("pandas")
    if name == "DataFrame":
        return _frame(writer, value, where)
    if name == "Series":
        return _series(writer, value, where)
    if name in _INDEXES or name in ("RangeIndex", "MultiIndex"):
        return _index(writer, value, where)
    if name in ("Timestamp", "Timedelta", "Period", "Interval"):
        return _scalar(writer, value, where)
    if name in ("NaTType", "NAType"):
        return {"is": "found", "path": f"pandas:{'NaT' if name == 'NaTType' else 'NA'}"}
    if any(base.__name__ == "BaseOffset" for base in type(value).__mro__):
        return _offset(writer, value, where)
    if name == "StringDtype" or name.endswith("Dtype"):
        return _dtype(writer, value, where)
    return _extension(writer, value, where)


def _frame(writer: NodeWriter, value: Any, where: str) -> Node:
    index, columns = value.index, value.columns
    node: Node = {"is": "frame", "index": writer.write(index, f"{where}.index")}
    node["columns"] = writer.write(columns, f"{where}.columns")
    whole = _one_block(value)
    if whole is not None:
        node["whole"] = writer.array(whole)
    else:
        node["parts"] = [
            _values(writer, value.iloc[:, at], f"{where}[{column!r}]")
            for at, column in enumerate(columns)
        ]
    return _with_attributes(writer, node, value, where)


def _one_block(frame: Any) -> Any:
    """Return the values of a frame with one numeric type as one array, or None.

    The order in memory decides in which order numpy adds numbers, so it is kept.
    """
    types = set(frame.dtypes)
    if len(types) != 1 or next(iter(types)).__class__.__module__.partition(".")[0] != "numpy":
        return None
    values = frame.to_numpy()
    return None if values.dtype.hasobject or frame.shape[1] < 2 else values


def _series(writer: NodeWriter, value: Any, where: str) -> Node:
    node = {
        "is": "series",
        "values": _values(writer, value, where),
        "index": writer.write(value.index, f"{where}.index"),
        "name": writer.write(value.name, f"{where}.name"),
    }
    return _with_attributes(writer, node, value, where)


def _with_attributes(writer: NodeWriter, node: Node, value: Any, where: str) -> Node:
    if value.attrs:
        node["attrs"] = writer.write(dict(value.attrs), f"{where}.attrs")
    if not value.flags.allows_duplicate_labels:
        node["unique"] = True
    return node


def _values(writer: NodeWriter, value: Any, where: str) -> Node:
    """Return the node of the values of a Series or an Index."""
    array = value.array
    if type(array).__name__ in ("NumpyExtensionArray", "PandasArray"):
        node = numpy_values.write_array(writer, value.to_numpy(), where)
    elif type(array).__name__ in ("DatetimeArray", "TimedeltaArray") and not _zone_of(array):
        node = writer.array(value.to_numpy())
    else:
        node = _extension(writer, array, where)
    if node is None:
        raise NotData(where, array)
    return node


def _zone_of(array: Any) -> Any:
    return getattr(array, "tz", None)


def _index(writer: NodeWriter, value: Any, where: str) -> Node:
    name = type(value).__name__
    if name == "RangeIndex":
        items = [value.start, value.stop, value.step]
        return {"is": "range_index", "items": items, "name": writer.write(value.name, where)}
    if name == "MultiIndex":
        return {
            "is": "multi_index",
            "levels": writer.write_all(value.levels, where),
            "codes": [writer.array(_plain(codes)) for codes in value.codes],
            "names": writer.write_all(value.names, where),
        }
    # A PeriodIndex stores its frequency in its type.
    freq = value.freq if name in ("DatetimeIndex", "TimedeltaIndex") else None
    return {
        "is": "index",
        "type": name,
        "values": _values(writer, value, where),
        "name": writer.write(value.name, f"{where}.name"),
        "freq": writer.write(freq, f"{where}.freq"),
    }


def _offset(writer: NodeWriter, value: Any, where: str) -> Node:
    """Return the node of an offset of dates.

    ``freqstr`` does not contain the holidays of a business day, its hours or its days of the week.
    The holidays of a calendar are among the arguments, so the calendar is not needed.
    """
    import numpy

    options = {name: one for name, one in value.kwds.items() if name != "calendar"}
    holidays = options.pop("holidays", None)
    node: Node = {"is": "offset", "type": type(value).__name__, "n": value.n}
    node["normalize"] = bool(value.normalize)
    node["options"] = writer.write(options, where)
    if holidays is not None:
        node["holidays"] = writer.array(numpy.array(holidays, dtype="datetime64[D]"))
    return node


def _plain(values: Any) -> Any:
    import numpy

    return numpy.asarray(values)


def _extension(writer: NodeWriter, array: Any, where: str) -> Node | None:
    """Return the node of an array of one of pandas' own types, or None for other types."""
    name = type(array).__name__
    if name == "Categorical":
        return {
            "is": "categorical",
            "codes": writer.array(_plain(array.codes)),
            "categories": writer.write(array.categories, f"{where}.categories"),
            "ordered": bool(array.ordered),
        }
    if name in _NULLABLE:
        values, mask = writer.array(array._data), writer.array(array._mask)
        return {"is": "nullable", "type": name, "values": values, "mask": mask}
    if name in _STRINGS:
        return _strings(writer, array)
    if name == "DatetimeArray":
        # A conversion to UTC keeps the instants, also where the clock was set back.
        values = writer.array(array.tz_convert("UTC").tz_localize(None).to_numpy())
        return {"is": "zoned", "values": values, "zone": writer.write(array.tz, f"{where}.tz")}
    if name == "PeriodArray":
        values = writer.array(array.asi8)
        return {"is": "periods", "values": values, "freq": array.dtype.name[len("period[") : -1]}
    if name == "IntervalArray":
        left, right = writer.write(array.left, where), writer.write(array.right, where)
        return {"is": "intervals", "left": left, "right": right, "closed": array.closed}
    return None


def _strings(writer: NodeWriter, array: Any) -> Node:
    missing = array.isna()
    items = [None if gone else str(one) for one, gone in zip(array, missing, strict=True)]
    missing_value = getattr(array.dtype, "na_value", None)
    # pandas keeps its strings in pyarrow if that is installed here. Their answers are the same
    # without, and pyarrow alone would fill most of an action's package.
    is_nan = isinstance(missing_value, float) and math.isnan(missing_value)
    return {"is": "strings", "items": items, "nan": is_nan}


def _scalar(writer: NodeWriter, value: Any, where: str) -> Node:
    # One item of an array keeps its unit, time zone and frequency.
    import pandas

    if type(value).__name__ == "Interval":
        array: Any = pandas.arrays.IntervalArray([value])
    elif type(value).__name__ == "Period":
        array = pandas.array([value])
    else:
        array = pandas.Index([value])
    return {"is": "timestamp", "of": writer.write(array, where)}


def _dtype(writer: NodeWriter, value: Any, where: str) -> Node | None:
    import pandas

    if type(value).__name__ == "ArrowDtype":
        return None
    array = pandas.array([], dtype=value)
    return {"is": "pandas_dtype", "of": writer.write(array, where)}

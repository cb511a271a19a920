"""Make the objects that a function takes: dates, frames, arrays, enumerations, its own classes.

Packages contain this module as ``faas_objects.py`` if a parameter has such a type. ``coerce`` of
``faas_parameters`` calls a ``Converter`` for each part of the schema that has ``x-faas-type``. The
module supports Python 3.9 and later, and uses only the standard library. pandas and numpy are
imported when the first frame or array is made, and the notebook's classes are found by name.
"""

from __future__ import annotations

import datetime
import importlib
import re

from faas_parameters import ParametersRejected, coerce, join, show

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

_FRACTION = re.compile(r"\.(\d+)")
_SECONDS = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


def data_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of the data alone, from which no object is made."""
    return {**schema, "x-faas-type": None, "x-faas-data": schema.get("x-faas-type")}


class Converter:
    """A converter of checked JSON data to objects, for the schema of one function.

    ``namespace`` contains the notebook's classes. If it is None, the data are only checked, as by a
    caller that has neither these classes nor the libraries.
    """

    def __init__(
        self, schema: Mapping[str, Any], namespace: Mapping[str, Any] | None = None
    ) -> None:
        self._definitions = schema.get("$defs", {})
        self._namespace = namespace

    def __call__(self, schema: Mapping[str, Any], value: Any, path: str) -> Any:
        """Return the object that ``schema`` describes.

        Raises ParametersRejected, whose message begins with ``path``, if the data do not fit.
        """
        kind = schema.get("x-faas-type")
        if kind is None:
            return coerce(self._definitions[schema["$ref"].rpartition("/")[2]], value, path, self)
        if kind in _CLASSES:
            return _CLASSES[kind](self, schema, value, path)
        if kind == "pandas.DataFrame":
            return self._table(schema, value, path)
        # A whole number must not become a float first, which has fewer digits.
        whole = kind == "decimal.Decimal" and type(value) is int
        data = value if whole else coerce(data_schema(schema), value, path, self)
        if kind in _COLLECTIONS:
            try:
                return _COLLECTIONS[kind](data)
            except TypeError as error:
                raise ParametersRejected(
                    f"{path} cannot be converted to a {kind}: {error}"
                ) from None
        if kind in _PARSERS:
            return _parsed(_PARSERS[kind], data, path)
        if self._namespace is None:
            return data
        return _MAKERS.get(kind, _numpy_scalar)(schema, data, path)

    def _table(self, schema: Mapping[str, Any], value: Any, path: str) -> Any:
        # The columns of the schema describe the sample, and other values may have other types.
        coerce(
            data_schema({"type": schema["type"], "x-faas-type": "pandas.DataFrame"}), value, path
        )
        _check_frame(value, path)
        return value if self._namespace is None else _frame(schema, value, path)

    def find(self, schema: Mapping[str, Any]) -> Any:
        """Return the class of a schema, or None if the data are only checked."""
        if self._namespace is None:
            return None
        module, colon, name = schema["x-faas-class"].rpartition(":")
        first, *others = name.split(".")
        if colon:
            found = getattr(importlib.import_module(module), first)
        elif first in self._namespace:
            found = self._namespace[first]
        else:
            raise RuntimeError(f"the class {name} of a parameter is not in the package")
        for other in others:
            found = getattr(found, other)
        return found


def _parsed(parse: Callable[[Any], Any], value: Any, path: str) -> Any:
    try:
        return parse(value)
    except (ValueError, ArithmeticError):
        want = _WANTED[parse]
        raise ParametersRejected(f"{path} must be {want}, not {show(value)}") from None


# Dates, times and numbers


def _iso(text: str) -> str:
    # Before Python 3.11, fromisoformat accepts neither Z nor a fraction of another length.
    text = f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text
    return _FRACTION.sub(lambda match: f".{match[1][:6]:0<6}", text)


def _datetime(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(_iso(text))


def _date(text: str) -> datetime.date:
    moment = _datetime(text)
    if moment.time() != datetime.time():
        raise ValueError(text)
    return moment.date()


def _time(text: str) -> datetime.time:
    return datetime.time.fromisoformat(_iso(text))


def _timedelta(value: Any) -> datetime.timedelta:
    if not isinstance(value, str):
        return datetime.timedelta(seconds=value)
    match = _DURATION.fullmatch(value)
    if _SECONDS.fullmatch(value):
        return datetime.timedelta(seconds=float(value))
    if match is None or not any(match.groups()[1:]):
        raise ValueError(value)
    numbers = [float(part) if part else 0.0 for part in match.groups()[1:]]
    names = ("weeks", "days", "hours", "minutes", "seconds")
    found = datetime.timedelta(**dict(zip(names, numbers)))  # noqa: B905 Python 3.9
    return -found if match[1] == "-" else found


def _decimal(value: Any) -> Any:
    import decimal

    found = decimal.Decimal(value if isinstance(value, str) else repr(value))
    if not found.is_finite():
        raise ValueError(value)
    return found


def _uuid(text: str) -> Any:
    import uuid

    return uuid.UUID(text)


_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "datetime.datetime": _datetime,
    "datetime.date": _date,
    "datetime.time": _time,
    "datetime.timedelta": _timedelta,
    "decimal.Decimal": _decimal,
    "uuid.UUID": _uuid,
}
_WANTED: Mapping[Any, str] = {
    _datetime: "a date and time (2026-01-31T12:30:00)",
    _date: "a date (2026-01-31)",
    _time: "a time (12:30:00)",
    _timedelta: "a duration (P1DT2H, or seconds)",
    _decimal: "a decimal number",
    _uuid: "a UUID",
}
_COLLECTIONS: Mapping[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


# numpy and pandas


def _numpy_scalar(schema: Mapping[str, Any], value: Any, path: str) -> Any:
    import numpy

    try:
        return getattr(numpy, schema["x-faas-type"].rpartition(".")[2])(value)
    except OverflowError as error:
        raise ParametersRejected(f"{path} is out of range: {error}") from None


def _array(schema: Mapping[str, Any], value: Any, path: str) -> Any:
    import numpy

    dtype = schema.get("x-faas-dtype")
    try:
        array = numpy.array(value)
        if array.dtype.kind == "O" or (array.dtype.kind == "U" and not _all_text(value)):
            # null stands for NaN, which JSON does not have. Numbers beside strings stay numbers.
            array = numpy.array(value, dtype=object)
            array = array if _has_text(value) else array.astype(float)
        is_text = array.dtype.kind in "UO" and dtype is not None and dtype[:3] != "str"
        if is_text:
            raise ValueError(f"it contains strings, not {dtype}")
        made = array if dtype is None else array.astype(dtype)
    except (ValueError, TypeError, OverflowError) as error:
        reason = "its rows have different lengths" if "inhomogeneous" in str(error) else error
        raise ParametersRejected(f"{path} must be an array: {reason}") from None
    if made.dtype.kind in "iub" and not (made == array).all():
        raise ParametersRejected(f"{path} must be an array of {dtype}, but contains other values")
    return made


def _leaves(value: Any) -> Iterator[Any]:
    for item in value if isinstance(value, list) else (value,):
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item


def _all_text(value: Any) -> bool:
    return all(isinstance(leaf, str) for leaf in _leaves(value))


def _has_text(value: Any) -> bool:
    return any(not isinstance(leaf, (int, float, type(None))) for leaf in _leaves(value))


def _check_frame(value: Any, path: str) -> None:
    if isinstance(value, list):
        for index, row in enumerate(value):
            if not isinstance(row, dict):
                raise ParametersRejected(
                    f"{path}[{index}] must be a record (a dictionary of columns and values), "
                    f"not {show(row)}"
                )
        return
    lengths = set()
    for name, column in value.items():
        if not isinstance(column, list):
            raise ParametersRejected(
                f"{join(path, name)} must be a column (a list), not {show(column)}; write a "
                "single row as a list with one record"
            )
        lengths.add(len(column))
    if len(lengths) > 1:
        raise ParametersRejected(f"{path} has columns of different lengths")


def _frame(schema: Mapping[str, Any], value: Any, path: str) -> Any:
    import pandas

    frame = pandas.DataFrame(value)
    known = schema.get("x-faas-dtypes", {})
    if not len(frame.columns):
        frame = pandas.DataFrame(columns=list(known))
    # The order of the columns is that of the sample, whatever the order of the keys.
    first = [name for name in known if name in frame.columns]
    frame = frame[[*first, *(name for name in frame.columns if name not in known)]]
    made = {
        name: _column(pandas, frame[name], known.get(name), join(path, name))
        for name in frame.columns
    }
    return pandas.DataFrame(made, index=frame.index)


def _column(pandas: Any, series: Any, dtype: Any, path: str) -> Any:
    """Return a series with NaN for null, and with the recorded dtype where no value changes."""
    missing = series.isna()
    if series.dtype == object and missing.any():
        series = series.where(~missing, float("nan"))
        if missing.all():
            series = series.astype(float)
    try:
        if isinstance(dtype, dict):
            return series.astype(pandas.CategoricalDtype(**dtype))
        if dtype is None:
            return series
        if dtype.startswith("datetime64"):
            return pandas.to_datetime(series, format="ISO8601").astype(dtype)
        if dtype.startswith("timedelta64"):
            found = [None if gone else _timedelta(one) for one, gone in zip(series, missing)]  # noqa: B905 3.9
            return pandas.Series(found, index=series.index, dtype=dtype)
        if dtype.startswith(("Int", "UInt", "Float", "boolean")):
            return series.astype(dtype)
        if not dtype.startswith(("int", "uint", "float", "bool")):
            return series
        if not pandas.api.types.is_numeric_dtype(series):
            raise ValueError(f"it contains {show(series[~missing].iloc[0])}")
        if missing.any() and not dtype.startswith("float"):
            return series  # numpy's integers cannot be missing
        cast = series.astype(dtype)
        return cast if dtype.startswith("float") or (cast == series).all() else series
    except (ValueError, TypeError) as error:
        want = "categories" if isinstance(dtype, dict) else dtype
        raise ParametersRejected(f"{path} must be a column of {want}: {error}") from None


def _series(schema: Mapping[str, Any], value: Any, path: str) -> Any:
    import pandas

    series = pandas.Series(value, dtype=None if value else schema.get("x-faas-dtype", object))
    return _column(pandas, series, schema.get("x-faas-dtype"), path)


def _pandas_time(schema: Mapping[str, Any], value: Any, path: str) -> Any:
    import pandas

    if schema["x-faas-type"] == "pandas.Timestamp":
        return pandas.Timestamp(_parsed(_datetime, value, path))
    return pandas.Timedelta(_parsed(_timedelta, value, path))


_MAKERS: Mapping[str, Callable[[Mapping[str, Any], Any, str], Any]] = {
    "numpy.ndarray": _array,
    "pandas.Series": _series,
    "pandas.Timestamp": _pandas_time,
    "pandas.Timedelta": _pandas_time,
}


# Classes


def _enumeration(convert: Converter, schema: Mapping[str, Any], value: Any, path: str) -> Any:
    # A schema without names lists the names, because the values are not JSON data.
    names = schema.get("x-faas-names")
    if names is None:
        name = coerce({"enum": schema["enum"]}, value, path)
        cls = convert.find(schema)
        return name if cls is None else cls[name]
    if isinstance(value, str) and value not in schema["enum"] and value in names:
        value = names[value]
    value = coerce({"enum": schema["enum"]}, value, path)
    cls = convert.find(schema)
    return value if cls is None else cls(value)


def _dataclass(convert: Converter, schema: Mapping[str, Any], value: Any, path: str) -> Any:
    data = coerce(data_schema(schema), value, path, convert)
    known = schema["properties"]
    return _made(convert, schema, path, {name: data[name] for name in known if name in data})


def _named_tuple(convert: Converter, schema: Mapping[str, Any], value: Any, path: str) -> Any:
    parts = {part["title"]: part for part in schema["prefixItems"]}
    if isinstance(value, dict):
        names = list(parts)[: schema["minItems"]]
        wanted = {"type": "object", "properties": parts, "required": names}
        data = coerce(wanted, value, path, convert)
        return _made(convert, schema, path, {name: data[name] for name in parts if name in data})
    data = coerce(data_schema(schema), value, path, convert)
    return _made(convert, schema, path, dict(zip(parts, data)))  # noqa: B905 Python 3.9


def _made(convert: Converter, schema: Mapping[str, Any], path: str, given: Any) -> Any:
    cls = convert.find(schema)
    if cls is None:
        return given
    try:
        return cls(**given)
    except (ValueError, TypeError) as error:
        raise ParametersRejected(f"{path} is not valid: {error}") from None


def _pydantic(convert: Converter, schema: Mapping[str, Any], value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise ParametersRejected(f"{path} must be a dictionary, not {show(value)}")
    cls = convert.find(schema)
    if cls is None:
        return value
    try:
        return cls.model_validate(value)
    except ValueError as error:
        raise ParametersRejected("; ".join(_problems(error, path))) from None


def _problems(error: Any, path: str) -> list[str]:
    if not hasattr(error, "errors"):
        return [f"{path} is not valid: {error}"]
    problems = []
    for each in error.errors(include_url=False, include_context=False):
        place = path
        for part in each["loc"]:
            place = f"{place}[{part}]" if isinstance(part, int) else join(place, str(part))
        came = "" if each["type"] == "missing" else f", not {show(each['input'])}"
        problems.append(f"{place}: {each['msg']}{came}")
    return problems


_CLASSES: Mapping[str, Callable[[Converter, Mapping[str, Any], Any, str], Any]] = {
    "enum": _enumeration,
    "dataclass": _dataclass,
    "namedtuple": _named_tuple,
    "pydantic": _pydantic,
}

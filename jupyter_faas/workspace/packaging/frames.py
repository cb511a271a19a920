"""Types of parameters and columns of frames, as the sample or the tests of a function show them.

A parameter without an annotation has the type of the live object with which it is tested: a frame,
an array or a date. Without a live object, it has any JSON value.

JSON has no dtypes: a date is a string there, and a category too. The action casts the columns of a
frame to the dtypes recorded here, so the function receives what it received in the notebook. Forms
and the OpenAPI document list the columns.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_faas.capture.library_schemas import LIVE_KINDS, library_schema
from jupyter_faas.capture.schema import is_json, kinds_in
from jupyter_faas.capture.signature import TYPED

Schema = dict[str, Any]

_FRAME = "pandas.DataFrame"
# A column with more categories than this is described as text.
_MOST_CATEGORIES = 1000
_TYPES: Mapping[str, Schema] = {
    "i": {"type": "integer"},
    "u": {"type": "integer"},
    "f": {"type": ["number", "null"]},
    "b": {"type": "boolean"},
    "M": {"type": ["string", "null"], "format": "date-time"},
    "m": {"type": ["string", "null"], "format": "duration"},
}


def with_live_types(
    schema: Mapping[str, Any], tests: Iterable[Mapping[str, Any]], sample: Any
) -> Mapping[str, Any]:
    """Return the schema of the parameters with the types of live objects and columns of frames.

    ``tests`` contains inputs, whose frames are live objects. ``sample`` is the sample: inputs, or a
    frame, which describes the only frame of a function without a test.
    """
    pandas = sys.modules.get("pandas")
    tests = list(tests)
    schema = _with_kinds(schema, tests, sample)
    properties = schema.get("properties", {})
    frames = [name for name, one in properties.items() if _place(one) is not None]
    if pandas is None or not frames:
        return schema
    inputs = [*tests, *_inputs(sample)]
    if len(frames) == 1:
        inputs.append({frames[0]: sample})
    found = {}
    for name in frames:
        live = [each.get(name) for each in inputs]
        shown = next((one for one in live if isinstance(one, pandas.DataFrame)), None)
        if shown is not None and shown.columns.nlevels == 1:
            found[name] = _described(properties[name], _columns(shown))
    return {**schema, "properties": {**properties, **found}} if found else schema


def libraries_of(schema: Mapping[str, Any]) -> set[str]:
    """Return the libraries with which the action makes the parameters: numpy, pandas or none."""
    properties = schema.get("properties", {}).values()
    return {kind for each in properties for kind in kinds_in(each)} & {"numpy", "pandas"}


def _inputs(sample: Any) -> list[Mapping[str, Any]]:
    """Return the inputs in a sample, which may also be the rows of a model."""
    if isinstance(sample, Mapping):
        return [sample]
    rows = sample if isinstance(sample, list) else []
    return [each for each in rows if isinstance(each, Mapping)]


def _with_kinds(
    schema: Mapping[str, Any], tests: list[Mapping[str, Any]], sample: Any
) -> Mapping[str, Any]:
    found = {}
    for name, one in schema.get("properties", {}).items():
        if one.keys() & {"type", "anyOf", "enum", "$ref"}:
            continue
        for each in (*tests, *_inputs(sample)):
            live = library_schema(type(each.get(name)))
            if live is not None and live["x-faas-type"] in LIVE_KINDS:
                found[name] = {**live, **one}
                break
    if not found:
        return schema
    return {**schema, "properties": {**schema["properties"], **found}, TYPED: True}


def _place(schema: Mapping[str, Any]) -> int | None:
    """Return where the frame is among the options of a schema, or None without a frame."""
    options = schema.get("anyOf", [schema])
    places = (place for place, one in enumerate(options) if one.get("x-faas-type") == _FRAME)
    return next(places, None)


def _described(schema: Mapping[str, Any], columns: Mapping[str, Any]) -> Schema:
    options = [dict(one) for one in schema.get("anyOf", [schema])]
    frame = options[_place(schema) or 0]
    described = {name: one for name, (one, _) in columns.items()}
    frame["items"] = {"type": "object", "properties": described}
    frame["x-faas-dtypes"] = {name: dtype for name, (_, dtype) in columns.items()}
    return {**schema, "anyOf": options} if "anyOf" in schema else frame


def _columns(frame: Any) -> dict[str, tuple[Schema, Any]]:
    """Return the schema and the dtype of each column, in the order of the frame."""
    return {str(name): _column(frame.iloc[:, at]) for at, name in enumerate(frame.columns)}


def _column(series: Any) -> tuple[Schema, Any]:
    dtype = series.dtype
    if hasattr(dtype, "categories"):
        categories = dtype.categories.tolist()
        if is_json(categories) and len(categories) <= _MOST_CATEGORIES:
            described: Schema = {"enum": [*categories, None]}
            return described, {"categories": categories, "ordered": bool(dtype.ordered)}
        return {}, None
    if dtype.kind in _TYPES:
        return dict(_TYPES[dtype.kind]), str(dtype)
    present = series.dropna()
    is_text = bool(present.map(lambda value: isinstance(value, str)).all())
    return ({"type": ["string", "null"]} if is_text else {}), None

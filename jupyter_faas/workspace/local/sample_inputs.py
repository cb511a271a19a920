"""Turn the rows of ``--sample`` into inputs of the function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# The maximum number of sample rows to try until the function accepts a row.
ROWS_TRIED = 20


def inputs_of(
    sample: Any, spec: Mapping[str, Any], preset: Mapping[str, Any], most: int = ROWS_TRIED
) -> Iterator[dict[str, Any]]:
    """Yield the parameters for each of the first ``most`` sample rows that fit the function.

    A sample is a data frame, an array, a list of rows, documents, numbers or dictionaries, or a
    dictionary of parameters or of columns. Columns and keys are matched to parameters by name, and
    columns without names by position. A single parameter may take a whole row or a document. Every
    required parameter that is not in ``preset`` must have a value. Where the type of a parameter is
    not known, several inputs may be yielded for a row.
    """
    properties = spec["schema"].get("properties", {})
    required = [name for name in spec["schema"].get("required", ()) if name not in preset]
    free = [name for name in properties if name not in preset]
    dictionary = spec["parameter_style"] == "dictionary"
    for row in _rows(_unfolded(sample, properties), most):
        if isinstance(row, Mapping):
            named = dict(row) if dictionary else {name: row[name] for name in free if name in row}
            if dictionary or (named and all(name in named for name in required)):
                yield named
                continue
        name = (required or free)[0] if len(free) == 1 or len(required) == 1 else None
        if name is not None:
            wholes = list(_wholes(row, properties[name]))
            yield from ({name: whole} for whole in wholes)
            if wholes:
                continue
        cells = list(row.values()) if isinstance(row, Mapping) else row
        if isinstance(cells, list):
            for names in (free, required):
                if names and len(names) == len(cells):
                    yield dict(zip(names, cells, strict=True))
                    break


def _unfolded(sample: Any, properties: Mapping[str, Any]) -> Any:
    """Return a dictionary of columns or of parameters as a list of dictionaries."""
    if not isinstance(sample, Mapping):
        return sample
    columns = {name: _listed(value) for name, value in sample.items()}
    # A parameter that takes a list has a list as its value, so it is not a column.
    if any(
        column is None or takes(properties.get(name, {}), "array")
        for name, column in columns.items()
    ):
        return [sample]
    rows = zip(*(column or () for column in columns.values()), strict=False)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _listed(value: Any) -> list[Any] | None:
    if isinstance(value, (list, tuple)):
        return list(value)
    listed = value.tolist() if hasattr(value, "tolist") else None
    return listed if isinstance(listed, list) else None


def _wholes(row: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the values with which a single parameter may take a whole row."""
    known = schema.get("x-faas-type")
    if known == "pandas.Series" and isinstance(row, Mapping):
        yield dict(row)
        return
    if known == "numpy.ndarray" and not isinstance(row, str):
        cells = list(row.values()) if isinstance(row, Mapping) else row
        # An array may be a batch, which here has one row, or one row.
        yield [cells]
        yield cells if isinstance(cells, list) else [cells]
        return
    items = schema.get("items", {})
    if isinstance(row, Mapping) and takes(schema, "array") and takes(items, "object"):
        # A parameter that is a data frame or a list of dictionaries takes a batch of one row.
        yield [dict(row)]
        return
    if isinstance(row, Mapping) and takes(schema, "array") and not takes(schema, "object"):
        # A parameter takes a row of a data frame as a list.
        row = list(row.values())
    kind = "array" if isinstance(row, list) else "object" if isinstance(row, Mapping) else ""
    kind = "string" if isinstance(row, str) else kind
    if not schema.keys() & {"type", "anyOf", "enum"}:
        if isinstance(row, Mapping):
            cells = list(row.values())
            yield from cells[:1] if len(cells) == 1 else ()
            yield dict(row)
            row = cells
        yield row
        yield [row]
    elif kind == "array" and takes(schema, "array"):
        # A parameter that is an array of arrays takes a batch, which here has one row.
        if not takes(items, "array"):
            yield row
        if not items or takes(items, "array"):
            yield [row]
    elif takes(schema, "array"):
        yield [row]
    elif kind in ("", "string") or takes(schema, kind):
        yield dict(row) if isinstance(row, Mapping) else row


def takes(schema: Mapping[str, Any], kind: str) -> bool:
    """Return whether a parameter's schema has the JSON type ``kind``."""
    stated = schema.get("type")
    return kind in stated if isinstance(stated, list) else stated == kind


def _rows(sample: Any, most: int) -> Iterator[Any]:
    """Yield the first rows of a sample.

    A row is a mapping for a data frame or a dictionary, a list for an array, and a string or a
    number for a document or a value.
    """
    try:
        if hasattr(sample, "columns") and hasattr(sample, "iloc"):
            names = [str(name) for name in sample.columns]
            # Read column by column, because a row of a data frame has a single type. Its integers
            # would become floats.
            columns = [sample.iloc[:most, place] for place in range(len(names))]
            for cells in zip(*columns, strict=True):
                yield dict(zip(names, cells, strict=True))
            return
        if hasattr(sample, "toarray"):
            # This is a scipy sparse matrix. Only the rows that are needed are made dense.
            sample = sample[:most].toarray()
        if hasattr(sample, "iloc"):
            sample = sample.iloc[:most].tolist()
        for row in sample[:most]:
            if isinstance(row, (str, Mapping, int, float)):
                yield row
            else:
                yield row.tolist() if hasattr(row, "tolist") else list(row)
    except (TypeError, ValueError, KeyError, IndexError):
        return  # The type of sample is unsupported, which the model's conversion reports.

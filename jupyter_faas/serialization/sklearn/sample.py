"""Determine a model's input schema, and convert the rows of ``--sample`` to its layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import class_name
from jupyter_faas.serialization.input_schema import (
    Column,
    ColumnReader,
    InputSchema,
    lowers_text,
    needs_text,
    readers,
    reads_columns,
    reads_integers,
    reads_text,
)

MAX_ROWS = 10_000
# ONNX has only dense rows. The rows of a HashingVectorizer have a million columns.
MAX_COLUMNS = 200_000
LEAVE_SAMPLE_OUT = "Leave --sample out: jupyter_faas then records or generates rows."
GIVE_SAMPLE = "Give sample rows: %%function NAME --sample X"


def limit_rows(sample: Any, limit: int = MAX_ROWS) -> Any:
    """Return at most ``limit`` evenly spaced rows of the sample, including the first and last."""
    count = sample.shape[0] if hasattr(sample, "shape") and sample.shape else _length(sample)
    if count <= limit:
        return sample
    places = [i * (count - 1) // (limit - 1) for i in range(limit)]
    if hasattr(sample, "iloc"):
        return sample.iloc[places]
    if isinstance(sample, (list, tuple)):
        return [sample[i] for i in places]
    return sample[places]


def _length(sample: Any) -> int:
    return len(sample) if hasattr(sample, "__len__") else 0


def schema_without_sample(name: str, model: Any, *, unread: bool = False) -> InputSchema:
    """Return the input schema, determined from the attributes of the fitted model.

    A column is text if an encoder, imputer or vectorizer was fitted on text in it. ``unread``:
    whether a model with text columns may also have columns that no estimator reads, whose types are
    not known. Raises ConversionError if it may not, or if the number of columns is unknown.
    """
    if reads_text(model):
        lower = lowers_text(readers(model, 1)[0])
        return InputSchema("text", (Column(None, "string", lower=lower),))
    _check_width(name, model)
    width = getattr(model, "n_features_in_", None)
    if width is None:
        raise ConversionError(
            f"{name!r} ({class_name(model)}) does not store the number of its input columns.",
            hint=GIVE_SAMPLE,
        )
    names = _fitted_names(model)
    by_column = readers(model, width) if reads_columns(model) else []
    kinds = [_kind_read(column) for column in by_column] or ["number"] * width
    if "string" in kinds and not unread:
        for i, column in enumerate(by_column):
            if not column:
                label = repr(names[i]) if names else str(i)
                raise ConversionError(
                    f"{name!r} does not use column {label}, so it does not store whether this "
                    "column contains text.",
                    hint=GIVE_SAMPLE,
                )
    columns = tuple(
        Column(
            names[i] if names else None,
            kind,
            lower=kind == "string" and lowers_text(by_column[i]),
        )
        for i, kind in enumerate(kinds)
    )
    if by_column:
        return InputSchema("columns", columns, frame=names is not None)
    return InputSchema("tensor", columns)


def _check_width(name: str, model: Any) -> None:
    width = getattr(model, "n_features_in_", None) or 0
    if width > MAX_COLUMNS:
        raise ConversionError(
            f"{name!r} ({class_name(model)}) reads {width:,} columns, which is too many for ONNX, "
            "because rows in ONNX are dense."
        )


def _kind_read(column: Sequence[ColumnReader]) -> str:
    if any(needs_text(reader) for reader in column):
        return "string"
    return "integer" if reads_integers(column) else "number"


def read_sample(name: str, model: Any, sample: Any) -> tuple[InputSchema, Array]:
    """Return the input schema and the sample's rows in the layout of the schema.

    ``sample``: a DataFrame, a dense or sparse 2-D array, or a list of rows. For models that read
    documents, it is a list or Series of strings. Raises ConversionError if the sample does not fit
    the model.
    """
    if reads_text(model):
        return _read_documents(name, model, sample)
    _check_width(name, model)
    names = _fitted_names(model)
    if hasattr(sample, "columns") and hasattr(sample, "__getitem__"):
        values = _frame_columns(name, sample, names)
    else:
        values = _row_columns(name, sample)
    width = getattr(model, "n_features_in_", len(values))
    if len(values) != width:
        raise ConversionError(
            f"The sample has {len(values)} columns, but {name!r} ({class_name(model)}) was "
            f"fitted with {width}.",
            hint=LEAVE_SAMPLE_OUT,
        )
    if not values or len(values[0]) == 0:
        raise ConversionError(f"The sample for {name!r} has no rows.", hint=GIVE_SAMPLE)
    return _assemble(name, model, values, names)


def _assemble(
    name: str, model: Any, values: Sequence[Array], names: Sequence[str] | None
) -> tuple[InputSchema, Array]:
    by_column = readers(model, len(values)) if reads_columns(model) else [[] for _ in values]
    columns = []
    for i, cells in enumerate(values):
        label = names[i] if names else str(i)
        kind = _kind(name, label, cells)
        # If all values are missing, the type of the column is taken from the fitted model.
        if kind == "empty":
            kind = "string" if any(needs_text(reader) for reader in by_column[i]) else "number"
        if kind == "number" and reads_integers(by_column[i]):
            kind = "integer"
        whole = cells.dtype.kind in "iub"
        lower = kind == "string" and lowers_text(by_column[i])
        columns.append(Column(names[i] if names else None, kind, whole, lower))
    if not reads_columns(model) and all(column.kind == "number" for column in columns):
        rows = np.column_stack([_numbers(cells) for cells in values])
        return InputSchema("tensor", tuple(columns)), rows
    table = np.empty((len(values[0]), len(values)), dtype=object)
    for i, (column, cells) in enumerate(zip(columns, values, strict=True)):
        table[:, i] = _texts(cells) if column.kind == "string" else _numbers(cells)
    return InputSchema("columns", tuple(columns), frame=names is not None), table


def _fitted_names(model: Any) -> list[str] | None:
    names = getattr(model, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def _frame_columns(name: str, frame: Any, names: Sequence[str] | None) -> list[Array]:
    given = list(frame.columns)
    missing = [column for column in names or () if column not in given]
    if missing:
        raise ConversionError(
            f"The sample does not contain the column {missing[0]!r} that {name!r} was fitted with.",
            hint=LEAVE_SAMPLE_OUT,
        )
    return [np.asarray(frame[column]) for column in names or given]


def _row_columns(name: str, sample: Any) -> list[Array]:
    if hasattr(sample, "toarray"):
        sample = sample.toarray()
    array = sample if isinstance(sample, np.ndarray) else _table(sample)
    if array.ndim != 2:
        raise ConversionError(
            f"The sample for {name!r} must have two dimensions (rows and columns), with the same "
            "number of columns in every row.",
            hint=LEAVE_SAMPLE_OUT,
        )
    return [array[:, i] for i in range(array.shape[1])]


def _table(sample: Any) -> Array:
    if not isinstance(sample, (list, tuple)):
        return np.array(None)
    rows = [list(row) if isinstance(row, (list, tuple)) else row for row in sample]
    if any(isinstance(row, list) for row in rows):
        widths = {len(row) if isinstance(row, list) else -1 for row in rows}
        if len(widths) > 1:
            # The rows differ in length, so the result is an array that the caller rejects.
            return np.array(None)
        # numpy.array would convert numbers in mixed rows to strings.
        table = np.empty((len(rows), widths.pop()), dtype=object)
        for i, row in enumerate(rows):
            table[i, :] = row
        return table
    return np.array(rows) if all(isinstance(row, np.ndarray) for row in rows) else np.array([])


def _read_documents(name: str, model: Any, sample: Any) -> tuple[InputSchema, Array]:
    documents = [] if isinstance(sample, str) else list(sample)
    if not documents or not all(isinstance(document, str) for document in documents):
        raise ConversionError(
            f"{name!r} reads documents, so its sample must be a list of one or more strings.",
            hint=GIVE_SAMPLE,
        )
    rows = np.empty((len(documents), 1), dtype=object)
    rows[:, 0] = documents
    lower = lowers_text(readers(model, 1)[0])
    return InputSchema("text", (Column(None, "string", lower=lower),)), rows


def _kind(name: str, label: str, cells: Array) -> str:
    """Return the kind of a column: ``number``, ``string``, or ``empty`` if all values are missing.

    Raises ConversionError for columns of other types or mixed types.
    """
    if cells.dtype.kind in "iufb":
        return "number"
    if cells.dtype.kind == "U":
        return "string"
    present = [value for value in cells.tolist() if not _missing(value)]
    if not present:
        return "empty"
    if all(isinstance(value, str) for value in present):
        return "string"
    if all(isinstance(value, (int, float)) or hasattr(value, "__float__") for value in present):
        return "number"
    kinds = sorted({type(value).__name__ for value in present})
    raise ConversionError(
        f"Column {label!r} of the sample for {name!r} contains {' and '.join(kinds)} values, but "
        "ONNX columns contain either numbers or text.",
        hint="Convert the column to one of these types, in the notebook and in the calls.",
    )


def _missing(value: Any) -> bool:
    # pandas.NA is recognized by its class name, because ``NA != NA`` is NA, which bool() rejects.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def _numbers(cells: Array) -> Array:
    if cells.dtype.kind in "iufb":
        return cells.astype(np.float64)
    return np.array([np.nan if _missing(v) else float(v) for v in cells.tolist()])


def _texts(cells: Array) -> Array:
    texts = np.empty(len(cells), dtype=object)
    texts[:] = [v if isinstance(v, str) or v is None else np.nan for v in cells.tolist()]
    return texts

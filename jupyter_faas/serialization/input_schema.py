"""The columns of a model's input and their kinds: numbers, integers, strings, or documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import children, first_step

ENCODERS = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")
VECTORIZERS = ("CountVectorizer", "TfidfVectorizer")


@dataclass(frozen=True)
class Column:
    """A column of the model's input rows.

    ``name`` is None for a column without a name. ``kind`` is ``number``, ``integer`` or ``string``.
    An ``integer`` column is read only by encoders whose categories are whole numbers, which ONNX
    compares exactly as int64. ``whole``: whether the sample has integers or booleans in this
    column, so that test rows have integers too. ``lower``: whether all estimators that read this
    column lowercase its text. The action model then lowercases it, not the graph, because ONNX
    lowercases some letters differently from Python.
    """

    name: str | None
    kind: str
    whole: bool = False
    lower: bool = False


@dataclass(frozen=True)
class InputSchema:
    """The layout of rows for the original model and its ONNX form.

    ``layout`` is ``tensor``, ``columns`` or ``text``. Rows are a float64 array for ``tensor``, and
    an object array otherwise. With ``columns``, the graph has one input per column. With ``text``,
    there is one column, and it contains documents. ``frame``: whether the original needs a pandas
    DataFrame, because it selects columns by name.
    """

    layout: str
    columns: tuple[Column, ...]
    frame: bool = False

    @property
    def width(self) -> int:
        return len(self.columns)

    @property
    def names(self) -> list[str] | None:
        names = [column.name for column in self.columns if column.name is not None]
        return names if len(names) == self.width and self.layout != "text" else None

    def numeric(self) -> list[int]:
        """Return the indices of the columns of kind ``number``."""
        return [i for i, column in enumerate(self.columns) if column.kind == "number"]

    def label(self, index: int) -> str:
        """Return the name of the column at ``index``, or the index as a string if it is unnamed."""
        name = self.columns[index].name
        return name if name is not None else str(index)

    def original(self, rows: Array) -> Any:
        """Return ``rows`` in the form in which the notebook would pass them to the model."""
        if self.layout == "tensor":
            return rows
        if self.layout == "text":
            return rows[:, 0].tolist()
        if self.frame:
            return self._frame(rows)
        # numpy's functions do not accept numbers of dtype object, as which mixed rows are stored.
        mixed = any(column.kind == "string" for column in self.columns)
        return rows if mixed else rows.astype(np.float64)

    def _frame(self, rows: Array) -> Any:
        import pandas

        series: dict[str, Any] = {}
        for i, column in enumerate(self.columns):
            values = rows[:, i]
            if column.kind == "string":
                # Encoders distinguish None from NaN, and only dtype object preserves both.
                series[str(column.name)] = pandas.Series(values, dtype=object)
                continue
            numbers = np.array(values, dtype=np.float64)
            # Test rows may have NaN, a fraction or a huge number in this column, which int64 cannot
            # represent.
            whole = column.whole and (np.abs(numbers) < 2.0**62).all() and (numbers % 1 == 0).all()
            series[str(column.name)] = numbers.astype(np.int64) if whole else numbers
        return pandas.DataFrame(series, copy=False)


def reads_columns(model: Any) -> bool:
    """Return whether the model reads columns separately, so that they may have different types."""
    first = first_step(model)
    if type(first).__name__ == "FeatureUnion":
        return any(reads_columns(part) for _, part in children("", first))
    return type(first).__name__ in ("ColumnTransformer", *ENCODERS)


def reads_text(model: Any) -> bool:
    """Return whether the model reads documents instead of rows."""
    first = first_step(model)
    if type(first).__name__ == "FeatureUnion":
        return any(reads_text(part) for _, part in children("", first))
    return type(first).__name__ in VECTORIZERS


@dataclass(frozen=True)
class ColumnReader:
    """The first estimator that a column passes through, and the column's position in its input."""

    estimator: Any
    position: int


def readers(model: Any, width: int) -> list[list[ColumnReader]]:
    """Return, for each of ``width`` columns, the first estimators that read the column."""
    found: list[list[ColumnReader]] = [[] for _ in range(width)]
    _collect(model, list(range(width)), found)
    return found


def _collect(model: Any, columns: Sequence[int], found: list[list[ColumnReader]]) -> None:
    first = first_step(model)
    if type(first).__name__ == "FeatureUnion":
        for _, part in children("", first):
            _collect(part, columns, found)
    elif type(first).__name__ == "ColumnTransformer":
        for name, part, _ in first.transformers_:
            # Columns may be selected by name, slice, mask or function. Only this private attribute
            # has the positions of the selected columns.
            places = first._transformer_to_input_indices.get(name, [])
            if not isinstance(part, str):
                _collect(part, [columns[i] for i in places], found)
    else:
        for position, column in enumerate(columns):
            found[column].append(ColumnReader(first, position))


def categories(reader: ColumnReader) -> Sequence[Any] | None:
    """Return an encoder's categories for a column, or None if the reader is not an encoder."""
    # Other libraries have encoders of the same names that record their categories otherwise.
    recorded = getattr(reader.estimator, "categories_", None)
    if type(reader.estimator).__name__ not in ENCODERS or recorded is None:
        return None
    known: Sequence[Any] = recorded[reader.position].tolist()
    return known


def thresholds(reader: ColumnReader) -> list[float]:
    """Return the values of a column at which the reader's result jumps.

    Only estimators with thresholds other than a tree's have such values.
    """
    estimator, kind = reader.estimator, type(reader.estimator).__name__
    if kind == "Binarizer":
        return [float(estimator.threshold)]
    if kind == "BernoulliNB":
        return [] if estimator.binarize is None else [float(estimator.binarize)]
    if kind == "KBinsDiscretizer":
        return [float(edge) for edge in estimator.bin_edges_[reader.position]]
    if kind == "QuantileTransformer":
        return [float(value) for value in estimator.quantiles_[:, reader.position]]
    return []


def needs_text(reader: ColumnReader) -> bool:
    """Return whether the reader was fitted on strings or documents."""
    known = categories(reader)
    if known is None and type(reader.estimator).__name__ == "SimpleImputer":
        known = [reader.estimator.statistics_[reader.position]]
    texts = any(isinstance(value, str) for value in known or ())
    return texts or type(reader.estimator).__name__ in VECTORIZERS


def reads_integers(column: Sequence[ColumnReader]) -> bool:
    """Return whether the column is read only by encoders whose categories are whole numbers."""
    for reader in column:
        known = categories(reader)
        if known is None or any(isinstance(value, str) or value is None for value in known):
            return False
        # value == value excludes NaN, the category of missing values.
        if any(value == value and value != int(value) for value in known):
            return False
    return bool(column)


def lowers_text(column: Sequence[ColumnReader]) -> bool:
    """Return whether the column has readers, and all of them lowercase its text."""
    return bool(column) and all(
        type(reader.estimator).__name__ in VECTORIZERS and reader.estimator.lowercase
        for reader in column
    )

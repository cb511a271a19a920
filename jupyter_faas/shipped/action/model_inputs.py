"""Convert the rows that a model's method receives to the inputs of its ONNX graph.

Packages contain this module as ``faas_model_inputs.py``, and ``faas_models.py`` imports it. It
checks the rows as scikit-learn would, and imports only the standard library and numpy.

Text and integer columns in ONNX cannot contain missing values or values of other types. Sentinels
replace such values, here and in the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# Sentinels for values in a text column that are not strings. They begin with characters from
# Unicode's private use area, which real text does not contain. The encoders and imputers in the
# graph use the same sentinels.
MISSING_TEXT = "\ue000NaN"
NONE_TEXT = "\ue000None"
FOREIGN_TEXT = "\ue001"
# Sentinels in an integer column for missing values and for values that are not integers.
MISSING_INTEGER = -(2**63)
FOREIGN_INTEGER = MISSING_INTEGER + 1


class ModelInputs:
    """A converter from the rows that are passed to a method to the graph's inputs."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._layout: str = spec["layout"]
        self._inputs: list[tuple[str, str]] = [(i["name"], i["dtype"]) for i in spec["inputs"]]
        self._kinds: list[str] = spec["kinds"]
        self._columns: list[str] | None = spec["columns"]
        self._name: str = spec["estimator"]
        self._lowers: list[int] = spec["lowers"]
        self._refuses: Mapping[str, list[int]] = spec["refuses"]
        self._known = {int(index): set(values) for index, values in spec["known"].items()}
        self._rejects = frozenset(spec.get("rejects", ()))
        guards = spec.get("guards", {})
        self._calm: float = guards.get("calm", 1e30)
        self._most: float = guards.get("most", np.inf)

    def feeds(self, rows: Any) -> tuple[dict[str, Array], bool]:
        """Return the graph's inputs, and whether the rows are calm.

        In calm rows, all numbers are finite and at most as large as the spec's ``calm``.
        """
        odd: list[int] = []
        if self._layout == "tensor":
            name, dtype = self._inputs[0]
            numbers = self._numbers(self._tensor(rows), range(len(self._kinds)), dtype, odd)
            return {name: numbers}, not odd
        columns = [self._documents(rows)] if self._layout == "text" else self._separate(rows)
        feeds = {
            name: self._column(columns[i], i, dtype, odd)
            for i, (name, dtype) in enumerate(self._inputs)
        }
        return feeds, not odd

    def _tensor(self, rows: Any) -> Array:
        # Columns are selected by name.
        if _is_frame(rows) and self._columns is not None:
            given = self._separate(rows)
            if "object_columns" in self._rejects:
                self._check_object_columns(given)
            if all(getattr(column.dtype, "kind", "") in "iu" for column in given):
                self._check_integers()
            return np.column_stack([self._floats(column) for column in given])
        if hasattr(rows, "toarray"):
            if "sparse" in self._rejects:
                raise ValueError(f"{self._name} does not accept sparse rows: pass rows.toarray().")
            rows = rows.toarray()
        array = np.asarray(rows)
        if array.dtype == np.float64:
            # The usual case needs no other checks.
            self._check_shape(array.shape)
            return array
        self._check_type(array)
        self._check_shape(array.shape)
        return self._floats(array)

    def _check_type(self, array: Array) -> None:
        if array.dtype.kind == "O" and "objects" in self._rejects:
            raise ValueError(f"{self._name} does not accept objects: pass an array of numbers.")
        if array.dtype.kind == "O" and "nothing" in self._rejects and (array == None).any():  # noqa: E711
            raise ValueError(f"Input X contains None, which {self._name} does not accept.")
        if array.dtype.kind in "iu":
            self._check_integers()
        # numpy would parse the strings as numbers, as some estimators do.
        if array.dtype.kind in "SU" and "text" in self._rejects:
            raise ValueError("dtype='numeric' is not compatible with arrays of bytes/strings.")

    def _check_object_columns(self, columns: list[Any]) -> None:
        for column in columns:
            if getattr(column.dtype, "kind", "") == "O":
                raise ValueError(
                    f"{self._name} does not accept the column {column.name!r} of dtype object: "
                    "convert it with astype(float)."
                )

    def _check_integers(self) -> None:
        if "integers" in self._rejects:
            raise ValueError(
                f"{self._name} does not accept whole numbers: pass rows.astype(float)."
            )

    def _floats(self, values: Any) -> Array:
        dtype = getattr(values, "dtype", None)
        kind = getattr(dtype, "kind", "")
        if kind == "c":
            raise ValueError("Complex data not supported")
        if kind == "b" and "truths" in self._rejects:
            raise ValueError(
                f"{self._name} does not accept Boolean values: pass values.astype(float)."
            )
        if kind in ("m", "M") and "dates" in self._rejects:
            raise ValueError(f"{self._name} does not accept dates: pass numbers.")
        if dtype == np.float32 and "float32" in self._rejects:
            raise ValueError(f"{self._name} needs float64 values: pass values.astype(float).")
        return _floats(values)

    def _separate(self, rows: Any) -> list[Any]:
        """Return the columns of ``rows`` in the order of the model's inputs.

        Raises ValueError if columns are missing, unknown or too many.
        """
        if _is_frame(rows) and self._columns is not None:
            given = [str(name) for name in rows.columns]
            missing = [name for name in self._columns if name not in given]
            if missing:
                fitted = ", ".join(self._columns)
                raise ValueError(f"X lacks the column {missing[0]!r}: the model reads {fitted}.")
            unseen = [name for name in given if name not in self._columns]
            # A ColumnTransformer ignores unknown columns, but other estimators reject them.
            if unseen and self._layout == "tensor":
                raise ValueError(f"Feature names unseen at fit time: {', '.join(unseen)}")
            if "order" in self._rejects and given != self._columns:
                fitted = ", ".join(self._columns)
                raise ValueError(
                    f"The feature names must be in the same order as they were in fit: {fitted}."
                )
            self._check_shape((len(rows), len(self._columns)))
            return [rows[name] for name in self._columns]
        if "array" in self._rejects:
            raise ValueError(f"{self._name} selects columns by name: pass a pandas DataFrame.")
        # The dtype is object, because numpy would otherwise convert numbers in mixed rows to
        # strings.
        array = rows if isinstance(rows, np.ndarray) else np.asarray(rows, dtype=object)
        self._check_type(array)
        self._check_shape(array.shape)
        return [array[:, i] for i in range(len(self._kinds))]

    def _documents(self, rows: Any) -> list[str]:
        documents = [rows] if isinstance(rows, str) else list(rows)
        if isinstance(rows, str) or not all(isinstance(text, str) for text in documents):
            raise ValueError(f"The documents must be a list of strings, not {rows!r:.80}")
        self._check_shape((len(documents), 1))
        return documents

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        width = len(self._kinds)
        if len(shape) != 2:
            raise ValueError(
                f"Expected 2D array, got {len(shape)}D array instead. Write a single row as "
                "[[…]], and a single column as array.reshape(-1, 1)."
            )
        if shape[1] != width:
            expected = f"{self._name} is expecting {width} features as input"
            raise ValueError(f"X has {shape[1]} features, but {expected}.")
        if shape[0] == 0:
            raise ValueError(
                f"Found array with 0 sample(s) (shape={shape}), but {self._name} needs at least "
                "one."
            )

    def _column(self, values: Any, index: int, dtype: str, odd: list[int]) -> Array:
        if self._kinds[index] != "string":
            self._check_number_type(values, index)
        if self._kinds[index] == "number":
            numbers = self._floats(values).reshape(-1, 1)
            return self._numbers(numbers, range(index, index + 1), dtype, odd)
        if self._kinds[index] == "integer":
            floats = self._floats(values)
            if index in self._refuses["infinity"] and np.isinf(floats).any():
                raise ValueError(f"Input X contains infinity in column {index}.")
            column = _integers(floats)
        else:
            column = self._texts(values, index)
        cells = column.tolist()
        for refused, text in (("nan", MISSING_TEXT), ("none", NONE_TEXT)):
            if index in self._refuses[refused] and text in cells:
                raise ValueError(f"Input X contains missing values in column {index}.")
        if index in self._known and not self._known[index].issuperset(cells):
            unknown = sorted(set(cells) - self._known[index])
            raise ValueError(f"Found unknown categories {unknown} in column {index}")
        # Text is lowercased here, because ONNX lowercases some letters differently from Python.
        if index in self._lowers:
            column = np.array([text.lower() for text in cells], dtype=object)
        return column.reshape(-1, 1)

    def _check_number_type(self, values: Any, index: int) -> None:
        kind = getattr(getattr(values, "dtype", None), "kind", "") or "-"
        for refused, kinds in (("integers", "iu"), ("truths", "b")):
            if kind in kinds and index in self._refuses.get(refused, ()):
                raise ValueError(f"Column {index} must contain floats, not {values.dtype}.")

    def _texts(self, values: Any, index: int) -> Array:
        """Return a text column with sentinels. Raises ValueError for types that are rejected."""
        kind = getattr(getattr(values, "dtype", None), "kind", "O")
        if kind in "iufb" and index in self._refuses.get("typed", ()):
            raise ValueError(f"Column {index} must contain text, not {values.dtype}.")
        column = _texts(values)
        if index in self._refuses.get("foreign", ()):
            foreign = [text for text in column.tolist() if text.startswith(FOREIGN_TEXT)]
            if foreign:
                raise ValueError(f"Column {index} must contain text, not {foreign[0][1:]}.")
        return column

    def _numbers(self, values: Array, indices: range, dtype: str, odd: list[int]) -> Array:
        # The check follows the cast, because a large float64 becomes infinity in float32, which
        # scikit-learn rejects too.
        if dtype == "float64":
            cast = values
        else:
            with np.errstate(over="ignore"):
                cast = values.astype(dtype)
        # The comparison is False for NaN.
        if np.abs(cast).max() < self._calm:
            return cast
        odd.append(indices.start)
        if (np.abs(cast[np.isfinite(cast)]) > self._most).any():
            raise ValueError(
                f"The ONNX form accepts only numbers up to {self._most:g}, because larger numbers "
                "are too far from its training data."
            )
        with np.errstate(over="ignore"):
            large = np.isinf(values.astype(np.float32)).max(axis=0)
        nan, infinite = np.isnan(values).max(axis=0), np.isinf(cast).max(axis=0)
        for position, index in enumerate(indices):
            if nan[position] and index in self._refuses["nan"]:
                raise ValueError(f"Input X contains NaN, which {self._name} does not accept.")
            if infinite[position] and index in self._refuses["infinity"]:
                raise ValueError(f"Input X contains infinity or a value too large for {dtype}.")
            if large[position] and index in self._refuses.get("large", ()):
                raise ValueError("Input X contains infinity or a value too large for float32.")
        return cast


def _is_frame(rows: Any) -> bool:
    return hasattr(rows, "columns") and hasattr(rows, "__getitem__")


def _is_missing(value: Any) -> bool:
    # pandas.NA is recognized by its class name, because ``NA != NA`` is NA, which bool() rejects.
    return type(value).__name__ == "NAType" or bool(value != value)


def text_value(value: Any) -> str:
    """Return the value of a text column as a string, which may be a sentinel."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return NONE_TEXT
    # The prefix ensures that the number 1 and the string "1" are different categories.
    return MISSING_TEXT if _is_missing(value) else f"{FOREIGN_TEXT}{value!r}"


def _texts(values: Any) -> Array:
    return np.array([text_value(value) for value in np.asarray(values, dtype=object)], dtype=object)


def _floats(values: Any) -> Array:
    try:
        return np.asarray(values, dtype=np.float64)
    except TypeError:
        # scikit-learn accepts pandas.NA only in columns of a pandas type, such as Int64. numpy
        # cannot convert it, so it is replaced here.
        if isinstance(getattr(values, "dtype", np.dtype(object)), np.dtype):
            raise ValueError("Input X contains values that are not numbers.") from None
        cells = np.asarray(values, dtype=object)
        numbers = [np.nan if v is None or _is_missing(v) else float(v) for v in cells.reshape(-1)]
        shaped: Array = np.array(numbers, dtype=np.float64).reshape(cells.shape)
        return shaped


def _integers(values: Array) -> Array:
    # The limit prevents an overflow in the cast to int64 and collisions with the sentinels.
    whole = np.isfinite(values) & (np.floor(values) == values) & (np.abs(values) < 2.0**62)
    integers = np.where(whole, values, 0).astype(np.int64)
    integers[~whole] = FOREIGN_INTEGER
    integers[np.isnan(values)] = MISSING_INTEGER
    return integers

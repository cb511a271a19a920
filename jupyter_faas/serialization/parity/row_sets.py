"""Test rows for the parity check: distinct values of the sample, edge cases, and unusual text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.input_schema import InputSchema

# The limit is per column, so that a column with many values does not displace the others.
MAX_VALUES = 200
# The target size of the set of distinct values. It is large enough to reach splits that depend on a
# single value, and small enough to take less than a second with a forest of 100 trees.
_TARGET_ROWS = 4_000
_MAX_ROWS = 20_000
# The limits for wide rows, such as those of a vectorizer: 32 MB of float64.
_MAX_CELLS = 4_000_000
_MIN_ROWS = 128
# Each value is inserted into several rows, because a single row may not reach the relevant split.
_MAX_REPEATS = 8
_DECIMALS = 4


@dataclass(frozen=True)
class RowSet:
    """Test rows in the input schema, with the name that the report shows.

    ``stops``: whether a failing row blocks the packaging. ``strict``: whether ties between labels
    count as failures. ``of``: the number of rows before the set was limited. ``marks``: the column
    that was changed in each row, or an empty tuple.
    """

    name: str
    rows: Array
    stops: bool
    strict: bool
    of: int
    marks: tuple[int, ...] = ()

    @classmethod
    def of_rows(
        cls, name: str, rows: Array, *, stops: bool, strict: bool, marks: tuple[int, ...] = ()
    ) -> RowSet:
        return cls(name, rows, stops, strict, len(rows), marks)

    def mark(self, row: int) -> int | None:
        """Return the column that was changed to create the row, or None if none was recorded."""
        return self.marks[row] if self.marks else None


def distinct_values(schema: InputSchema, sample: Array, rng: np.random.Generator) -> RowSet:
    """Return rows of the sample with one value replaced by a distinct value of the same column.

    Columns of integers, decimals and text are used, with at most 200 values each. Of wide rows,
    evenly spaced columns are used. A tree's threshold is the midpoint of two values. In these
    columns, real rows often have exactly this value, so rounding may change their labels.
    """
    limit = min(_MAX_ROWS, most_rows(schema.width))
    by_column = {
        index: values
        # The output of a vectorizer may have tens of thousands of columns.
        for index in evenly_spaced(np.arange(schema.width), limit // 2).tolist()
        if schema.layout != "text" and len(values := _values(schema, sample, index))
    }
    total = sum(len(values) for values in by_column.values())
    # If there are too many values, the same fraction of each column's values is used.
    share = min(1.0, limit / total) if total else 1.0
    repeats = max(1, min(_MAX_REPEATS, min(_TARGET_ROWS, limit) // total)) if total else 0
    parts = []
    marks: list[int] = []
    for index, values in by_column.items():
        chosen = evenly_spaced(values, max(2, int(len(values) * share)))
        filled = np.repeat(chosen, repeats)
        marks += [index] * len(filled)
        base = sample[rng.integers(0, len(sample), len(filled))].copy()
        base[:, index] = filled
        parts.append(base)
    rows = np.concatenate(parts) if parts else sample[:0]
    return RowSet("distinct values", rows, True, True, total * repeats, tuple(marks))


def most_rows(width: int) -> int:
    """Return how many rows of a number of columns a set may have, so that it fits into memory."""
    return max(_MIN_ROWS, _MAX_CELLS // max(1, width))


def _values(schema: InputSchema, sample: Array, index: int) -> Array:
    column = sample[:, index]
    if schema.columns[index].kind == "string":
        texts = sorted({value for value in column.tolist() if isinstance(value, str)})
        values = np.empty(len(texts), dtype=object)
        values[:] = texts
        return evenly_spaced(values, MAX_VALUES)
    numbers = column.astype(np.float64)
    numbers = np.unique(numbers[np.isfinite(numbers)])
    return evenly_spaced(numbers, MAX_VALUES) if is_decimal(numbers) else numbers[:0]


def is_decimal(values: Array) -> bool:
    """Return whether all values have at most four decimals, such as counts or prices.

    Returns False if there are no values.
    """
    # Every float64 of at least 2**53 is a whole number, so the test would always succeed.
    if not len(values) or np.abs(values).max() >= 2**53:
        return False
    for decimals in range(_DECIMALS + 1):
        scaled = values * 10.0**decimals
        if np.all(np.abs(scaled - np.round(scaled)) <= 1e-9 * np.maximum(1, np.abs(scaled))):
            return True
    return False


def evenly_spaced(values: Array, count: int) -> Array:
    """Return at most ``count`` evenly spaced values, including the first and the last."""
    if len(values) <= count:
        return values
    return values[np.linspace(0, len(values) - 1, count).astype(np.intp)]


MAX_COLUMNS = 200
MAX_THRESHOLDS = 10
# Strings that encoders do not know or could mistake for a missing value.
_UNKNOWN_TEXTS = ("", "no such category", "Ünïcødé – 数据 🙂", " padded ", "nan", "None")
# Documents that Python and ONNX may tokenize or lowercase differently.
_EDGE_CASE_DOCUMENTS = (
    "",
    " ",
    "a",
    "1234 3.14 1e5",
    "snake_case kebab-case it's e-mail@example.org",
    "!?.,;:()[]{}<>/\\|\"'`~^&*%$#@+=-",
    "İstanbul İZMİR ı",
    "Straße STRASSE ẞ",
    "naïve café Ærøskøbing Łódź",
    "数据 科学 机器学习",
    "привет мир",
    "🙂 👩‍🔬 text",
    "no\u00a0break\u2003space\u200bzero",
    "line\nbreak\ttab\r\nend",
)


def edge_case_rows(
    schema: InputSchema,
    sample: Array,
    rng: np.random.Generator,
    thresholds: Mapping[int, Sequence[float]] = MappingProxyType({}),
) -> RowSet:
    """Return one row per column and edge case, or no rows for documents.

    The edge cases are missing values, the minimum, the maximum, ten times the maximum, zero, a
    negative and a tiny number, unknown categories, unknown strings, and a number instead of text.
    ``thresholds`` maps columns to further values. In the last rows, all numbers are missing, zero
    or negative.
    """
    if schema.layout == "text":
        return RowSet.of_rows("unusual inputs", sample[:0], stops=True, strict=True)
    most = min(MAX_COLUMNS, most_rows(schema.width) // 8)
    indices = evenly_spaced(np.arange(schema.width), most).tolist()
    parts = []
    marks: list[int] = []
    for index in indices:
        values = _edge_case_values(schema, sample, index)
        extra = evenly_spaced(np.array(thresholds.get(index, ())), MAX_THRESHOLDS)
        values = np.concatenate([values, extra]) if len(extra) else values
        base = sample[rng.integers(0, len(sample), len(values))].copy()
        base[:, index] = values
        marks += [index] * len(values)
        parts.append(base)
    numbers = [i for i in range(schema.width) if schema.columns[i].kind != "string"]
    # A model that accepts a missing value may still reject a row in which all numbers are missing.
    # A row of zeros has no direction, so it cannot be normalized.
    for value in (np.nan, 0.0, -1.0) if numbers else ():
        blank = sample[:1].copy()
        blank[:, numbers] = value
        parts.append(blank)
        marks.append(numbers[0])
    rows = np.concatenate(parts)
    return RowSet.of_rows("unusual inputs", rows, stops=True, strict=True, marks=tuple(marks))


def _edge_case_values(schema: InputSchema, sample: Array, index: int) -> Array:
    column = sample[:, index]
    if schema.columns[index].kind == "string":
        known = next((value for value in column.tolist() if isinstance(value, str)), "")
        texts = [np.nan, None, 5, *_UNKNOWN_TEXTS, known.swapcase()]
        values = np.empty(len(texts), dtype=object)
        values[:] = texts
        return values
    numbers = column.astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    low, high = (float(np.min(numbers)), float(np.max(numbers))) if len(numbers) else (0.0, 1.0)
    extremes = [np.nan, low, high, 10 * high, 0.0, -1 - abs(high), 1e-9]
    if schema.columns[index].kind == "integer":
        # These are a category that the encoder does not know and a number that is not an integer.
        extremes += [high + 1, low + 0.5]
    return np.array(extremes)


def edge_case_documents(schema: InputSchema, sample: Array, vocabulary: list[str]) -> RowSet:
    """Return documents whose case, accents, spaces and scripts differ from the sample's.

    ``vocabulary``: words that the model's vectorizers know. Returns no rows if the model does not
    read documents.
    """
    if schema.layout != "text":
        return RowSet.of_rows("unusual text", sample[:0], stops=True, strict=True)
    documents = list(_EDGE_CASE_DOCUMENTS)
    for text in [str(document) for document in sample[:8, 0]]:
        accented = text.replace("e", "é").replace("a", "ä")
        documents += [
            text.upper(),
            text.title(),
            accented,
            unicodedata.normalize("NFD", accented),
            text.replace(" ", "\u00a0"),
            text.replace(" ", ", "),
            f"{text} 🙂",
        ]
    documents += [word.upper() for word in vocabulary[:16]]
    documents += [" ".join(vocabulary[:32]), f"({' '.join(vocabulary[:4])})…"]
    rows = np.empty((len(documents), 1), dtype=object)
    rows[:, 0] = documents
    return RowSet.of_rows("unusual text", rows, stops=True, strict=True)

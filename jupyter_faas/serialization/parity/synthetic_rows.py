"""Generate rows from the attributes of a fitted model if there is no ``--sample``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import children, first_step
from jupyter_faas.serialization.input_schema import ColumnReader, InputSchema, categories, readers
from jupyter_faas.serialization.parity.boundary_rows import splits_of

ROWS = 256
_MAX_WORDS = 12


def synthetic_rows(
    model: Any, schema: InputSchema, rng: np.random.Generator, known: Array | None = None
) -> Array:
    """Return 256 rows that resemble the rows that the model was fitted on.

    The values of a column are the encoder's categories, documents of the vectorizer's vocabulary,
    values between the splits of trees, or values around the means, bounds or rows that the first
    step stores. If the model does not store any of these, the values are normally distributed
    around zero, with four different standard deviations. Text that the model does not store is
    taken from ``known``, which has rows of a sample.
    """
    texts = any(column.kind == "string" for column in schema.columns)
    rows = np.empty((ROWS, schema.width), dtype=object if texts else np.float64)
    splits: dict[int, list[float]] = {}
    for feature, threshold in splits_of(model):
        splits.setdefault(feature, []).append(threshold)
    by_column = readers(model, schema.width)
    for index in range(schema.width):
        if schema.columns[index].kind == "string":
            rows[:, index] = _sample_texts(by_column[index], rng)
            if known is not None and not rows[:, index].any():
                rows[:, index] = rng.choice(known[:, index], ROWS)
        elif schema.columns[index].kind == "integer":
            rows[:, index] = _sample_categories(by_column[index], rng)
        elif index in splits:
            rows[:, index] = _sample_between(splits[index], rng)
        else:
            rows[:, index] = _sample_around(by_column[index], rng)
    return rows.astype(object) if schema.layout == "columns" else rows


def _sample_texts(column: list[ColumnReader], rng: np.random.Generator) -> Array:
    words = sorted({word for reader in column for word in _vocabulary(reader.estimator)})
    if words:
        separator = "" if all(len(word) == 1 for word in words) else " "
        return _objects(documents(words, rng, separator))
    known = [value for reader in column for value in categories(reader) or ()]
    known += [
        value
        for reader in column
        # The statistic of an imputer is one of the texts.
        for value in np.ravel(getattr(reader.estimator, "statistics_", ()))[
            reader.position : reader.position + 1
        ].tolist()
    ]
    return rng.choice(_objects([value for value in known if isinstance(value, str)] or [""]), ROWS)


def _vocabulary(estimator: Any) -> list[str]:
    return [str(word) for word in getattr(first_step(estimator), "vocabulary_", ())]


def documents(words: Sequence[str], rng: np.random.Generator, separator: str = " ") -> list[str]:
    """Return 256 documents of 1 to 12 of the words."""
    chosen = np.array(words, dtype=object)
    lengths = rng.integers(1, _MAX_WORDS + 1, ROWS)
    return [separator.join(rng.choice(chosen, length)) for length in lengths]


def _objects(values: Sequence[Any]) -> Array:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _sample_categories(column: list[ColumnReader], rng: np.random.Generator) -> Array:
    known = [float(value) for reader in column for value in categories(reader) or ()]
    finite = [value for value in known if value == value]
    chosen: Array = rng.choice(np.array(finite or [0.0]), ROWS)
    return chosen


def _sample_between(thresholds: list[float], rng: np.random.Generator) -> Array:
    edges = np.unique(thresholds)
    # Values outside the outermost splits are generated too. With a single split, the margin depends
    # on its threshold instead of the range of the splits.
    margin = (edges[-1] - edges[0]) / 4 or max(1.0, abs(float(edges[0])) / 4)
    edges = np.concatenate([[edges[0] - margin], edges, [edges[-1] + margin]])
    slot = rng.integers(0, len(edges) - 1, ROWS)
    share = rng.uniform(0, 1, ROWS)
    between: Array = edges[slot] + share * (edges[slot + 1] - edges[slot])
    return between


def _sample_around(column: list[ColumnReader], rng: np.random.Generator) -> Array:
    for reader in column:
        stored = _center_and_size(first_step(reader.estimator), reader.position)
        if stored is not None:
            center, size = stored
            return center + (size or 1.0) * rng.standard_normal(ROWS)
    sizes = np.array([0.1, 1.0, 10.0, 100.0])[np.arange(ROWS) % 4]
    return sizes * rng.standard_normal(ROWS)


def _center_and_size(estimator: Any, position: int) -> tuple[float, float] | None:
    """Return a column's centre and standard deviation, or None if the estimator stores neither."""
    # The first pair of attributes that exists is used, so exact statistics come before estimates.
    # "mean_" without "scale_", as in PCA, comes last.
    for center, size in (
        ("mean_", "scale_"),
        ("center_", "scale_"),
        ("theta_", "var_"),
        ("_fit_X", None),
        ("support_vectors_", None),
        ("X_train_", None),
        ("cluster_centers_", None),
        ("means_", None),
        ("data_min_", None),
        ("statistics_", None),
        ("mean_", None),
    ):
        values = _column(getattr(estimator, center, None), position)
        if values is None or not np.isfinite(values).all():
            continue
        middle = float(values.mean())
        if center == "data_min_":
            highest = float(estimator.data_max_[position])
            return (middle + highest) / 2, (highest - middle) / 4
        if size is None:
            return middle, float(values.std()) or max(1.0, abs(middle) / 4)
        sizes = _column(getattr(estimator, size, None), position)
        if sizes is not None:
            wide = float(sizes.mean())
            return middle, wide**0.5 if size == "var_" else wide
    for _, part in children("", estimator):
        found = _center_and_size(part, position)
        if found is not None:
            return found
    return None


def _column(values: Any, position: int) -> Array | None:
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
        return None
    if values.ndim == 0 or values.ndim > 2 or values.shape[-1] <= position:
        return None
    column: Array = values[..., position].reshape(-1)
    return column

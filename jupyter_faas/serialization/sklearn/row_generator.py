"""Generate rows that a fitted estimator accepts, in the form in which a notebook passes them.

``parity/synthetic_rows.py`` generates the rows of a schema, which this module adapts to the model.
Estimators that read labels or dictionaries, or documents that no schema describes, have their own
rows here. They are packaged in the skops format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import first_step, steps
from jupyter_faas.serialization.input_schema import Column, InputSchema, reads_text
from jupyter_faas.serialization.parity.metric import Answers, MethodError, call_methods
from jupyter_faas.serialization.parity.synthetic_rows import ROWS, documents, synthetic_rows
from jupyter_faas.serialization.sklearn.model_spec import estimator_methods
from jupyter_faas.serialization.sklearn.sample import MAX_COLUMNS, schema_without_sample

# The seed is constant, so that equal models have equal rows.
_SEED = 0
_HASHERS = ("HashingVectorizer",)
_MAX_LABELS = 3
# The share of a dictionary's keys that are present.
_PRESENT = 0.9


def generate_rows(name: str, model: Any) -> Any:
    """Return about 256 rows for the model's methods, or None if they cannot be generated.

    The rows are an array, a data frame, a list of documents or a list of dictionaries.
    """
    rng = np.random.default_rng(_SEED)
    first = first_step(model)
    special = _SPECIAL.get(type(first).__name__)
    if special is not None:
        return special(first, rng)
    try:
        schema = schema_without_sample(name, model, unread=True)
    except ConversionError:
        # A first step of the user may not record its width, and may leave it as it is.
        widths = (getattr(step.estimator, "n_features_in_", None) for step in steps(name, model))
        width = next((one for one in widths if one is not None), None)
        if width is None or width > MAX_COLUMNS:
            return None
        schema = InputSchema("tensor", tuple(Column(None, "number") for _ in range(width)))
    methods = estimator_methods(model)
    found = accepted_rows(model, schema, methods, rng)
    if isinstance(found, MethodError):
        return None
    rows = schema.original(found[0])
    if schema.layout == "tensor" and schema.names is not None:
        # A model that was fitted on a data frame is called with one.
        import pandas

        frame = pandas.DataFrame(rows, columns=schema.names)
        # A booster that was fitted on categories accepts numbers in an array and not in a frame.
        # One row shows that.
        asked = call_methods(model, frame.iloc[:1], methods)
        return None if isinstance(asked, MethodError) else frame
    return rows


def accepted_rows(
    model: Any,
    schema: InputSchema,
    methods: Sequence[str],
    rng: np.random.Generator,
    known: Array | None = None,
) -> tuple[Array, Answers] | MethodError:
    """Return rows in the schema that the model accepts, with the results of its methods.

    ``known``: rows of a sample, or None. If the model accepts none of the rows that are tried, its
    last error is returned.
    """
    rows = synthetic_rows(model, schema, rng, known)
    numbers = [i for i, column in enumerate(schema.columns) if column.kind != "string"]
    error = MethodError("")
    # Some models accept only positive numbers, and others only whole numbers.
    for change in (np.positive, np.abs, lambda values: np.floor(np.abs(values))):
        changed = rows.copy()
        changed[:, numbers] = change(rows[:, numbers].astype(np.float64))
        outcome = call_methods(model, schema.original(changed), methods)
        if not isinstance(outcome, MethodError):
            return changed, outcome
        error = outcome
    return error


def reads_documents(model: Any) -> bool:
    """Return whether the model reads documents, with or without a vocabulary."""
    return reads_text(model) or type(first_step(model)).__name__ in _HASHERS


def _dictionaries(vectorizer: Any, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return dictionaries with the features of a DictVectorizer, whose text features are a=b."""
    values: dict[str, list[Any]] = {}
    for feature in vectorizer.feature_names_:
        key, separator, value = str(feature).partition(vectorizer.separator)
        values.setdefault(key, []).append(value if separator else None)
    return [
        {
            key: known[int(rng.integers(len(known)))]
            if known[0] is not None
            else round(float(rng.normal(1.0, 2.0)), 3)
            for key, known in values.items()
            if rng.random() < _PRESENT
        }
        for _ in range(ROWS)
    ]


def _labels(encoder: Any, rng: np.random.Generator) -> Any:
    return rng.choice(encoder.classes_, ROWS)


def _label_sets(encoder: Any, rng: np.random.Generator) -> list[list[Any]]:
    count = min(_MAX_LABELS, len(encoder.classes_))
    return [
        rng.choice(encoder.classes_, int(rng.integers(1, count + 1)), replace=False).tolist()
        for _ in range(ROWS)
    ]


def _hashed_documents(_: Any, rng: np.random.Generator) -> list[str]:
    return documents(("some", "words", "of", "a", "longer", "text", "2024", "Ünïcødé"), rng)


def _hashed_features(hasher: Any, rng: np.random.Generator) -> Any:
    names = [f"feature {i}" for i in range(8)]
    if hasher.input_type == "string":
        return [rng.choice(names, 3).tolist() for _ in range(ROWS)]
    rows: list[Mapping[str, float]] = [
        dict(zip(names, rng.normal(size=len(names)).tolist(), strict=True)) for _ in range(ROWS)
    ]
    return [list(row.items()) for row in rows] if hasher.input_type == "pair" else rows


_SPECIAL: Mapping[str, Callable[[Any, np.random.Generator], Any]] = {
    "DictVectorizer": _dictionaries,
    "FeatureHasher": _hashed_features,
    "HashingVectorizer": _hashed_documents,
    "LabelEncoder": _labels,
    "LabelBinarizer": _labels,
    "MultiLabelBinarizer": _label_sets,
}

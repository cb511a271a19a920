"""The original model, and the facts that are measured before it is converted.

These are test rows, the results of each method, the scale of each score, and the values that the
model rejects. An ONNX graph accepts such values, so the action model must raise the error itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import class_name, is_a, predicts_labels, steps
from jupyter_faas.serialization.input_schema import InputSchema, categories, readers
from jupyter_faas.serialization.parity.metric import (
    LABELS,
    Answers,
    MethodError,
    call_methods,
    scales,
)
from jupyter_faas.serialization.parity.row_sets import evenly_spaced
from jupyter_faas.serialization.parity.synthetic_rows import synthetic_rows
from jupyter_faas.serialization.sklearn.model_spec import methods_of
from jupyter_faas.serialization.sklearn.rewriting import rewrite, set_single_threaded
from jupyter_faas.serialization.sklearn.sample import limit_rows, read_sample, schema_without_sample

# The number of rows for the scales of the scores, and the number whose results are kept.
_SCALE_ROWS = 1_024
_PROBE_ROWS = 16


@dataclass(frozen=True)
class ReferenceModel:
    """The model as the user fitted it, with the data that its ONNX forms are compared with.

    - ``prepared``: the rewritten copy, which converters can handle.
    - ``rows``: the sample in the input schema, or rows made from the model (``sampled`` is False).
    - ``probe_rows``: a few of the rows, as the notebook passes them to the model.
    - ``expected``: the results of each method for the probe rows, unchanged.
    - ``scales``: for each method with scores, the divisors of differences.
    - ``rejected_columns``: for ``nan``, ``none`` and ``infinity``, the columns in which the model
      raises an error for this value.
    - ``known_categories``: for columns in which the model raises on other categories.
    """

    name: str
    model: Any
    prepared: Any
    schema: InputSchema
    rows: Array
    sampled: bool
    methods: tuple[str, ...]
    labels: bool
    probe_rows: Any
    expected: Mapping[str, Any]
    scales: Mapping[str, Array]
    rejected_columns: Mapping[str, list[int]]
    known_categories: Mapping[str, list[Any]]


def build_reference(
    name: str, model: Any, sample: Any, action_models: ModuleType, rng: np.random.Generator
) -> ReferenceModel:
    """Measure a supported model.

    Raises ConversionError if the sample does not fit the model, or if none is given and no rows can
    be made.
    """
    # First, so that the order of sums is the same in all calls below and in the parity check.
    set_single_threaded(model)
    methods = methods_of(model)
    if not methods:
        raise ConversionError(
            f"{name!r} ({class_name(model)}) answers no rows: it has neither predict nor transform."
        )
    if sample is None:
        schema = schema_without_sample(name, model)
        rows, answers = _synthetic_rows(name, model, schema, methods, rng)
    else:
        schema, rows = read_sample(name, model, limit_rows(sample))
        measured = schema.original(evenly_spaced(rows, _SCALE_ROWS))
        outcome = call_methods(model, measured, methods)
        if isinstance(outcome, MethodError):
            raise ConversionError(
                f"{name!r} itself does not answer the sample: {outcome.message}",
                hint="Give --sample rows as they are passed to the model's methods.",
            )
        answers = outcome
    labels = predicts_labels(model)
    probe_rows = schema.original(rows[:_PROBE_ROWS])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {method: getattr(model, method)(probe_rows) for method in methods}
    return ReferenceModel(
        name=name,
        model=model,
        prepared=rewrite(model, schema, action_models),
        schema=schema,
        rows=rows,
        sampled=sample is not None,
        methods=methods,
        labels=labels,
        probe_rows=probe_rows,
        expected=expected,
        scales=scales(answers, [m for m in methods if not (labels and m == LABELS)]),
        rejected_columns=find_rejected_columns(model, schema, rows[:1], methods[0]),
        known_categories=find_known_categories(model, schema, action_models),
    )


def _synthetic_rows(
    name: str, model: Any, schema: InputSchema, methods: tuple[str, ...], rng: np.random.Generator
) -> tuple[Array, Answers]:
    rows = synthetic_rows(model, schema, rng)
    message = ""
    # Some models accept only positive numbers, or only whole ones.
    for changed in (rows, np.abs(rows), np.floor(np.abs(rows.astype(np.float64)))):
        changed = changed.astype(rows.dtype)
        outcome = call_methods(model, schema.original(changed), methods)
        if not isinstance(outcome, MethodError):
            return changed, outcome
        message = outcome.message
    raise ConversionError(
        f"No rows could be made for {name!r}: {message}",
        hint="Give some rows with --sample: %%function NAME --sample X",
    )


def find_rejected_columns(
    model: Any, schema: InputSchema, row: Array, method: str
) -> dict[str, list[int]]:
    """Find the columns in which the original raises an error for NaN, None or infinity.

    ``row``: one row in the input schema that ``method`` accepts. Returns lists of column indices
    for ``nan``, ``none`` and ``infinity``.
    """
    rejected: dict[str, list[int]] = {"nan": [], "none": [], "infinity": []}
    if schema.layout == "text":
        return rejected
    texts = [i for i in range(schema.width) if schema.columns[i].kind == "string"]
    for kind, value, columns in (
        ("nan", np.nan, sorted([*schema.numeric(), *texts])),
        ("none", None, texts),
        ("infinity", np.inf, schema.numeric()),
    ):
        if not columns:
            continue
        if schema.layout == "tensor" and not _drops_columns(model):
            # One estimator reads all columns, so it rejects a value in all of them or in none.
            # Trying each of thousands of columns would be slow.
            groups = [columns]
        else:
            groups = [[index] for index in columns]
        for group in groups:
            changed = row.copy()
            changed[:, group] = value
            if isinstance(call_methods(model, schema.original(changed), (method,)), MethodError):
                rejected[kind] += group
    return rejected


def _drops_columns(model: Any) -> bool:
    return any(is_a(step.estimator, "SelectorMixin") for step in steps("", model))


def find_known_categories(
    model: Any, schema: InputSchema, action_models: ModuleType
) -> dict[str, list[Any]]:
    """Return the categories of each column whose encoder raises an error for unknown ones.

    They are written as the action model passes them to ONNX, whose encoders accept some unknown
    categories without an error. The keys are column indices as text, because JSON keys are text.
    """
    found: dict[str, list[Any]] = {}
    if schema.layout != "columns":
        return found
    for index, column in enumerate(readers(model, schema.width)):
        strict = [
            categories(reader) or ()
            for reader in column
            if getattr(reader.estimator, "handle_unknown", "") == "error"
        ]
        kind = schema.columns[index].kind
        if not strict or kind == "number":
            continue
        feed = action_models._text if kind == "string" else _integer_feed(action_models)
        # If several encoders read the column, all of them must know a value.
        common = set.intersection(*({feed(value) for value in values} for values in strict))
        found[str(index)] = sorted(common)
    return found


def _integer_feed(action_models: ModuleType) -> Any:
    def feed(value: Any) -> int:
        return int(value) if value == value else int(action_models.MISSING_INTEGER)

    return feed

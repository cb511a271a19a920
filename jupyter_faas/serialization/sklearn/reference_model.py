"""The original model, with data that is collected before the conversion.

The data is test rows, the results of each method, the scale of each score, and the values that the
model rejects. An ONNX graph accepts such values, so the action model must raise the error itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.action_models import load_model_inputs
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import class_name, predicts_labels
from jupyter_faas.serialization.input_schema import InputSchema, categories, readers
from jupyter_faas.serialization.parity.metric import (
    LABELS,
    MethodError,
    call_methods,
    scales,
)
from jupyter_faas.serialization.parity.row_sets import evenly_spaced
from jupyter_faas.serialization.parity.shared_results import shared_results
from jupyter_faas.serialization.sklearn.model_spec import methods_of
from jupyter_faas.serialization.sklearn.rejections import (
    find_rejected_columns,
    find_rejected_forms,
    with_few_trees,
)
from jupyter_faas.serialization.sklearn.rewriting import rewrite, set_single_threaded
from jupyter_faas.serialization.sklearn.row_generator import accepted_rows
from jupyter_faas.serialization.sklearn.sample import (
    GIVE_SAMPLE,
    LEAVE_SAMPLE_OUT,
    limit_rows,
    read_sample,
    schema_without_sample,
)

# The number of rows for computing the scales of scores, and the number of rows whose results are
# kept.
_SCALE_ROWS = 1_024
_PROBE_ROWS = 16
# Generated rows are added to a smaller sample, such as the rows of a single --test.
_FEW_ROWS = 16


@dataclass(frozen=True)
class ReferenceModel:
    """The original model, with the data for comparing its ONNX forms with it.

    - ``prepared``: the rewritten copy, which converters support.
    - ``rows``: the sample in the input schema, followed by generated rows if the sample is small.
    - ``given``: the number of rows of the sample, or 0 without a sample.
    - ``labels``: whether ``predict`` returns labels.
    - ``probe_rows``: the first few rows, in the form in which the notebook passes them.
    - ``expected``: the results of each method for the probe rows, as the method returns them.
    - ``scales``: for each method that returns scores, the scale of each column.
    - ``rejected_columns`` and ``rejected_forms``: the values and the forms of rows for which the
      model raises an error (``rejections.py``).
    - ``known_categories``: the categories of the columns in which the model raises an error for
      unknown categories.
    - ``attributes``: the names of the model's attributes, as ``dir`` returns them.
    """

    name: str
    model: Any
    prepared: Any
    schema: InputSchema
    rows: Array
    given: int
    methods: tuple[str, ...]
    labels: bool
    probe_rows: Any
    expected: Mapping[str, Any]
    scales: Mapping[str, Array]
    rejected_columns: Mapping[str, list[int]]
    rejected_forms: list[str]
    known_categories: Mapping[str, list[Any]]
    attributes: list[str]


def build_reference(name: str, model: Any, sample: Any, rng: np.random.Generator) -> ReferenceModel:
    """Collect the reference data of a supported model.

    ``sample``: rows, or None to generate rows from the model. Raises ConversionError if the model
    does not take rows, if the sample does not fit, or if rows cannot be generated.
    """
    # This comes first, so that sums have the same order in all calls, here and in the parity check.
    set_single_threaded(model)
    methods = methods_of(model)
    if not methods:
        raise ConversionError(
            f"{name!r} ({class_name(model)}) cannot be called: it has neither predict nor "
            "transform."
        )
    if sample is None:
        schema = schema_without_sample(name, model)
        found = accepted_rows(model, schema, methods, rng)
        if isinstance(found, MethodError):
            raise ConversionError(
                f"No rows could be generated for {name!r}: {found.message}",
                hint=GIVE_SAMPLE,
            )
        rows, answers = found
        given = 0
    else:
        schema, rows = read_sample(name, model, limit_rows(sample))
        measured = schema.original(evenly_spaced(rows, _SCALE_ROWS))
        outcome = call_methods(model, measured, methods)
        if isinstance(outcome, MethodError):
            raise ConversionError(
                f"{name!r} fails on the sample: {outcome.message}",
                hint=LEAVE_SAMPLE_OUT,
            )
        given, rows = len(rows), _with_made_rows(model, schema, rows, methods, rng)
        answers = outcome
    labels = predicts_labels(model)
    probe_rows = schema.original(rows[:_PROBE_ROWS])
    with warnings.catch_warnings(), shared_results(model):
        warnings.simplefilter("ignore")
        expected = {method: getattr(model, method)(probe_rows) for method in methods}
    fast = with_few_trees(model)
    return ReferenceModel(
        name=name,
        model=model,
        prepared=rewrite(model, schema),
        schema=schema,
        rows=rows,
        given=given,
        methods=methods,
        labels=labels,
        probe_rows=probe_rows,
        expected=expected,
        scales=scales(answers, [m for m in methods if not (labels and m == LABELS)]),
        rejected_columns=find_rejected_columns(fast, schema, rows[:1], methods[0]),
        rejected_forms=find_rejected_forms(fast, schema, rows, methods[0]),
        known_categories=find_known_categories(model, schema),
        # A forest computes its importances, to find out whether it has this attribute.
        attributes=dir(fast),
    )


def _with_made_rows(
    model: Any, schema: InputSchema, rows: Array, methods: tuple[str, ...], rng: np.random.Generator
) -> Array:
    """Return the rows of the sample, followed by generated rows if there are only a few."""
    if len(rows) >= _FEW_ROWS:
        return rows
    found = accepted_rows(model, schema, methods, rng, known=rows)
    return rows if isinstance(found, MethodError) else np.concatenate([rows, found[0]])


def find_known_categories(model: Any, schema: InputSchema) -> dict[str, list[Any]]:
    """Return the categories of each column whose encoder raises an error for unknown ones.

    The action model must check the categories, because the encoders of ONNX accept some unknown
    categories without an error. Categories have the form in which the action model passes them to
    ONNX. The keys are column indices as strings, because JSON keys must be strings.
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
        feed = load_model_inputs().text_value if kind == "string" else _integer_value
        # If several encoders read the column, a value must be known to all of them.
        common = set.intersection(*({feed(value) for value in values} for values in strict))
        found[str(index)] = sorted(common)
    return found


def _integer_value(value: Any) -> int:
    return int(value) if value == value else int(load_model_inputs().MISSING_INTEGER)

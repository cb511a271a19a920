"""A model with all that is known of it before a route is chosen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError
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
from jupyter_faas.serialization.sklearn.rewriting import prepared, set_single_threaded
from jupyter_faas.serialization.sklearn.sample import limit_rows, read_sample, schema_without_sample

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np

    Array = np.ndarray[Any, Any]


# -- What a model refuses to answer, so that its stand-in refuses it too.


def find_rejected_columns(
    model: Any, schema: InputSchema, row: Array, method: str
) -> dict[str, list[int]]:
    """Columns in which the original raises on NaN, None and infinity.

    ``row``: one row (in the input form) that ``method`` answers. The ONNX form would answer
    something, so the stand-in has to refuse.
    """
    import numpy as np

    refused: dict[str, list[int]] = {"nan": [], "none": [], "infinity": []}
    if schema.layout == "text":
        return refused
    texts = [i for i in range(schema.width) if schema.columns[i].kind == "string"]
    for kind, value, columns in (
        ("nan", np.nan, sorted([*schema.numeric(), *texts])),
        ("none", None, texts),
        ("infinity", np.inf, schema.numeric()),
    ):
        if not columns:
            continue
        if schema.layout == "tensor" and not _drops_columns(model):
            # One reader for all columns: it refuses a value in each of them or in none.
            groups = [columns]
        else:
            groups = [[index] for index in columns]
        for group in groups:
            spoiled = row.copy()
            spoiled[:, group] = value
            if isinstance(call_methods(model, schema.original(spoiled), (method,)), MethodError):
                refused[kind] += group
    return refused


def _drops_columns(model: Any) -> bool:
    return any(is_a(step.estimator, "SelectorMixin") for step in steps("", model))


def find_known_categories(
    model: Any, schema: InputSchema, sentinels: ModuleType
) -> dict[str, list[Any]]:
    """Column → the categories beside which an encoder raises, as the stand-in feeds them.

    Column numbers are text, as JSON keys are. ONNX' own encoders partly answer for unknown
    categories in silence.
    """
    known: dict[str, list[Any]] = {}
    if schema.layout != "columns":
        return known
    for index, found in enumerate(readers(model, schema.width)):
        strict = [
            categories(reader) or ()
            for reader in found
            if getattr(reader.estimator, "handle_unknown", "") == "error"
        ]
        kind = schema.columns[index].kind
        if not strict or kind == "number":
            continue
        spell = sentinels._text if kind == "string" else _whole(sentinels)
        common = set.intersection(*({spell(value) for value in values} for values in strict))
        known[str(index)] = sorted(common)
    return known


def _whole(sentinels: ModuleType) -> Any:
    def spell(value: Any) -> int:
        return int(value) if value == value else int(sentinels.MISSING_INTEGER)

    return spell


# Scales are measured, and answers probed, on this many rows.
_SCALE_ROWS = 1_024
_PROBE_ROWS = 16


@dataclass(frozen=True)
class ReferenceModel:
    """The model as the user fitted it, and what its ONNX forms are compared with.

    ``prepared``: the copy that converters understand. ``rows``: the sample in the input form,
    or rows made from the model (``sampled`` false). ``probe``: a few of them with what each
    method answers, untouched. ``scales``: the size of each score. ``refuses``: columns in
    which the model raises on NaN, None and infinity; ``known``: categories beside which it does.
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
    refuses: Mapping[str, list[int]]
    known: Mapping[str, list[Any]]


def build_reference(
    name: str, model: Any, sample: Any, action_models: ModuleType, rng: np.random.Generator
) -> ReferenceModel:
    """Study ``model``, which has been vetted. Raises ConversionError for a sample that misfits."""
    set_single_threaded(model)
    methods = methods_of(model)
    if not methods:
        raise ConversionError(
            f"{name!r} ({class_name(model)}) answers no rows: it has neither predict nor transform."
        )
    if sample is None:
        schema = schema_without_sample(name, model)
        rows, answers = _made_rows(name, model, schema, methods, rng)
    else:
        schema, rows = read_sample(name, model, limit_rows(sample))
        asked = call_methods(model, schema.original(evenly_spaced(rows, _SCALE_ROWS)), methods)
        if isinstance(asked, MethodError):
            raise ConversionError(
                f"{name!r} itself does not answer the sample: {asked.words}",
                hint="Give --sample rows as they are passed to the model's methods.",
            )
        answers = asked
    labels = predicts_labels(model)
    probe_rows = schema.original(rows[:_PROBE_ROWS])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {method: getattr(model, method)(probe_rows) for method in methods}
    return ReferenceModel(
        name=name,
        model=model,
        prepared=prepared(model, schema, action_models),
        schema=schema,
        rows=rows,
        sampled=sample is not None,
        methods=methods,
        labels=labels,
        probe_rows=probe_rows,
        expected=expected,
        scales=scales(answers, [m for m in methods if not (labels and m == LABELS)]),
        refuses=find_rejected_columns(model, schema, rows[:1], methods[0]),
        known=find_known_categories(model, schema, action_models),
    )


def _made_rows(
    name: str, model: Any, schema: InputSchema, methods: tuple[str, ...], rng: np.random.Generator
) -> tuple[Array, Answers]:
    import numpy as np

    rows = synthetic_rows(model, schema, rng)
    refusal = ""
    # Some models take only positive, or only whole numbers.
    for made in (rows, np.abs(rows), np.floor(np.abs(rows.astype(np.float64)))):
        made = made.astype(rows.dtype)
        asked = call_methods(model, schema.original(made), methods)
        if not isinstance(asked, MethodError):
            return made, asked
        refusal = asked.words
    raise ConversionError(
        f"No rows could be made for {name!r}: {refusal}",
        hint="Give some rows with --sample: %%function NAME --sample X",
    )

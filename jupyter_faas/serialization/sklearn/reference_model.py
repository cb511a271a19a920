"""A model with all that is known of it before a route is chosen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.estimators import class_name, gives_labels, is_a, steps
from jupyter_faas.serialization.input_schema import InputForm, categories, readers
from jupyter_faas.serialization.parity.metric import LABELS, Answers, Refusal, ask, scales
from jupyter_faas.serialization.parity.row_sets import spread
from jupyter_faas.serialization.parity.synthetic_rows import synthetic_rows
from jupyter_faas.serialization.sklearn.rewriting import prepared, single_threaded
from jupyter_faas.serialization.sklearn.sample import form_without_sample, read_sample, thinned
from jupyter_faas.serialization.sklearn.model_spec import methods_of

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np

    Array = np.ndarray[Any, Any]


# -- What a model refuses to answer, so that its stand-in refuses it too.


def refused_values(model: Any, form: InputForm, row: Array, method: str) -> dict[str, list[int]]:
    """Columns in which the original raises on NaN, None and infinity.

    ``row``: one row (in the input form) that ``method`` answers. The ONNX form would answer
    something, so the stand-in has to refuse.
    """
    import numpy as np

    refused: dict[str, list[int]] = {"nan": [], "none": [], "infinity": []}
    if form.layout == "text":
        return refused
    texts = [i for i in range(form.width) if form.columns[i].kind == "string"]
    for kind, value, columns in (
        ("nan", np.nan, sorted([*form.numeric(), *texts])),
        ("none", None, texts),
        ("infinity", np.inf, form.numeric()),
    ):
        if not columns:
            continue
        if form.layout == "tensor" and not _drops_columns(model):
            # One reader for all columns: it refuses a value in each of them or in none.
            groups = [columns]
        else:
            groups = [[index] for index in columns]
        for group in groups:
            spoiled = row.copy()
            spoiled[:, group] = value
            if isinstance(ask(model, form.original(spoiled), (method,)), Refusal):
                refused[kind] += group
    return refused


def _drops_columns(model: Any) -> bool:
    return any(is_a(step.estimator, "SelectorMixin") for step in steps("", model))


def known_values(model: Any, form: InputForm, sentinels: ModuleType) -> dict[str, list[Any]]:
    """Column → the categories beside which an encoder raises, as the stand-in feeds them.

    Column numbers are text, as JSON keys are. ONNX' own encoders partly answer for unknown
    categories in silence.
    """
    known: dict[str, list[Any]] = {}
    if form.layout != "columns":
        return known
    for index, found in enumerate(readers(model, form.width)):
        strict = [
            categories(reader) or ()
            for reader in found
            if getattr(reader.estimator, "handle_unknown", "") == "error"
        ]
        kind = form.columns[index].kind
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
_MEASURED = 1_024
_PROBED = 16


@dataclass(frozen=True)
class Subject:
    """The model as the user fitted it, and what its ONNX forms are compared with.

    ``prepared``: the copy that converters understand. ``rows``: the sample in the input form,
    or rows made from the model (``sampled`` false). ``probe``: a few of them with what each
    method answers, untouched. ``scales``: the size of each score. ``refuses``: columns in
    which the model raises on NaN, None and infinity; ``known``: categories beside which it does.
    """

    name: str
    model: Any
    prepared: Any
    form: InputForm
    rows: Array
    sampled: bool
    methods: tuple[str, ...]
    labels: bool
    probe: Any
    probed: Mapping[str, Any]
    scales: Mapping[str, Array]
    refuses: Mapping[str, list[int]]
    known: Mapping[str, list[Any]]


def subject_of(
    name: str, model: Any, sample: Any, standins: ModuleType, rng: np.random.Generator
) -> Subject:
    """Study ``model``, which has been vetted. Raises ConversionError for a sample that misfits."""
    single_threaded(model)
    methods = methods_of(model)
    if not methods:
        raise ConversionError(
            f"{name!r} ({class_name(model)}) answers no rows: it has neither predict nor transform."
        )
    if sample is None:
        form = form_without_sample(name, model)
        rows, answers = _made_rows(name, model, form, methods, rng)
    else:
        form, rows = read_sample(name, model, thinned(sample))
        asked = ask(model, form.original(spread(rows, _MEASURED)), methods)
        if isinstance(asked, Refusal):
            raise ConversionError(
                f"{name!r} itself does not answer the sample: {asked.words}",
                hint="Give --sample rows as they are passed to the model's methods.",
            )
        answers = asked
    labels = gives_labels(model)
    probe = form.original(rows[:_PROBED])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        probed = {method: getattr(model, method)(probe) for method in methods}
    return Subject(
        name=name,
        model=model,
        prepared=prepared(model, form, standins),
        form=form,
        rows=rows,
        sampled=sample is not None,
        methods=methods,
        labels=labels,
        probe=probe,
        probed=probed,
        scales=scales(answers, [m for m in methods if not (labels and m == LABELS)]),
        refuses=refused_values(model, form, rows[:1], methods[0]),
        known=known_values(model, form, standins),
    )


def _made_rows(
    name: str, model: Any, form: InputForm, methods: tuple[str, ...], rng: np.random.Generator
) -> tuple[Array, Answers]:
    import numpy as np

    rows = synthetic_rows(model, form, rng)
    refusal = ""
    # Some models take only positive, or only whole numbers.
    for made in (rows, np.abs(rows), np.floor(np.abs(rows.astype(np.float64)))):
        made = made.astype(rows.dtype)
        asked = ask(model, form.original(made), methods)
        if not isinstance(asked, Refusal):
            return made, asked
        refusal = asked.words
    raise ConversionError(
        f"No rows could be made for {name!r}: {refusal}",
        hint="Give some rows with --sample: %%function NAME --sample X",
    )

"""A model with all that is known of it before a route is chosen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.estimators import class_name, gives_labels
from jupyter_faas.serialization.inputs import InputForm
from jupyter_faas.serialization.parity.answers import Answers, Refusal, ask
from jupyter_faas.serialization.parity.comparison import LABELS, scales
from jupyter_faas.serialization.parity.rows import spread
from jupyter_faas.serialization.parity.synthetic import synthetic_rows
from jupyter_faas.serialization.preparation import prepared, single_threaded
from jupyter_faas.serialization.probing import known_values, refused_values
from jupyter_faas.serialization.sample import form_without_sample, read_sample, thinned
from jupyter_faas.serialization.specification import methods_of

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

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

"""Determine the facts about an estimator that the card shows, and the estimator's signature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from jupyter_faas.serialization.artifact import ModelFacts
from jupyter_faas.serialization.estimators import (
    class_name,
    is_classifier,
    is_search,
    last_step,
    steps,
)
from jupyter_faas.serialization.exact import booster_trees_or_empty, is_booster
from jupyter_faas.serialization.input_schema import VECTORIZERS, InputSchema
from jupyter_faas.serialization.onnx.signature import MAX_LABELS
from jupyter_faas.serialization.parity.boundary_rows import members_of
from jupyter_faas.serialization.precision import Precision

_TYPES = {"integer": "int64", "string": "string"}


def signature_of_estimator(
    model: Any, schema: InputSchema | None, dtype: str, answers: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the signature of an estimator, in the format of ``onnx/signature.py``.

    ``schema``: the input schema, or None if it cannot be determined. ``dtype``: the type of
    numbers. ``answers`` maps methods to their results for some rows. In the layout ``columns``,
    each column is a separate input. In other layouts, there is a single input, which has the key
    ``columns`` if its columns have names.
    """
    found: dict[str, Any] = {
        "inputs": list(_inputs(model, schema, dtype)),
        "outputs": [each for item in answers.items() for each in _outputs(*item)],
    }
    classes = getattr(model, "classes_", None) if is_classifier(model) else None
    if classes is not None and not isinstance(classes, list) and len(classes) <= MAX_LABELS:
        # Dates, for example, are not JSON.
        found["classes"] = [
            one if isinstance(one, str | bool | int | float) else str(one)
            for one in classes.tolist()
        ]
    return found


def _inputs(model: Any, schema: InputSchema | None, dtype: str) -> Iterator[dict[str, Any]]:
    if schema is None:
        width = getattr(model, "n_features_in_", None)
        names = [str(name) for name in getattr(model, "feature_names_in_", ())]
        yield _rows("unknown", width, names)
    elif schema.layout == "text":
        yield {"name": "X", "dtype": "string", "shape": [None]}
    elif schema.layout == "tensor":
        yield _rows(dtype, schema.width, schema.names or [])
    else:
        for i, column in enumerate(schema.columns):
            kind = _TYPES.get(column.kind, dtype)
            yield {"name": schema.label(i), "dtype": kind, "shape": [None]}


def _rows(dtype: str, width: int | None, names: list[str]) -> dict[str, Any]:
    entry = {"name": "X", "dtype": dtype, "shape": [None, width]}
    return {**entry, "columns": names} if names else entry


def _outputs(method: str, answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, list) and answer and hasattr(answer[0], "shape"):
        for number, one in enumerate(answer):  # forests return one array per output
            yield from _outputs(f"{method}[{number}]", one)
        return
    # A sparse matrix has a dtype and a shape. A frame is converted, because its columns may have
    # different types.
    array = answer if hasattr(answer, "toarray") else np.asarray(answer)
    yield {"name": method, "dtype": _dtype(array), "shape": [None, *map(int, array.shape[1:])]}


def _dtype(array: Any) -> str:
    if array.dtype.kind == "U":
        return "string"
    if array.dtype.kind != "O":
        return str(array.dtype.name)
    return "string" if all(isinstance(value, str) for value in array.flat) else "object"


def model_facts(
    model: Any,
    schema: InputSchema,
    precision: Precision,
    opsets: Mapping[str, int],
    classes: int | None,
    size: int,
    answers: Mapping[str, Any],
) -> ModelFacts:
    """Return the facts about an ONNX variant.

    ``opsets`` maps domains to versions. ``classes`` is the number of labels, or None. ``size`` is
    the size of the graph in bytes. ``answers`` maps methods to their results for some rows.
    """
    return ModelFacts(
        class_name=class_name(model),
        route=precision.name,
        opset=opsets.get("", 0),
        ml_opset=opsets.get("ai.onnx.ml", 0),
        inputs=inputs(schema, precision),
        classes=classes,
        details=tuple(details(model)),
        size=size,
        signature=signature_of_estimator(model, schema, precision.dtype, answers),
    )


def inputs(schema: InputSchema, precision: Precision) -> str:
    """Return a description of the inputs for the card.

    For example, ``4 inputs, float64``, ``5 inputs: 3 float64, 2 text`` or ``text``.
    """
    if schema.layout == "text":
        return "text"
    words = {"number": precision.dtype, "integer": "int64", "string": "text"}
    counts = Counter(words[column.kind] for column in schema.columns)
    total = f"{schema.width:,} input{'s' if schema.width != 1 else ''}"
    if len(counts) == 1:
        return f"{total}, {next(iter(counts))}"
    parts = [
        f"{counts[kind]:,} {kind}" for kind in (precision.dtype, "int64", "text") if counts[kind]
    ]
    return f"{total}: {', '.join(parts)}"


def details(model: Any) -> list[str]:
    """Return further facts about a model, such as ``100 trees`` or ``hidden layers 8 × 4``."""
    found = []
    if is_search(model):
        candidates = len(model.cv_results_["params"])
        found.append(f"best of {_count(candidates, 'candidate')}")
    found += [
        _count(len(step.estimator.vocabulary_), "word")
        for step in steps("", model)
        if step.kind in VECTORIZERS
    ]
    final = last_step(model)
    trees = _trees(final)
    if trees:
        found.append(_count(trees, "tree"))
    for attribute, noun in (
        ("support_vectors_", "support vector"),
        ("cluster_centers_", "cluster"),
    ):
        values = getattr(final, attribute, None)
        if values is not None:
            found.append(_count(values.shape[0], noun))
    sizes = getattr(final, "coefs_", None)
    if sizes is not None:
        layers = " × ".join(str(layer.shape[1]) for layer in sizes[:-1])
        found.append(f"hidden layers {layers}")
    return found


def _trees(model: Any) -> int:
    if hasattr(model, "_predictors"):
        return sum(len(iteration) for iteration in model._predictors)
    if is_booster(model):
        return len(booster_trees_or_empty(model))
    return sum(hasattr(part, "tree_") for part in members_of(model))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

"""What the card tells of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from jupyter_faas.serialization.artifact import ModelFacts
from jupyter_faas.serialization.estimator_signature import signature_of_estimator
from jupyter_faas.serialization.estimators import class_name, is_search, last_step, steps
from jupyter_faas.serialization.exact import is_booster, known_trees
from jupyter_faas.serialization.inputs import VECTORIZERS, InputForm
from jupyter_faas.serialization.parity.thresholds import parts_of
from jupyter_faas.serialization.routes import Route


def model_facts(
    model: Any,
    form: InputForm,
    route: Route,
    opsets: Mapping[str, int],
    classes: int | None,
    size: int,
    answers: Mapping[str, Any],
) -> ModelFacts:
    """``opsets``: domain → version of the graph; ``size``: its bytes; ``answers``: what each of its
    methods answered to some rows."""
    return ModelFacts(
        class_name=class_name(model),
        route=route.name,
        opset=opsets.get("", 0),
        ml_opset=opsets.get("ai.onnx.ml", 0),
        inputs=inputs(form, route),
        classes=classes,
        details=tuple(details(model)),
        size=size,
        signature=signature_of_estimator(model, form, route.dtype, answers),
    )


def inputs(form: InputForm, route: Route) -> str:
    """``4 inputs, float64``; ``5 inputs: 3 float64, 2 text``; ``text``."""
    if form.layout == "text":
        return "text"
    words = {"number": route.dtype, "integer": "int64", "string": "text"}
    counts = Counter(words[column.kind] for column in form.columns)
    total = f"{form.width:,} input{'s' if form.width != 1 else ''}"
    if len(counts) == 1:
        return f"{total}, {next(iter(counts))}"
    parts = [f"{counts[kind]:,} {kind}" for kind in (route.dtype, "int64", "text") if counts[kind]]
    return f"{total}: {', '.join(parts)}"


def details(model: Any) -> list[str]:
    """``100 trees``, ``12 words``: what tells one model of a class from another."""
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
        return len(known_trees(model))
    return sum(hasattr(part, "tree_") for part in parts_of(model))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

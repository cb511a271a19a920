"""Histogram boosting on categories, as the two steps that it is inside."""

from __future__ import annotations

import copy
from typing import Any

from jupyter_faas.serialization.estimators import UNFOLDED, Step, is_search
from jupyter_faas.serialization.refusals import category_splits


def unfolded(model: Any) -> Any:
    """``model`` with each HistGradientBoosting on categories as a pipeline.

    It encodes the categories itself, and puts their columns first, before its trees see the rows:
    the pipeline has that encoder as its first step. Looked for in pipelines, searches and frozen
    estimators; the model itself where there is none.
    """
    kind = type(model).__name__
    if kind == "Pipeline":
        steps = [(name, unfolded(step)) for name, step in model.steps]
        same = all(new is old for (_, new), (_, old) in zip(steps, model.steps, strict=True))
        return model if same else _with(model, steps=steps)
    if is_search(model) and hasattr(model, "best_estimator_"):
        inner = unfolded(model.best_estimator_)
        return model if inner is model.best_estimator_ else inner
    if kind == "FrozenEstimator":
        inner = unfolded(model.estimator)
        return model if inner is model.estimator else inner
    folded = kind.startswith("HistGradientBoosting") and getattr(model, "_preprocessor", None)
    return _in_two(model) if folded else model


def check_same(name: str, model: Any, rows: Any, answers: Any) -> None:
    """Refuse a model whose own answers to ``rows`` are not those of its unfolded form."""
    import numpy as np

    for method, answer in answers.items():
        own = getattr(model, method)(rows)
        if not np.array_equal(own, answer):
            raise category_splits(Step(name, model))


def _in_two(model: Any) -> Any:
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    encoder = copy.copy(model._preprocessor)
    # What it does to numbers is to check them.
    encoder.transformers_ = [
        (name, FunctionTransformer() if name == "numerical" else part, columns)
        for name, part, columns in encoder.transformers_
    ]
    trees = _with(model, _preprocessor=None, is_categorical_=model._is_categorical_remapped)
    # They read an array, whose columns have no names.
    vars(trees).pop("feature_names_in_", None)
    return Pipeline([(UNFOLDED, encoder), ("trees", trees)])


def _with(model: Any, **changes: Any) -> Any:
    changed = copy.copy(model)
    vars(changed).update(changes)
    return changed

"""Rewrite a copy of a model so that converters support it, without changing its results."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np

from jupyter_faas.serialization.action_models import load_model_inputs
from jupyter_faas.serialization.estimators import (
    UNFOLDED,
    Step,
    is_a,
    is_classifier,
    is_model,
    is_search,
    last_step,
    steps,
    unwrapped,
)
from jupyter_faas.serialization.exact import is_booster
from jupyter_faas.serialization.input_schema import VECTORIZERS, InputSchema, readers
from jupyter_faas.serialization.sklearn import target_inverse
from jupyter_faas.serialization.sklearn.unsupported_models import category_splits

_SKIPPED = (None, "passthrough")


def rewrite(model: Any, schema: InputSchema) -> Any:
    """Return a rewritten copy of ``model`` for the converters, which shares the fitted arrays.

    - Searches and frozen estimators are replaced with the estimator inside.
    - Columns are selected by position instead of name.
    - Missing values in categories are replaced with the sentinels that the action model passes to
      the graph.
    - Text that the action model lowercases is not lowercased again.
    - Labels that ONNX does not support are replaced with their positions.
    - LinearDiscriminantAnalysis with two classes is replaced with LogisticRegression.
    - TransformedTargetRegressor is replaced with a pipeline of its regressor and the inverse.
    """
    lowered = {
        id(reader.estimator)
        for column, found in zip(schema.columns, readers(model, schema.width), strict=True)
        if column.lower
        for reader in found
    }
    changed = _Rewriter(lowered).rewrite(model)
    return with_last(changed, _as_logistic_regression(_with_plain_labels(last_step(changed))))


def set_single_threaded(model: Any) -> None:
    """Set ``model`` to predict in one thread, so that sums are computed in a fixed order."""
    for step in steps("", model):
        # Boosters use all cores if ``n_jobs`` is None, so ``n_jobs`` is set for them then too.
        if getattr(step.estimator, "n_jobs", None) is not None or is_booster(step.estimator):
            step.estimator.n_jobs = 1


class _Rewriter:
    def __init__(self, lowered: set[int]) -> None:
        inputs = load_model_inputs()
        self._missing_text: str = inputs.MISSING_TEXT
        self._none_text: str = inputs.NONE_TEXT
        self._missing_integer: int = inputs.MISSING_INTEGER
        self._lowered = lowered

    def rewrite(self, model: Any) -> Any:
        model = unwrapped(model)
        kind = type(model).__name__
        if kind == "Pipeline":
            kept = [(name, step) for name, step in model.steps if step not in _SKIPPED]
            if len(kept) == 1:
                return self.rewrite(kept[0][1])
            return _with(model, steps=self._rewrite_named(kept))
        if kind == "FeatureUnion":
            kept = [(name, part) for name, part in model.transformer_list if part != "drop"]
            return _with(model, transformer_list=self._rewrite_named(kept))
        if kind == "ColumnTransformer":
            return _with(model, transformers_=self._by_position(model))
        if kind == "VotingClassifier":
            parts = [self.rewrite(part) for part in model.estimators_]
            # The converter rejects flatten_transform=True, which only affects ``transform``.
            return _with(model, estimators_=parts, flatten_transform=False)
        if kind in ("VotingRegressor", "StackingClassifier", "StackingRegressor"):
            changed = _with(model, estimators_=[self.rewrite(part) for part in model.estimators_])
            if hasattr(model, "final_estimator_"):
                changed.final_estimator_ = self.rewrite(model.final_estimator_)
            return changed
        if kind == target_inverse.KIND:
            return self._with_inverse(model)
        return self._rewrite_step(model, kind)

    def _rewrite_named(self, pairs: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
        return [(name, self.rewrite(part)) for name, part in pairs]

    def _with_inverse(self, model: Any) -> Any:
        from sklearn.pipeline import Pipeline

        inverse = target_inverse.inverse_of(model)
        return Pipeline(
            [("regressor", self.rewrite(model.regressor_)), (target_inverse.STEP, inverse)]
        )

    def _by_position(self, model: Any) -> list[tuple[str, Any, list[int]]]:
        places = model._transformer_to_input_indices
        return [
            (name, self.rewrite(part), list(places[name]))
            for name, part, _ in model.transformers_
            if (is_model(part) or part == "passthrough") and len(places[name])
        ]

    def _rewrite_step(self, model: Any, kind: str) -> Any:
        if kind in ("OneHotEncoder", "TargetEncoder"):
            return _with(model, categories_=[self._categories(c) for c in model.categories_])
        if kind == "OrdinalEncoder" and _codes_missing_as_unknown(model):
            # Missing and unknown values both become NaN, so the graph can treat missing values as
            # unknown. v == v is False only for NaN.
            known = [categories[[v == v for v in categories]] for categories in model.categories_]
            return _with(model, categories_=[self._categories(c) for c in known])
        if kind == "OrdinalEncoder" and model._missing_indices:
            return _with(model, categories_=[self._categories(c) for c in model.categories_])
        if kind == "SimpleImputer" and _imputes_text(model):
            none = model.missing_values is None
            return _with(model, missing_values=self._none_text if none else self._missing_text)
        if kind in VECTORIZERS and id(model) in self._lowered:
            return _with(model, lowercase=False)
        return model

    def _categories(self, categories: Any) -> Any:
        """Return the categories with missing values replaced with the action model's sentinels."""
        values = categories.tolist()
        if not any(value is None or value != value for value in values):
            return categories
        text = any(isinstance(value, str) for value in values)
        missing = self._missing_text if text else self._missing_integer
        spelled = [
            self._none_text if value is None else missing if value != value else value
            for value in values
        ]
        return np.array(spelled, dtype=object)


def _codes_missing_as_unknown(encoder: Any) -> bool:
    codes = (encoder.unknown_value, encoder.encoded_missing_value)
    return all(isinstance(code, float) and code != code for code in codes)


def _imputes_text(model: Any) -> bool:
    return any(isinstance(value, str) for value in model.statistics_.tolist())


def with_last(model: Any, last: Any) -> Any:
    """Return a copy of a pipeline with another last step, or ``last`` for other models."""
    if type(model).__name__ != "Pipeline":
        return last
    *before, (name, step) = model.steps
    return _with(model, steps=[*before, (name, with_last(step, last))])


def _with_plain_labels(classifier: Any) -> Any:
    """Return a copy of the classifier with bool and float labels replaced with their positions.

    ONNX supports only integer and string labels. The spec maps the positions back to the labels.
    All labels of a tree or forest with several outputs are replaced, because ONNX has one type for
    all outputs.
    Other models are returned unchanged.
    """
    classes = getattr(classifier, "classes_", None)
    # If classes_ is a property, it returns an inner estimator's labels and cannot be set.
    inherited = isinstance(getattr(type(classifier), "classes_", None), property)
    if not is_classifier(classifier) or inherited:
        return classifier
    # Other classifiers with several outputs get their labels from inner classifiers.
    if isinstance(classes, list) and is_a(classifier, "BaseDecisionTree", "BaseForest"):
        return _with(classifier, classes_=[np.arange(len(each)) for each in classes])
    if not isinstance(classes, np.ndarray) or classes.dtype.kind not in "bf":
        return classifier
    return _with(classifier, classes_=np.arange(len(classes)))


def _as_logistic_regression(classifier: Any) -> Any:
    """Replace a LinearDiscriminantAnalysis with two classes with an equivalent LogisticRegression.

    The stock converter would compute the softmax of the score and its negative, which is the
    probability for twice the score. Other models are returned unchanged.
    """
    if type(classifier).__name__ != "LinearDiscriminantAnalysis" or len(classifier.classes_) != 2:
        return classifier
    from sklearn.linear_model import LogisticRegression

    # With this solver, the converter uses the sigmoid of the score instead of the softmax.
    equivalent = LogisticRegression(solver="liblinear")
    for attribute in ("coef_", "intercept_", "classes_", "n_features_in_"):
        setattr(equivalent, attribute, getattr(classifier, attribute))
    return equivalent


def _with(model: Any, **changes: Any) -> Any:
    # The copy is shallow, because the fitted arrays of a model may take gigabytes.
    changed = copy.copy(model)
    for attribute, value in changes.items():
        setattr(changed, attribute, value)
    return changed


# Functions for HistGradientBoosting on categories


def unfold_categories(model: Any) -> Any:
    """Replace each HistGradientBoosting on categories with a pipeline of its encoder and trees.

    Such a model encodes the categories, moves their columns to the front, and passes the result to
    its trees. Models inside pipelines, searches and frozen estimators are replaced too. Returns
    ``model`` itself if nothing is replaced.
    """
    kind = type(model).__name__
    if kind == "Pipeline":
        steps = [(name, unfold_categories(step)) for name, step in model.steps]
        same = all(new is old for (_, new), (_, old) in zip(steps, model.steps, strict=True))
        return model if same else _copy_with(model, steps=steps)
    if is_search(model) and hasattr(model, "best_estimator_"):
        # A search predicts with its best estimator, so the best estimator can replace the search.
        inner = unfold_categories(model.best_estimator_)
        return model if inner is model.best_estimator_ else inner
    if kind == "FrozenEstimator":
        inner = unfold_categories(model.estimator)
        return model if inner is model.estimator else inner
    encodes = kind.startswith("HistGradientBoosting") and getattr(model, "_preprocessor", None)
    return _split_encoder(model) if encodes else model


def check_same(name: str, model: Any, rows: Any, answers: Any) -> None:
    """Raise ConversionError if the results of ``model`` for ``rows`` differ from ``answers``.

    ``answers`` maps methods to the results of the unfolded model.
    """
    for method, answer in answers.items():
        own = getattr(model, method)(rows)
        if not np.array_equal(own, answer):
            raise category_splits(Step(name, model))


def _split_encoder(model: Any) -> Any:
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    encoder = copy.copy(model._preprocessor)
    # The encoder's step for numbers only validates them, and skl2onnx does not support it.
    encoder.transformers_ = [
        (name, FunctionTransformer() if name == "numerical" else part, columns)
        for name, part, columns in encoder.transformers_
    ]
    trees = _copy_with(model, _preprocessor=None, is_categorical_=model._is_categorical_remapped)
    # The trees now get an array without column names, and would warn that the names are missing.
    vars(trees).pop("feature_names_in_", None)
    return Pipeline([(UNFOLDED, encoder), ("trees", trees)])


def _copy_with(model: Any, **changes: Any) -> Any:
    changed = copy.copy(model)
    vars(changed).update(changes)
    return changed

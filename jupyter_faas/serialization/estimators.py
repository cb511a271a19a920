"""List and classify the estimators in a scikit-learn model, without importing scikit-learn.

Classes are recognized by name, because this check must not load scikit-learn into the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# The attributes that hold fitted estimators, in the order in which rows pass through them.
_PARTS = (
    "steps",
    "transformers_",
    "transformer_list",
    "best_estimator_",
    "estimators_",
    "calibrated_classifiers_",
    "final_estimator_",
    "estimator_",
    "regressor_",
)
_SEARCHES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
# Wrappers that store their fitted estimator in ``estimator``, without a trailing underscore.
_PLAIN_WRAPPERS = ("FrozenEstimator", "_CalibratedClassifier")
# Ensembles whose members are not listed as steps, because converters convert the whole ensemble.
_FORESTS = (
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "IsolationForest",
    "RandomTreesEmbedding",
)
# The name that ``rewriting.unfold_categories`` gives to the step that encodes categories.
UNFOLDED = "categories of the trees"
_CLASSIFIER, _REGRESSOR, _CLUSTER, _OUTLIER = (
    "ClassifierMixin",
    "RegressorMixin",
    "ClusterMixin",
    "OutlierMixin",
)


@dataclass(frozen=True)
class Step:
    """An estimator inside a model, with its name in the pipeline."""

    name: str
    estimator: Any

    @property
    def kind(self) -> str:
        return type(self.estimator).__name__


def is_model(obj: object) -> bool:
    """Return whether ``obj`` is an instance of scikit-learn's ``BaseEstimator``."""
    return any(
        base.__name__ == "BaseEstimator" and base.__module__ == "sklearn.base"
        for base in type(obj).__mro__
    )


def steps(name: str, model: Any) -> Iterator[Step]:
    """Yield the model and every estimator inside it, outermost first.

    The trees of a forest are omitted, because there may be thousands of them.
    """
    yield Step(name, model)
    for child_name, child in children(name, model):
        yield from steps(child_name, child)


def children(name: str, model: Any) -> list[tuple[str, Any]]:
    """Return the names and estimators directly inside ``model`` that predictions use.

    An unnamed estimator gets ``name``, the name of the model. The estimator of a feature selector
    is omitted, because predictions do not use it.
    """
    if type(model).__name__ in _FORESTS or is_a(model, "SelectorMixin"):
        return []
    found: list[tuple[str, Any]] = []
    attributes = ("estimator",) if type(model).__name__ in _PLAIN_WRAPPERS else _PARTS
    for attribute in attributes:
        # If estimators_ exists, its members are clones of estimator_, which is not fitted.
        part = None if attribute == "estimator_" and found else getattr(model, attribute, None)
        if part is not None:
            found += _estimators(name, part)
    return found


def _estimators(name: str, part: Any) -> list[tuple[str, Any]]:
    if is_model(part) or type(part).__name__ in _PLAIN_WRAPPERS:
        return [(name, part)]
    if isinstance(part, tuple) and len(part) >= 2 and isinstance(part[0], str):
        return _estimators(part[0], part[1])
    if isinstance(part, (list, tuple)):
        return [found for item in part for found in _estimators(name, item)]
    return []


def is_search(model: Any) -> bool:
    return type(model).__name__ in _SEARCHES


def unwrapped(model: Any) -> Any:
    """Return the estimator inside a search or FrozenEstimator. Return other models unchanged.

    A search with ``refit=False`` holds no estimator and is returned unchanged too.
    """
    while True:
        if is_search(model) and hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif type(model).__name__ == "FrozenEstimator":
            model = model.estimator
        else:
            return model


def last_step(model: Any) -> Any:
    """Return the last step of a pipeline, or the model itself if it is not a pipeline.

    Searches and FrozenEstimators are unwrapped, and nested pipelines are followed.
    """
    return _step_at(model, -1)


def first_step(model: Any) -> Any:
    """Return the first step of a pipeline, or the model itself if it is not a pipeline.

    Searches and FrozenEstimators are unwrapped, and nested pipelines are followed, also those that
    are the regressor of a TransformedTargetRegressor.
    """
    first = _step_at(model, 0)
    while type(first).__name__ == "TransformedTargetRegressor":
        first = _step_at(first.regressor_, 0)
    return first


def _step_at(model: Any, position: int) -> Any:
    model = unwrapped(model)
    while type(model).__name__ == "Pipeline" and pipeline_steps(model):
        model = unwrapped(pipeline_steps(model)[position])
    return model


def pipeline_steps(pipeline: Any) -> list[Any]:
    """Return the estimators of a pipeline, without None and ``passthrough`` steps."""
    return [step for _, step in pipeline.steps if step is not None and step != "passthrough"]


def is_a(model: Any, *names: str) -> bool:
    """Return whether the class of ``model`` or one of its base classes has one of ``names``."""
    return any(base.__name__ in names for base in type(model).__mro__)


def is_classifier(model: Any) -> bool:
    return is_a(last_step(model), _CLASSIFIER)


def predicts_labels(model: Any) -> bool:
    """Return whether ``predict`` returns labels instead of quantities."""
    # Mixtures predict labels too, but scikit-learn does not derive them from these mixins.
    mixtures = ("GaussianMixture", "BayesianGaussianMixture")
    return is_a(last_step(model), _CLASSIFIER, _CLUSTER, _OUTLIER, *mixtures)


def class_count(model: Any) -> int | None:
    """Return the number of labels, or None unless ``model`` is a classifier with one output."""
    classes = getattr(model, "classes_", None) if is_classifier(model) else None
    return None if classes is None or isinstance(classes, list) else len(classes)


_OUTPUT_CONFIG = "_sklearn_output_config"


def set_transform_output(model: Any, output: str) -> None:
    """Let the steps return what ``sklearn.set_config(transform_output=…)`` has chosen.

    Steps whose ``set_output`` was called keep their own choice, as in scikit-learn.
    """
    if output != "default":
        for step in steps("", model):
            # set_output of a pipeline would also change steps that have made a choice.
            if hasattr(step.estimator, "set_output") and _OUTPUT_CONFIG not in vars(step.estimator):
                setattr(step.estimator, _OUTPUT_CONFIG, {"transform": output})


def frame_library(model: Any) -> str | None:
    """Return the library of the data frames that the model's ``transform`` returns, or None."""
    output = getattr(last_step(model), _OUTPUT_CONFIG, {}).get("transform")
    return output if output in ("pandas", "polars") else None


def is_regressor(model: Any) -> bool:
    return is_a(last_step(model), _REGRESSOR)


def class_name(model: Any) -> str:
    """Return the name of the model's class, and of those inside a pipeline or search.

    For example, ``Pipeline(StandardScaler, LogisticRegression)``.
    """
    kind = type(model).__name__
    # jupyter_faas created this pipeline, so users see only the class of their own model.
    if kind == "Pipeline" and model.steps[0][0] == UNFOLDED:
        return class_name(model.steps[-1][1])
    if kind == "Pipeline":
        inner = pipeline_steps(model)
    elif is_search(model) and hasattr(model, "best_estimator_"):
        inner = [model.best_estimator_]
    elif kind == "FrozenEstimator":
        inner = [model.estimator]
    else:
        return kind
    return f"{kind}({', '.join(class_name(step) for step in inner)})"

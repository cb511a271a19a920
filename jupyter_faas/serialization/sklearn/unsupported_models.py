"""Refuse models that do not have a faithful ONNX form, before the conversion.

Each rule is based on a test. The ONNX forms of these models do not exist, cannot be run, or
silently return different results. The rules only read class names and fitted attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.estimators import (
    Step,
    children,
    is_classifier,
    is_search,
    steps,
)
from jupyter_faas.serialization.exact import (
    CATEGORIES,
    NoExactConverter,
    booster_trees,
    has_function,
    is_booster,
    threshold_of,
)
from jupyter_faas.serialization.sklearn import target_inverse
from jupyter_faas.serialization.sklearn.token_patterns import token_expression

_VECTORIZERS = ("CountVectorizer", "TfidfVectorizer")
_NO_RUNNING_FORM = (
    "GaussianProcessClassifier",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
    "RandomTreesEmbedding",
)
_NEIGHBOURS = ("KNeighborsClassifier", "KNeighborsRegressor")
# Estimators whose input is not a table or a list of documents.
_OTHER_ROWS = {
    "DictVectorizer": "dictionaries",
    "FeatureHasher": "dictionaries",
    "LabelEncoder": "labels",
    "LabelBinarizer": "labels",
    "MultiLabelBinarizer": "lists of labels",
}
# Models whose results depend on which neighbours are chosen. If distances are equal, onnxruntime
# chooses different neighbours.
_TIED_NEIGHBOURS = ("LocalOutlierFactor", "KNNImputer", "KNeighborsTransformer")
# skl2onnx does not support the third method, "temperature".
_CALIBRATIONS = ("sigmoid", "isotonic")
_PARTS_OF_THE_LIBRARY = ("_CalibratedClassifier",)
REPLACE_IT = (
    "Use an estimator that has an ONNX form. docs/models.md lists the estimators without one."
)

Rule = Callable[[Step], ConversionError | None]


def _check_classes(name: str, model: object) -> None:
    """Raise ConversionError for steps that are neither from scikit-learn nor boosters."""
    for step in steps(name, model):
        module = type(step.estimator).__module__
        calibrator = type(model).__name__ == "CalibratedClassifierCV"
        # Users' subclasses of scikit-learn's classes are refused too, because they may override
        # methods.
        if module.split(".")[0] != "sklearn" and not is_booster(step.estimator):
            if calibrator and step.estimator is not model:
                raise _calibration(step)
            raise no_onnx_form(step)


def _check_labels(name: str, model: Any) -> None:
    """Raise ConversionError for labels that are neither strings nor numbers."""
    classes = getattr(model, "classes_", None) if is_classifier(model) else None
    for values in classes if isinstance(classes, list) else [classes]:
        for label in () if values is None else _listed(values):
            if not isinstance(label, str | bool | int | float):
                raise ConversionError(
                    f"{name!r} has labels of type {type(label).__name__}, which ONNX cannot store.",
                    hint="Fit it on labels that are strings or whole numbers.",
                )


def _listed(values: Any) -> list[Any]:
    # A class of the notebook may have a list of labels instead of an array.
    return list(values.tolist()) if hasattr(values, "tolist") else [values]


def _check_steps(name: str, model: object) -> None:
    """Raise ConversionError for steps that one of the rules refuses."""
    for step in steps(name, model):
        for rule in _RULES:
            refusal = rule(step)
            if refusal is not None:
                raise refusal


def check_convertible(name: str, model: object, supported: Collection[str]) -> None:
    """Raise ConversionError for steps that do not have a converter.

    ``supported``: the names of the classes that have a converter.
    """
    for step in steps(name, model):
        wrapper = is_search(step.estimator) or step.kind in ("FrozenEstimator", target_inverse.KIND)
        if step.kind not in supported and step.kind not in _PARTS_OF_THE_LIBRARY and not wrapper:
            raise no_onnx_form(step)


def no_onnx_form(step: Step, detail: str = "") -> ConversionError:
    kind = f"{step.kind}, {detail}" if detail else step.kind
    return ConversionError(f"Step {step.name!r} ({kind}) has no ONNX form.", hint=REPLACE_IT)


def _lost_threshold(step: Step) -> ConversionError | None:
    if step.kind not in ("TunedThresholdClassifierCV", "FixedThresholdClassifier"):
        return None
    model = step.estimator
    if model.response_method != "decision_function" and hasattr(model, "predict_proba"):
        return None
    return ConversionError(
        f"The decision threshold would be lost: ONNX would return the argmax (step {step.name!r}, "
        f"{step.kind}).",
        hint=f"Deploy the inner classifier and apply the threshold {threshold_of(model):.3g} in "
        "the function.",
    )


def _booster(step: Step) -> ConversionError | None:
    if not is_booster(step.estimator):
        return None
    try:
        booster_trees(step.estimator)
    except NoExactConverter as error:
        if str(error) == CATEGORIES:
            return category_splits(step)
        return ConversionError(
            f"This model has no working ONNX form (step {step.name!r}, {step.kind}: {error}).",
            hint=REPLACE_IT,
        )
    return None


def _native_categories(step: Step) -> ConversionError | None:
    """Refuse HistGradientBoosting on categories inside other estimators.

    ``rewriting.unfold_categories`` supports such models only alone or in pipelines, searches and
    frozen estimators.
    """
    parts = ("estimators_", "calibrated_classifiers_", "estimator_", "regressor_")
    if step.kind == "Pipeline" or not any(hasattr(step.estimator, part) for part in parts):
        return None
    for inner in steps(step.name, step.estimator):
        categorical = getattr(inner.estimator, "is_categorical_", None)
        if inner.kind.startswith("HistGradientBoosting") and categorical is not None:
            return category_splits(inner)
    return None


def category_splits(step: Step) -> ConversionError:
    """Return the error for trees that split on categories and cannot be converted."""
    return ConversionError(
        "Splits on categories are lost in the conversion (in a test, 118 of 400 labels changed): "
        f"step {step.name!r} ({step.kind}).",
        hint="Put an OrdinalEncoder or a OneHotEncoder in the pipeline, and fit the model without "
        "categorical_features.",
    )


def _calibration(step: Step) -> ConversionError:
    return ConversionError(
        "Only sigmoid and isotonic calibration of scikit-learn classifiers can be converted (step "
        f"{step.name!r}, {step.kind}).",
        hint="Fit CalibratedClassifierCV with method='sigmoid', or deploy the inner classifier.",
    )


def _calibration_method(step: Step) -> ConversionError | None:
    if step.kind != "CalibratedClassifierCV" or step.estimator.method in _CALIBRATIONS:
        return None
    return _calibration(step)


def _neighbours(step: Step) -> ConversionError | None:
    if step.kind in _NEIGHBOURS and step.estimator.weights != "uniform":
        detail = f"{step.kind}, weights={step.estimator.weights!r}"
    elif step.kind in _TIED_NEIGHBOURS:
        detail = step.kind
    else:
        return None
    return ConversionError(
        f"ONNX breaks ties between equally distant neighbours differently: step {step.name!r} "
        f"({detail}).",
        hint="Use weights='uniform', or a model that does not look up neighbours."
        if step.kind in _NEIGHBOURS
        else "Use a model that does not look up neighbours.",
    )


def neighbour_ties(name: str, model: object) -> ConversionError | None:
    """Return the error for a model that looks up neighbours, or None for other models.

    If several training rows are equally far away, ONNX may choose others than the model. The parity
    check need not meet such a row, so the ONNX form is only used if it is requested.
    """
    for step in steps(name, model):
        if step.kind in _NEIGHBOURS:
            return ConversionError(
                "ONNX breaks ties between equally distant neighbours differently: step "
                f"{step.name!r} ({step.kind})."
            )
    return None


def _text_option(step: Step) -> ConversionError | None:
    option = next(iter(_lost_text_options(step)), None)
    if option is None:
        return None
    return ConversionError(
        f"The option {option} of a text step cannot be converted.",
        hint=f"Fit step {step.name!r} ({step.kind}) without {option.partition(' (')[0]}.",
    )


def _lost_text_options(step: Step) -> Sequence[str]:
    model = step.estimator
    if step.kind not in _VECTORIZERS:
        return ()
    lost = []
    if model.analyzer != "word":
        lost.append(f"analyzer={model.analyzer!r}")
    options = ("tokenizer", "preprocessor", "strip_accents")
    lost += [option for option in options if getattr(model, option) is not None]
    if model.stop_words is not None and model.ngram_range[1] > 1:
        lost.append("stop_words (with n-grams)")
    if token_expression(model) is None:
        lost.append("token_pattern")
    if model.input != "content":
        lost.append(f"input={model.input!r}")
    return lost


def _not_running(step: Step) -> ConversionError | None:
    if step.kind not in _NO_RUNNING_FORM:
        return None
    return ConversionError(
        f"This model has no working ONNX form (step {step.name!r}, {step.kind}).", hint=REPLACE_IT
    )


def _other_rows(step: Step) -> ConversionError | None:
    what = _OTHER_ROWS.get(step.kind)
    return no_onnx_form(step, f"which reads {what}") if what is not None else None


def _own_function(step: Step) -> ConversionError | None:
    if step.kind != "FunctionTransformer" or step.estimator.func is None:
        return None
    if has_function(step.estimator):
        return None
    function = getattr(step.estimator.func, "__name__", type(step.estimator.func).__name__)
    return no_onnx_form(step, f"func={function}")


def _target(step: Step) -> ConversionError | None:
    if step.kind != target_inverse.KIND or target_inverse.inverse_of(step.estimator) is not None:
        return None
    return no_onnx_form(step, target_inverse.description(step.estimator))


def _missing_indicator(step: Step) -> ConversionError | None:
    if step.kind != "SimpleImputer" or not step.estimator.add_indicator:
        return None
    # Our converter for numbers supports the indicator, but the stock converter for text does not.
    if not any(isinstance(value, str) for value in step.estimator.statistics_.tolist()):
        return None
    return no_onnx_form(step, "add_indicator=True")


_RULES: tuple[Rule, ...] = (
    _lost_threshold,
    _native_categories,
    _calibration_method,
    _neighbours,
    _text_option,
    _not_running,
    _other_rows,
    _own_function,
    _target,
    _missing_indicator,
    _booster,
)


def check_supported(name: str, model: object) -> None:
    """Raise ConversionError if a model is not fitted, or has unsupported classes or options."""
    _check_classes(name, model)
    check_fitted(name, model)
    _check_labels(name, model)
    _check_steps(name, model)


def check_fitted(name: str, model: object) -> None:
    """Raise ConversionError if a model is not fitted."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    for step in steps(name, model):
        if is_search(step.estimator) and getattr(step.estimator, "refit", True) is False:
            raise ConversionError(
                f"{step.name!r} ({step.kind}) does not contain a fitted model.",
                hint="Write refit=True instead of refit=False.",
            )
    try:
        check_is_fitted(model)
    except NotFittedError as error:
        # A class of the user may have nothing to learn, and then has no attributes to check.
        module = type(model).__module__.partition(".")[0]
        if module != "sklearn" and not is_booster(model):
            return
        if _lacks_only_own_steps(name, model):
            return
        raise ConversionError(
            f"{name!r} ({type(model).__name__}) is not fitted.",
            hint="Run the cell that fits it, and then this cell again.",
        ) from error


def _lacks_only_own_steps(name: str, model: object) -> bool:
    """Return whether a pipeline or union contains a class of the user, and is otherwise fitted.

    Such a class may have nothing to learn. scikit-learn then takes the whole for unfitted.
    """
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    parts = [step.estimator for step in steps(name, model) if not children("", step.estimator)]
    of_sklearn = [one for one in parts if type(one).__module__.partition(".")[0] == "sklearn"]
    if len(of_sklearn) == len(parts):
        return False
    try:
        for one in of_sklearn:
            check_is_fitted(one)
    except NotFittedError:
        return False
    return True

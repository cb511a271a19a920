"""Call skl2onnx with suitable options, and patch two of its defects."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jupyter_faas.serialization.estimators import is_a, is_classifier, last_step, steps
from jupyter_faas.serialization.exact import ML_OPSET, exact_converters
from jupyter_faas.serialization.input_schema import VECTORIZERS, InputSchema
from jupyter_faas.serialization.onnx.graph import merged
from jupyter_faas.serialization.precision import EXACT, FLOAT32, MIXED, Precision
from jupyter_faas.serialization.sklearn import guards
from jupyter_faas.serialization.sklearn.token_patterns import token_expression

if TYPE_CHECKING:
    from onnx import ModelProto

GRAPH_NAME = "model"
# With this opset, skl2onnx uses version 3 of ai.onnx.ml.
TARGET_OPSET = 21
SCORES = "decision_function"
SCORES_LABEL = "decision_label"
# Most containers do not have skl2onnx's default locale, en_US.UTF-8, without which the graph cannot
# be loaded.
_LOCALE = "C.UTF-8"
_CHOOSE_BY_SCORE = ("LinearClassifierMixin", "OneVsRestClassifier")
# Models whose converters write the results of score_samples only if they are asked to.
_SAMPLE_SCORES = ("BayesianGaussianMixture", "GaussianMixture", "IsolationForest")


def patch_skl2onnx() -> None:
    """Patch skl2onnx in this process, unless it is already patched.

    The converter for LinearSVC rejects the option ``zipmap``, which the converter for stacking
    models passes to every classifier. The converters for trees ignore the branch that missing
    values take. To find the pipelines that options belong to, skl2onnx reads all attributes of all
    trees of a forest, which takes longer than the conversion.
    """
    from skl2onnx.common import _registration, utils_sklearn
    from skl2onnx.operator_converters import decision_tree, gradient_boosting, random_forest

    _registration._converter_pool["SklearnLinearSVC"].get_allowed_options()["zipmap"] = [
        True,
        False,
        "columns",
    ]
    if utils_sklearn.enumerate_model_names.__module__ != __name__:
        utils_sklearn.enumerate_model_names = _without_trees(utils_sklearn.enumerate_model_names)
    for module in (decision_tree, gradient_boosting, random_forest):
        # Each module has imported the function by name, so each module must be patched once.
        if module.add_tree_to_attribute_pairs.__module__ != __name__:
            module.add_tree_to_attribute_pairs = _with_missing_sides(
                module.add_tree_to_attribute_pairs
            )


def _without_trees(enumerate_names: Any) -> Any:
    def enumerate_model_names(model: Any, prefix: str = "", short: bool = True) -> Iterator[Any]:
        # The function calls itself by its name in the module, which is this function. A tree has
        # neither options nor estimators inside.
        if is_a(model, "BaseForest", "BaseGradientBoosting", "BaseDecisionTree"):
            return iter([(prefix, model)])
        return iter(enumerate_names(model, prefix, short))

    return enumerate_model_names


def _with_missing_sides(add_tree: Any) -> Any:
    def add_tree_with_missing_sides(
        attributes: dict[str, Any], is_classifier: bool, tree: Any, *args: Any, **options: Any
    ) -> None:
        # The stock function appends the nodes of this tree to those of earlier trees.
        before = len(attributes["nodes_modes"])
        add_tree(attributes, is_classifier, tree, *args, **options)
        modes = attributes["nodes_modes"][before:]
        sides = tree.missing_go_to_left.tolist()
        attributes["nodes_missing_value_tracks_true"][before:] = [
            int(side) if mode != "LEAF" else 0 for mode, side in zip(modes, sides, strict=True)
        ]

    return add_tree_with_missing_sides


def supported_classes() -> set[str]:
    """Return the names of the estimator classes that skl2onnx has a converter for."""
    from skl2onnx._supported_operators import sklearn_operator_name_map

    return {cls.__name__ for cls in sklearn_operator_name_map}


@dataclass(frozen=True)
class Graph:
    """An ONNX graph, and the checks of its guarded edges (``guards.py``)."""

    onnx: ModelProto
    checks: Mapping[str, Any]


def to_onnx(model: Any, schema: InputSchema, precision: Precision, *, scores: bool) -> Graph:
    """Convert ``model``, which must have been rewritten by ``rewriting.py``.

    ``scores``: whether to add the classifier's raw scores as the output ``decision_function``, if
    skl2onnx can convert them. Exceptions of the converters are not caught, except for the scores.
    """
    inputs = frozenset(input_name(schema, i) for i in range(schema.width))
    with guards.recorded(inputs) as checks:
        graph = _convert(model, schema, precision, raw_scores=False)
    return Graph(_with_scores(graph, model, schema, precision) if scores else graph, checks)


def _with_scores(
    graph: ModelProto, model: Any, schema: InputSchema, precision: Precision
) -> ModelProto:
    final = last_step(model)
    if "raw_scores" not in _allowed_options(final):
        return graph
    try:
        raw = _convert(model, schema, precision, raw_scores=True)
        # Linear models choose the label by score. Probabilities may be equal where scores differ,
        # so for these models the label is also taken from the graph with the scores.
        # For several labels per row, skl2onnx would compare the scores with one half.
        by_score = is_a(final, *_CHOOSE_BY_SCORE) and not getattr(final, "multilabel_", False)
        wanted = {1: SCORES, 0: SCORES_LABEL} if by_score else {1: SCORES}
        return merged(graph, raw, wanted)
    except (NotImplementedError, RuntimeError, ValueError):
        # In this case, only decision_function is omitted, with a warning.
        return graph


def _convert(
    model: Any, schema: InputSchema, precision: Precision, *, raw_scores: bool
) -> ModelProto:
    from skl2onnx import convert_sklearn

    if precision is MIXED:
        model = _cast_before_last(model)
    # The steps before the last use our converters even if the last step uses a stock converter.
    converters = exact_converters(trees=precision is EXACT, double=precision is not FLOAT32)
    with converters, warnings.catch_warnings():
        # skl2onnx's warnings are about its internals, which users cannot change.
        warnings.simplefilter("ignore")
        graph: ModelProto = convert_sklearn(
            model,
            name=GRAPH_NAME,
            initial_types=_initial_types(schema, precision),
            target_opset=_target_opset(precision),
            options=_options(model, raw_scores=raw_scores),
        )
    return graph


def _target_opset(precision: Precision) -> int | dict[str, int]:
    return {"": TARGET_OPSET, "ai.onnx.ml": ML_OPSET} if precision is EXACT else TARGET_OPSET


def _cast_before_last(model: Any) -> Any:
    import copy

    from skl2onnx.sklapi import CastTransformer

    # The last step then reads float32, as in scikit-learn, although the steps before use double.
    changed = copy.copy(model)
    cast = ("to_float32", CastTransformer(dtype=np.float32))
    changed.steps = [*model.steps[:-1], cast, model.steps[-1]]
    return changed


def _initial_types(schema: InputSchema, precision: Precision) -> list[tuple[str, Any]]:
    from skl2onnx.common import data_types

    number = (
        data_types.DoubleTensorType if precision.dtype == "float64" else data_types.FloatTensorType
    )
    if schema.layout == "tensor":
        return [("X", number([None, schema.width]))]
    types = {
        "number": number,
        "integer": data_types.Int64TensorType,
        "string": data_types.StringTensorType,
    }
    return [
        (input_name(schema, i), types[column.kind]([None, 1]))
        for i, column in enumerate(schema.columns)
    ]


def input_name(schema: InputSchema, index: int) -> str:
    """Return the name of the graph input for a column.

    Column names are not used, because they may contain characters that converters reject.
    """
    return "X" if schema.layout == "tensor" else f"x{index}"


def _options(model: Any, *, raw_scores: bool) -> Mapping[int, dict[str, Any]]:
    final = last_step(model)
    allowed = _allowed_options(final)
    options: dict[int, dict[str, Any]] = {}
    chosen: dict[str, Any] = {}
    if is_classifier(final) and "zipmap" in allowed:
        # Otherwise, probabilities would be a list of dictionaries instead of an array.
        chosen["zipmap"] = False
    if "raw_scores" in allowed and (raw_scores or not hasattr(final, "predict_proba")):
        chosen["raw_scores"] = is_classifier(final)
    if is_a(final, *_SAMPLE_SCORES):
        chosen["score_samples"] = True
    if chosen:
        options[id(final)] = chosen
    for step in steps("", model):
        if step.kind in VECTORIZERS:
            tokens = token_expression(step.estimator)
            options[id(step.estimator)] = {"tokenexp": tokens, "locale": _LOCALE}
    return options


def _allowed_options(estimator: Any) -> Mapping[str, Any]:
    from skl2onnx._supported_operators import sklearn_operator_name_map
    from skl2onnx.common import _registration

    alias = sklearn_operator_name_map.get(type(estimator))
    registered = _registration._converter_pool.get(alias)
    return (registered.get_allowed_options() or {}) if registered is not None else {}

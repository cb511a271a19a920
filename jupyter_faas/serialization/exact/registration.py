"""Register our converters with skl2onnx, for unknown classes or instead of stock converters."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from jupyter_faas.serialization.estimators import is_a, is_classifier, steps
from jupyter_faas.serialization.exact import encoders, lightgbm, text, xgboost
from jupyter_faas.serialization.exact import function_transformer as functions
from jupyter_faas.serialization.exact import meta_estimators as wrappers
from jupyter_faas.serialization.exact import naive_bayes as bayes
from jupyter_faas.serialization.exact import neural_network as networks
from jupyter_faas.serialization.exact import scalers as elementwise
from jupyter_faas.serialization.exact import transformers as others
from jupyter_faas.serialization.exact import tree_converters as tree_models
from jupyter_faas.serialization.exact import vector_machines as vectors
from jupyter_faas.serialization.exact.ensemble import Tree
from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter

Converter = Callable[[Any, Any, Any], None]

# The first version of ai.onnx.ml with TreeEnsemble, which supports double.
ML_OPSET = 5

# The converters for trees are replaced only in the exact precision, because ours need ML_OPSET.
_TREES: MappingProxyType[str, Converter] = MappingProxyType(
    {
        "DecisionTreeClassifier": tree_models.tree_classifier,
        "DecisionTreeRegressor": tree_models.tree_regressor,
        "ExtraTreeClassifier": tree_models.tree_classifier,
        "ExtraTreeRegressor": tree_models.tree_regressor,
        "ExtraTreesClassifier": tree_models.forest_classifier,
        "ExtraTreesRegressor": tree_models.forest_regressor,
        "GradientBoostingClassifier": tree_models.gradient_boosting_classifier,
        "GradientBoostingRegressor": tree_models.gradient_boosting_regressor,
        "HistGradientBoostingClassifier": tree_models.hist_gradient_boosting_classifier,
        "HistGradientBoostingRegressor": tree_models.hist_gradient_boosting_regressor,
        "IsolationForest": tree_models.isolation_forest,
        "RandomForestClassifier": tree_models.forest_classifier,
        "RandomForestRegressor": tree_models.forest_regressor,
    }
)
# These are replaced with the trees that they contain.
_TREE_WRAPPERS: MappingProxyType[str, Converter] = MappingProxyType(
    {
        "AdaBoostClassifier": tree_models.ada_boost_classifier,
        "AdaBoostRegressor": tree_models.ada_boost_regressor,
    }
)
# Elementwise steps, text, vector machines and wrappers do not need a newer opset, so they apply to
# every precision in double.
_DOUBLE: MappingProxyType[str, Converter] = MappingProxyType(
    {
        "BernoulliNB": bayes.bernoulli_classifier,
        "Binarizer": others.binarizer,
        "CalibratedClassifierCV": wrappers.calibrated_classifier,
        "CategoricalNB": bayes.categorical_classifier,
        "CountVectorizer": text.count_vectorizer,
        "KBinsDiscretizer": encoders.bins,
        "MLPClassifier": networks.mlp_classifier,
        "MLPRegressor": networks.mlp_regressor,
        "MaxAbsScaler": elementwise.max_abs_scaler,
        "MinMaxScaler": elementwise.min_max_scaler,
        "Normalizer": others.normalizer,
        "NuSVC": vectors.vector_classifier,
        "NuSVR": vectors.vector_regressor,
        "OneClassSVM": vectors.vector_outlier_detector,
        "PolynomialFeatures": others.polynomial_features,
        "PowerTransformer": others.power_transformer,
        "QuantileTransformer": others.quantile_transformer,
        "RobustScaler": elementwise.robust_scaler,
        "SVC": vectors.vector_classifier,
        "SVR": vectors.vector_regressor,
        "SimpleImputer": elementwise.simple_imputer,
        "StandardScaler": elementwise.standard_scaler,
        "TargetEncoder": encoders.target_encoder,
        "TfidfTransformer": text.tfidf_transformer,
        "TfidfVectorizer": text.tfidf_vectorizer,
    }
)
# The stock converters do not support what these convert, in any precision.
_ALWAYS: MappingProxyType[str, Converter] = MappingProxyType(
    {
        "FunctionTransformer": functions.function_transformer,
        "OneHotEncoder": encoders.one_hot_encoder,
        "OrdinalEncoder": encoders.ordinal_encoder,
        "TfidfTransformer": text.tfidf_transformer_in_float32,
    }
)
# The codes of these are exact in float32, but the steps after them must compute in double.
_FLOAT32_CODES = ("OneHotEncoder", "OrdinalEncoder")
# scikit-learn estimators that skl2onnx does not have a converter for.
_UNKNOWN: MappingProxyType[str, Converter] = MappingProxyType(
    {
        "FixedThresholdClassifier": wrappers.threshold_classifier,
        "TunedThresholdClassifierCV": wrappers.threshold_classifier,
    }
)
# Estimators from other libraries that skl2onnx does not have a converter for.
BOOSTERS: MappingProxyType[str, Converter] = MappingProxyType(
    {
        "LGBMClassifier": lightgbm.classifier,
        "LGBMRegressor": lightgbm.regressor,
        "LightGBMBooster": lightgbm.native,
        "XGBClassifier": xgboost.classifier,
        "XGBRegressor": xgboost.regressor,
        "XGBRFClassifier": xgboost.classifier,
        "XGBRFRegressor": xgboost.regressor,
        "XGBoostBooster": xgboost.native,
    }
)
_FUNCTION = "SklearnFunctionTransformer"
_TARGETS = "SklearnTargetEncoder"
_LIBRARIES = ("lightgbm", "xgboost")
_LIGHT = ("LGBMModel", "LightGBMBooster")
_WRAPPER_MODULE = "jupyter_faas.serialization.native_boosters"


def is_booster(estimator: Any) -> bool:
    """Return whether ``estimator`` is a LightGBM or XGBoost estimator that we can convert.

    Instances of users' subclasses do not count.
    """
    cls = type(estimator)
    known = cls.__module__.partition(".")[0] in _LIBRARIES or cls.__module__ == _WRAPPER_MODULE
    return known and cls.__name__ in BOOSTERS


def booster_trees(estimator: Any) -> list[Tree]:
    """Return the trees of a LightGBM or XGBoost estimator.

    Raises NoExactConverter if our converters do not support the trees.
    """
    read = lightgbm.read_trees if is_a(estimator, *_LIGHT) else xgboost.read_trees
    return read(estimator)


def booster_trees_or_empty(estimator: Any) -> list[Tree]:
    """Return the trees of a booster, or an empty list if our converters do not support them."""
    try:
        return booster_trees(estimator)
    except NoExactConverter:
        return []


def has_exact_trees(model: Any) -> bool:
    """Return whether a step of ``model`` is a tree model that we have a converter for."""
    return any(step.kind in _TREES or is_booster(step.estimator) for step in steps("", model))


def register_unknown(model: Any) -> None:
    """Register our converters for the classes in ``model`` that skl2onnx does not support.

    Only the classes in ``model`` are registered, so that booster libraries are not imported.
    """
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes,
        calculate_linear_regressor_output_shapes,
    )

    for step in steps("", model):
        ours = {**BOOSTERS, **_UNKNOWN}.get(step.kind)
        if ours is not None:
            cls = type(step.estimator)
            classifies = is_classifier(step.estimator)
            update_registered_converter(
                cls,
                f"JupyterFaas{cls.__name__}",
                calculate_linear_classifier_output_shapes
                if classifies
                else calculate_linear_regressor_output_shapes,
                ours,
                # The helper converts many models, so the class may already be registered.
                overwrite=True,
                options=_options(cls) if classifies else None,
            )


def _options(cls: type) -> dict[str, list[object]]:
    options: dict[str, list[object]] = {
        "zipmap": [True, False, "columns"],
        "nocl": [True, False],
    }
    if cls.__name__ in BOOSTERS and hasattr(cls, "decision_function"):
        options["raw_scores"] = [True, False]
    return options


@contextmanager
def exact_converters(*, trees: bool, double: bool = True) -> Generator[None, None, None]:
    """Replace stock converters with ours inside the ``with`` block.

    ``double``: whether to replace the converters of elementwise steps, text and wrappers with ours,
    which compute in double. ``trees``: whether to replace the converters of tree models too, which
    requires ``ai.onnx.ml`` 5 as the target opset. If our converter raises NoExactConverter, the
    stock converter is used.
    """
    from skl2onnx import _parse, supported_converters
    from skl2onnx._supported_operators import sklearn_operator_name_map
    from skl2onnx.common import _registration, _topology

    assert supported_converters  # noqa: S101  # importing skl2onnx fills the pool
    # Private attributes are used because skl2onnx has no public way to restore a stock converter.
    pool = _registration._converter_pool
    ours = {**_ALWAYS, **(_DOUBLE if double else {})}
    if trees:
        ours |= {**_TREES, **_TREE_WRAPPERS}
    stock = {
        alias: pool[alias]
        for cls, alias in sklearn_operator_name_map.items()
        if cls.__name__ in ours and alias in pool
    }
    names = {alias: cls.__name__ for cls, alias in sklearn_operator_name_map.items()}
    shapes = _registration._shape_calculator_pool
    stock_shapes = {alias: shapes[alias] for alias in (_FUNCTION, _TARGETS)}
    default_opset = _topology.get_default_opset_for_domain
    output_type = _parse.guess_tensor_type
    try:
        for alias, registered in stock.items():
            converter = _with_fallback(ours[names[alias]], registered)
            if double and names[alias] in _FLOAT32_CODES:
                converter = _in_double(converter)
            pool[alias] = _registration.RegisteredConverter(
                converter, registered.get_allowed_options()
            )
        if double:
            _parse.guess_tensor_type = _double_after_text(output_type)
            # The stock function refuses categories that are doubles.
            shapes[_TARGETS] = encoders.target_shape
        shapes[_FUNCTION] = _shape_calculator(shapes[_FUNCTION])
        if trees:
            _topology.get_default_opset_for_domain = _raised_opset(default_opset)
        yield
    finally:
        pool.update(stock)
        shapes.update(stock_shapes)
        _topology.get_default_opset_for_domain = default_opset
        _parse.guess_tensor_type = output_type


def _double_after_text(stock: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function of output types like ``stock``, but with double for text and integers.

    Without this change, skl2onnx would declare float32 outputs of a pipeline that reads text.
    """
    from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

    def guess_tensor_type(data_type: Any) -> Any:
        if isinstance(data_type, (StringTensorType, Int64TensorType)):
            return DoubleTensorType()
        return stock(data_type)

    return guess_tensor_type


def _in_double(converter: Converter) -> Converter:
    """Return a converter like ``converter`` that casts a float32 result to double."""

    def convert(scope: Any, operator: Any, container: Any) -> None:
        from skl2onnx.common.data_types import FloatTensorType

        first = len(container.nodes)
        converter(scope, operator, container)
        output = operator.outputs[0]
        if not isinstance(output.type, FloatTensorType):
            return
        result = scope.get_unique_variable_name("float_result")
        for node in container.nodes[first:]:
            for index, edge in enumerate(node.output):
                if edge == output.full_name:
                    node.output[index] = result
        # The container refuses a second node with the output, which no node has any more.
        container._added_names_.discard(output.full_name)
        graph = GraphWriter(scope, operator, container)
        graph.set_output(0, graph.cast(result))

    return convert


def _with_fallback(ours: Converter, stock: Any) -> Converter:
    def convert(scope: Any, operator: Any, container: Any) -> None:
        written = [(each, len(each)) for each in (container.nodes, container.initializers)]
        try:
            ours(scope, operator, container)
        except NoExactConverter:
            # The converter may have given up after it wrote some nodes, which nothing would use.
            for each, length in written:
                del each[length:]
            stock(scope, operator, container)

    return convert


def _shape_calculator(stock: Callable[[Any], None]) -> Callable[[Any], None]:
    def shape(operator: Any) -> None:
        function = operator.raw_operator
        calculate = stock if function.func is None else functions.function_shape
        calculate(operator)

    return shape


def _raised_opset(default: Callable[[str], int | None]) -> Callable[[str], int | None]:
    """Return a function of default opsets like ``default``, but with 5 for ``ai.onnx.ml``.

    Without this change, skl2onnx would limit the opset of ``ai.onnx.ml`` to its default, 3.
    """

    def default_opset(domain: str) -> int | None:
        return ML_OPSET if domain == "ai.onnx.ml" else default(domain)

    return default_opset

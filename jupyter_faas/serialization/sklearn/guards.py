"""Guards: checks of the values between a model's steps, which an ONNX graph does not have.

scikit-learn's estimators check their input. ``make_pipeline(FunctionTransformer(np.log),
LogisticRegression())`` raises ValueError for a zero, because the classifier rejects infinity. The
graph would answer with a label. Therefore, the edge before such a step becomes an output of the
graph, and the action model raises the error that the estimator would raise.

Reading these outputs costs time. Scalers, encoders and similar steps turn moderate finite numbers
into finite numbers, so after them the outputs are read only for rows with huge or missing values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import is_a, steps
from jupyter_faas.serialization.exact import is_booster
from jupyter_faas.serialization.parity.metric import MethodError, call_methods
from jupyter_faas.serialization.precision import Precision
from jupyter_faas.serialization.sklearn import target_inverse

if TYPE_CHECKING:
    from onnx import ModelProto

# The names of the graph outputs that are guarded edges begin with this prefix.
PREFIX = "guard_"
# Rows whose numbers are at most this large are called calm. float32 has a smaller range.
CALM = {"float64": 1e30, "float32": 1e9}
# The largest power of ten that float64 can represent is 308. The margin is for sums.
_MOST_DIGITS = {"float64": 290.0, "float32": 36.0}
_BEYOND_FLOAT32 = 1e39
# Steps whose results are finite for finite input, and grow at most in proportion to it.
_TAME = (
    "Binarizer",
    "ColumnTransformer",
    "FeatureUnion",
    "GaussianRandomProjection",
    "IncrementalPCA",
    "KBinsDiscretizer",
    "MaxAbsScaler",
    "MinMaxScaler",
    "Normalizer",
    "OneHotEncoder",
    "OrdinalEncoder",
    "PCA",
    "Pipeline",
    "PolynomialFeatures",
    "QuantileTransformer",
    "RobustScaler",
    "SelectorMixin",
    "SimpleImputer",
    "StandardScaler",
    "TargetEncoder",
    "TfidfTransformer",
    "TruncatedSVD",
    "CountVectorizer",
    "BaseSearchCV",
    "FrozenEstimator",
)
# numpy functions that are finite for every finite number, with the growth of the result's digits.
_TAME_FUNCTIONS = {
    "absolute": 1,
    "ceil": 1,
    "cos": 1,
    "fabs": 1,
    "floor": 1,
    "negative": 1,
    "sign": 1,
    "sin": 1,
    "square": 2,
    "tanh": 1,
}
# What these compute is usually not read by another step. As a transformer, they are linear.
_PREDICTORS = ("ClassifierMixin", "RegressorMixin", "ClusterMixin", "OutlierMixin", "BaseMixture")
# Models that compare distances. Far from the data, all distances are equal after rounding, and the
# order of the operations decides. The original answers such rows too, but its answer means nothing.
_DISTANCES = ("KNeighborsMixin", "_BaseKMeans", "BaseMixture", "KernelPCA")
_FAR = 1e8
_FACTORS = ("scale_", "components_", "idf_")


def specification(
    model: Any, checks: Mapping[str, Any], precision: Precision, rows: Array
) -> dict[str, Any]:
    """Return the guards for the spec, or an empty dictionary if there are none.

    ``checks`` maps edges to the checks of the steps that read them. ``rows``: the sample. Keys of
    the result: ``watch``: whether the edges are checked for every row, not only for rows with a
    number beyond ``calm``. ``most``: the action model rejects larger numbers.
    """
    if any(is_a(step.estimator, *_DISTANCES) for step in steps("", model)):
        # Mixed rows have text too.
        cells = [each for each in rows.ravel().tolist() if isinstance(each, (int, float))]
        numbers = np.array(cells, dtype=np.float64)
        most = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=1.0)) * _FAR
        found = {"most": most, "calm": min(most, CALM[precision.dtype])}
        return {"watch": False, "edges": {}, **_edges(model, checks, precision), **found}
    return _edges(model, checks, precision)


def _edges(model: Any, checks: Mapping[str, Any], precision: Precision) -> dict[str, Any]:
    if not checks:
        return {}
    always = any("above" in check or "least" in check for check in checks.values())
    return {
        "calm": CALM[precision.dtype],
        "watch": always or not _stays_finite(model, precision),
        "edges": {edge: dict(check) for edge, check in checks.items()},
    }


def input_checks(estimator: Any, width: int) -> dict[str, Any]:
    """Find the values that an estimator rejects, by passing them to it.

    ``width``: the number of columns. The keys of the result are ``step`` (the estimator's class),
    ``nan`` (whether it rejects NaN), ``limit`` (the type of its numbers, whose range it checks)
    and, for some transformers, ``above`` or ``least``, a bound of the accepted values. The result
    is empty if the estimator rejects none of the values, or even rows of ones.
    """
    method = "predict" if hasattr(estimator, "predict") else "transform"

    def rejects(value: float) -> bool:
        rows = np.full((1, width), value)
        return isinstance(call_methods(estimator, rows, (method,)), MethodError)

    if rejects(1.0):
        return {}
    found: dict[str, Any] = {}
    if rejects(np.nan):
        found["nan"] = True
    if rejects(np.inf):
        found["limit"] = "float32" if rejects(_BEYOND_FLOAT32) else "float64"
    # Only these are known to check signs. Testing all would be slow, because most do not.
    if is_a(estimator, "PowerTransformer", "CategoricalNB", "Pipeline"):
        if rejects(0.0):
            found["above"] = 0.0
        elif rejects(-1.0):
            found["least"] = 0.0
    return {"step": type(estimator).__name__, **found} if found else {}


@contextmanager
def recorded(inputs: frozenset[str]) -> Iterator[dict[str, dict[str, Any]]]:
    """Record the checks of every step that skl2onnx converts inside the ``with`` block.

    ``inputs``: the names of the graph's inputs. Their missing and infinite values are checked
    elsewhere (``ReferenceModel.rejected_columns``). Yields a dictionary that is filled with the
    checks of each edge. The edges become outputs of the graph.
    """
    from skl2onnx.common import _topology

    found: dict[str, dict[str, Any]] = {}
    stock = _topology.Topology.call_converter

    def call_converter(topology: Any, operator: Any, container: Any, verbose: int = 0) -> None:
        _record(operator, container, inputs, found)
        stock(topology, operator, container, verbose=verbose)

    _topology.Topology.call_converter = call_converter
    try:
        yield found
    finally:
        _topology.Topology.call_converter = stock


def is_guard(output: str) -> bool:
    return output.startswith(PREFIX)


def _record(
    operator: Any, container: Any, inputs: frozenset[str], found: dict[str, dict[str, Any]]
) -> None:
    from onnx import helper
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    estimator = operator.raw_operator
    known = type(estimator).__module__.partition(".")[0] == "sklearn" or is_booster(estimator)
    edges = [
        variable
        for variable in operator.inputs
        if isinstance(variable.type, (DoubleTensorType, FloatTensorType))
    ]
    asked = hasattr(estimator, "predict") or hasattr(estimator, "transform")
    if not known or not asked or not edges or len(edges) != len(operator.inputs):
        return
    width = getattr(estimator, "n_features_in_", None) or _width(edges)
    if not width:
        return
    fed = all(variable.full_name in inputs for variable in edges)
    # The first step's input is checked before the graph runs, except for its sign.
    if fed and not is_a(estimator, "PowerTransformer", "CategoricalNB"):
        return
    checks = input_checks(estimator, width)
    for variable in edges if checks else []:
        if variable.full_name in inputs:
            if "above" in checks or "least" in checks:
                found[variable.full_name] = checks
            continue
        name = f"{PREFIX}{len(found)}"
        kind = 11 if isinstance(variable.type, DoubleTensorType) else 1
        container.add_node("Identity", [variable.full_name], [name], name=f"{name}_edge")
        container.outputs.append(helper.make_tensor_value_info(name, kind, None))
        found[name] = checks


def _width(variables: list[Any]) -> int:
    """Return the number of columns of all variables together, or 0 if it is unknown."""
    shapes = [variable.type.shape for variable in variables]
    if any(len(shape) < 2 or shape[1] is None for shape in shapes):
        return 0
    return sum(int(shape[1]) for shape in shapes)


def outputs_of(graph: ModelProto) -> list[str]:
    """Return the names of the graph's outputs that are not guards."""
    return [output.name for output in graph.graph.output if not is_guard(output.name)]


def _stays_finite(model: Any, precision: Precision) -> bool:
    """Return whether calm rows lead to finite values before every step."""
    digits = float(np.log10(CALM[precision.dtype]))
    growth = 1.0
    for step in steps("", model):
        estimator = step.estimator
        if (
            step.kind.startswith("Stacking")
            or step.kind.endswith("Chain")
            or step.name == target_inverse.STEP
        ):
            # Another step reads the predictions, which may be exponential.
            return False
        if step.kind == "FunctionTransformer":
            function = getattr(estimator.func, "__name__", "")
            if estimator.func is not None and function not in _TAME_FUNCTIONS:
                return False
            growth *= _TAME_FUNCTIONS.get(function, 1)
        elif not is_a(estimator, *_TAME) and not is_a(estimator, *_PREDICTORS):
            return False
        growth *= _degree(estimator)
        digits += _digits(estimator)
    return digits * growth <= _MOST_DIGITS[precision.dtype]


def _degree(estimator: Any) -> int:
    if type(estimator).__name__ != "PolynomialFeatures":
        return 1
    degree = estimator.degree
    return int(max(degree) if isinstance(degree, tuple) else degree)


def _digits(estimator: Any) -> float:
    """Return by how many powers of ten the estimator may enlarge a number."""
    found = 1.0
    for name in _FACTORS:
        values = getattr(estimator, name, None)
        if isinstance(values, np.ndarray) and values.dtype.kind == "f":
            found = max(found, _largest_exponent(values, both=name == "scale_") + 3)
    return found


def _largest_exponent(values: Array, *, both: bool) -> float:
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if not len(sizes):
        return 0.0
    exponents = np.log10(sizes)
    # A scaler divides by its scale or multiplies by it.
    return float(np.abs(exponents).max() if both else max(0.0, exponents.max()))

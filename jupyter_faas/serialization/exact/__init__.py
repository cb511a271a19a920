"""Our own converters for trees, boosters and scalers, exact to the last bit where possible.

skl2onnx writes trees with the operators of ``ai.onnx.ml`` 3, whose thresholds, leaves and sums are
float32. A row close to a threshold may then take the wrong branch. Our converters use the
``TreeEnsemble`` operator of version 5 instead, which supports double. For elementwise steps before
the trees, such as scalers, they use the same operations in the same order as scikit-learn.
"""

from jupyter_faas.serialization.exact.function_transformer import has_function
from jupyter_faas.serialization.exact.meta_estimators import threshold_of
from jupyter_faas.serialization.exact.neural_network import has_several_labels
from jupyter_faas.serialization.exact.registration import (
    ML_OPSET,
    booster_trees,
    booster_trees_or_empty,
    exact_converters,
    has_exact_trees,
    is_booster,
    register_unknown,
)
from jupyter_faas.serialization.exact.sklearn_trees import CATEGORIES, NoExactConverter

__all__ = [
    "CATEGORIES",
    "ML_OPSET",
    "NoExactConverter",
    "booster_trees",
    "booster_trees_or_empty",
    "exact_converters",
    "has_exact_trees",
    "has_function",
    "has_several_labels",
    "is_booster",
    "register_unknown",
    "threshold_of",
]

"""The last step of a TransformedTargetRegressor, as a transformer that converters support.

Such a model predicts with its inner regressor, and applies the inverse of a transformer to the
result. Converters only support forward transformers, so the inverse is replaced with a forward
transformer that computes the same operations in the same order and rejects the same values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_faas.serialization.exact import has_function

KIND = "TransformedTargetRegressor"
# The name of the step that ``rewriting.py`` puts after the inner regressor.
STEP = "inverse of the target"


def inverse_of(model: Any) -> Any:
    """Return a transformer that maps the inner regressor's results to the model's.

    ``model``: a fitted TransformedTargetRegressor. Returns None if there is no such transformer.
    """
    transformer = model.transformer_
    build = _BUILDERS.get(type(transformer).__name__)
    # Users' subclasses have names of their own modules.
    known = type(transformer).__module__.startswith("sklearn.")
    return build(transformer) if build is not None and known else None


def description(model: Any) -> str:
    """Return the parameter of the model that has no ONNX form, such as ``inverse_func=exp10``."""
    transformer = model.transformer_
    if type(transformer).__name__ != "FunctionTransformer":
        return f"transformer={type(transformer).__name__}"
    function = transformer.inverse_func
    return f"inverse_func={getattr(function, '__name__', type(function).__name__)}"


def _function(transformer: Any) -> Any:
    from sklearn.preprocessing import FunctionTransformer

    forward = FunctionTransformer(
        transformer.inverse_func, validate=transformer.validate, kw_args=transformer.inv_kw_args
    )
    if forward.func is not None and not has_function(forward):
        return None
    return forward.fit(np.zeros((1, transformer.n_features_in_)))


def _times_plus(scale: str, offset: str) -> Any:
    """Return a function that makes a MinMaxScaler, which multiplies and then adds."""

    def build(transformer: Any) -> Any:
        from sklearn.preprocessing import MinMaxScaler

        forward = MinMaxScaler().fit(_two_rows(transformer))
        forward.scale_ = _vector(transformer, scale, 1.0)
        # A StandardScaler has a mean even if it does not subtract it.
        moved = getattr(transformer, "with_mean", True)
        forward.min_ = _vector(transformer, offset if moved else "", 0.0)
        return forward

    return build


def _minus_divided(transformer: Any) -> Any:
    """Return a StandardScaler, which subtracts and then divides, for a MinMaxScaler."""
    from sklearn.preprocessing import StandardScaler

    forward = StandardScaler().fit(_two_rows(transformer))
    forward.mean_, forward.scale_ = transformer.min_, transformer.scale_
    return forward


def _two_rows(transformer: Any) -> Any:
    return np.array([[0.0], [1.0]]) * np.ones((1, transformer.n_features_in_))


def _vector(transformer: Any, attribute: str, default: float) -> Any:
    # The attribute is None if the option for it, such as ``with_mean``, is False.
    value = getattr(transformer, attribute, None)
    return np.full(transformer.n_features_in_, default) if value is None else value


_BUILDERS: dict[str, Any] = {
    "FunctionTransformer": _function,
    "MaxAbsScaler": _times_plus("scale_", ""),
    "MinMaxScaler": _minus_divided,
    "RobustScaler": _times_plus("scale_", "center_"),
    "StandardScaler": _times_plus("scale_", "mean_"),
}

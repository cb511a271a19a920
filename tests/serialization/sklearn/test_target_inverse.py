"""Inverses of targets as forward transformers, with the same bits and the same errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from jupyter_faas.serialization.sklearn.target_inverse import description, inverse_of
from tests.serialization.helpers import data

MODELS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "expm1": {"func": np.log1p, "inverse_func": np.expm1},
    "exp": {"func": np.log, "inverse_func": np.exp},
    "square": {"func": np.sqrt, "inverse_func": np.square},
    "standard": {"transformer": StandardScaler()},
    "standard without mean": {"transformer": StandardScaler(with_mean=False)},
    "standard without deviation": {"transformer": StandardScaler(with_std=False)},
    "range": {"transformer": MinMaxScaler((2, 5))},
    "robust": {"transformer": RobustScaler()},
    "largest": {"transformer": MaxAbsScaler()},
    "function": {"transformer": FunctionTransformer(np.log1p, np.expm1)},
}
NO_FORM: dict[str, tuple[dict[str, Any], str]] = {
    "powers": ({"transformer": PowerTransformer()}, "transformer=PowerTransformer"),
    "quantiles": (
        {"transformer": QuantileTransformer(n_quantiles=50)},
        "transformer=QuantileTransformer",
    ),
    "a function of its own": (
        {"func": np.log10, "inverse_func": lambda values: 10**values},
        "inverse_func=<lambda>",
    ),
    "a function with options": (
        {"transformer": FunctionTransformer(np.log, np.exp, inv_kw_args={"casting": "safe"})},
        "inverse_func=exp",
    ),
}


def fitted(**options: Any) -> TransformedTargetRegressor:
    rows, target = data.diabetes()
    return TransformedTargetRegressor(Ridge(), **options).fit(rows, target)


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS.keys())
def test_inverse_has_the_bits_of_the_original(options: dict[str, Any]) -> None:
    model = fitted(**options)
    values = model.regressor_.predict(data.diabetes()[0]).reshape(-1, 1)
    expected = model.transformer_.inverse_transform(values.copy())
    np.testing.assert_array_equal(inverse_of(model).transform(values.copy()), expected)


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_inverse_refuses_what_the_original_refuses(options: dict[str, Any], value: float) -> None:
    model = fitted(**options)

    def refuses(transform: Any) -> bool:
        try:
            transform(np.array([[value]]))
        except ValueError:
            return True
        return False

    assert refuses(inverse_of(model).transform) == refuses(model.transformer_.inverse_transform)


@pytest.mark.parametrize(("options", "words"), NO_FORM.values(), ids=NO_FORM.keys())
def test_other_inverses_have_no_form(options: dict[str, Any], words: str) -> None:
    model = fitted(**options)
    assert inverse_of(model) is None
    assert description(model) == words

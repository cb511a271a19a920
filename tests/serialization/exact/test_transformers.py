from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.preprocessing import (
    Binarizer,
    Normalizer,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
)

from jupyter_faas.serialization.exact import exact_converters
from tests.serialization.helpers import data

STEPS: dict[str, Any] = {
    "binarizer at a value": Binarizer(threshold=1.3),
    "binarizer below a value": Binarizer(threshold=np.nextafter(1.3, 0)),
    "normalizer": Normalizer(),
    "normalizer l1": Normalizer("l1"),
    "normalizer max": Normalizer("max"),
    "yeo-johnson": PowerTransformer(),
    "yeo-johnson as it is": PowerTransformer(standardize=False),
    "box-cox": PowerTransformer(method="box-cox"),
    "quantiles": QuantileTransformer(n_quantiles=150),
    "few quantiles": QuantileTransformer(n_quantiles=5),
    "normal quantiles": QuantileTransformer(n_quantiles=150, output_distribution="normal"),
}
# Beside iris: rows around zero, tiny and large ones.
ODD = np.array([[0.0] * 4, [1e-16] * 4, [-3.0, -0.5, 1e-9, 0.0], [1e6, 50.0, -1e3, 7.9]])


def both(step: Any, rows: Any) -> tuple[Any, Any]:
    with exact_converters(trees=False):
        graph = convert_sklearn(step, initial_types=[("X", DoubleTensorType([None, 4]))])
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    return step.transform(rows.copy()), session.run(None, {"X": rows})[0]


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_step_is_exact_in_double(step: Any) -> None:
    rows, _ = data.iris()
    positive = getattr(step, "method", "") == "box-cox"
    ours, theirs = both(step.fit(rows), rows if positive else np.vstack([rows, ODD]))
    np.testing.assert_allclose(theirs, ours, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("degree", [1, 2, 4, (0, 2), (2, 3)], ids=str)
@pytest.mark.parametrize("interactions", [False, True], ids=["powers", "interactions"])
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
def test_products_of_columns_are_the_same_to_the_last_bit(
    degree: Any, interactions: bool, bias: bool
) -> None:
    rows, _ = data.iris()
    step = PolynomialFeatures(degree, interaction_only=interactions, include_bias=bias)
    ours, theirs = both(step.fit(rows), np.vstack([rows, ODD]))
    assert theirs.dtype == np.float64
    np.testing.assert_array_equal(theirs, ours)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0, -0.5])
@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_powers_of_zero_and_two_are_logarithms(method: str, power: float) -> None:
    rows, _ = data.iris()
    step = PowerTransformer(method=method, standardize=False).fit(rows)
    step.lambdas_ = np.full(4, power)
    ours, theirs = both(step, rows)
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-13)


def test_missing_values_stay_missing() -> None:
    rows, _ = data.iris()
    rows = np.where(rows == rows.max(), np.nan, rows)
    normal = QuantileTransformer(n_quantiles=20, output_distribution="normal")
    for step in (PowerTransformer(), QuantileTransformer(n_quantiles=20), normal):
        ours, theirs = both(step.fit(rows), rows)
        np.testing.assert_allclose(theirs, ours, rtol=1e-10, atol=1e-12)

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from jupyter_faas.serialization.exact import exact_converters
from tests.serialization.helpers import data

STEPS: dict[str, Any] = {
    "standard": StandardScaler(),
    "standard without mean": StandardScaler(with_mean=False),
    "standard without deviation": StandardScaler(with_std=False),
    "robust": RobustScaler(),
    "robust without centre": RobustScaler(with_centering=False),
    "largest": MaxAbsScaler(),
    "largest, clipped": MaxAbsScaler(clip=True),
    "range": MinMaxScaler(feature_range=(-2, 3)),
    "range, clipped": MinMaxScaler(clip=True),
    "mean for what is missing": SimpleImputer(),
    "most frequent for -1": SimpleImputer(missing_values=-1, strategy="most_frequent"),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_bits_are_those_of_the_original(step: Any, rng: np.random.Generator) -> None:
    rows, _ = data.cancer()
    if isinstance(step, SimpleImputer):
        rows = np.where(rng.random(rows.shape) < 0.1, step.missing_values, rows)
    step.fit(rows[::2])
    with exact_converters(trees=False):
        graph = convert_sklearn(
            step, initial_types=[("X", DoubleTensorType([None, rows.shape[1]]))], target_opset=21
        )
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    rows = rows * 1.25 if not isinstance(step, SimpleImputer) else rows
    np.testing.assert_array_equal(session.run(None, {"X": rows})[0], step.transform(rows))

"""Encoders as tables: what the stock converters of skl2onnx answer differently or refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from jupyter_faas.serialization.exact import exact_converters

# a five times, b three times, the others once.
WORDS = np.array([*"aaaaabbbcde"], dtype=object).reshape(-1, 1)
NUMBERS = np.array([*[1.5] * 5, *[2.0] * 3, 3.0, 4.0, 7.0]).reshape(-1, 1)
TYPES = {"O": StringTensorType, "i": Int64TensorType, "f": DoubleTensorType}

ONE_HOT: dict[str, dict[str, Any]] = {
    "infrequent for unknown": {"handle_unknown": "infrequent_if_exist", "min_frequency": 2},
    "nothing for unknown": {"handle_unknown": "ignore", "min_frequency": 2},
    "at most two": {"handle_unknown": "infrequent_if_exist", "max_categories": 2},
    "none is rare": {"handle_unknown": "infrequent_if_exist", "min_frequency": 1},
    "without the first": {"handle_unknown": "ignore", "min_frequency": 2, "drop": "first"},
    "without b": {"handle_unknown": "ignore", "min_frequency": 2, "drop": ["b"]},
    "whole numbers": {"handle_unknown": "ignore", "min_frequency": 2, "dtype": np.int64},
}


def converted(encoder: Any, rows: Any) -> onnxruntime.InferenceSession:
    kind = TYPES[rows.dtype.kind]
    with exact_converters(trees=False):
        graph = convert_sklearn(
            encoder, initial_types=[("X", kind([None, rows.shape[1]]))], target_opset=21
        )
    return onnxruntime.InferenceSession(graph.SerializeToString())


@pytest.mark.parametrize("options", ONE_HOT.values(), ids=ONE_HOT.keys())
@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_one_hot_has_the_columns_of_the_original(options: dict[str, Any]) -> None:
    encoder = OneHotEncoder(sparse_output=False, **options).fit(WORDS)
    rows = np.array([*"abcdeAz", ""], dtype=object).reshape(-1, 1)
    found = converted(encoder, WORDS).run(None, {"X": rows})[0]
    np.testing.assert_array_equal(found, encoder.transform(rows))


def test_numbers_are_not_cut_off() -> None:
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(NUMBERS)
    rows = np.array([1.5, 1.0, 2.0, 2.5, 7.0, 1e300, -1.5]).reshape(-1, 1)
    found = converted(encoder, NUMBERS).run(None, {"X": rows})[0]
    np.testing.assert_array_equal(found, encoder.transform(rows))


@pytest.mark.parametrize(
    "rows", [WORDS, NUMBERS, NUMBERS.astype(np.int64)], ids=["words", "fractions", "whole numbers"]
)
def test_unknown_values_raise_where_the_original_raises(rows: Any) -> None:
    encoder = OneHotEncoder(sparse_output=False, min_frequency=2).fit(rows)
    session = converted(encoder, rows)
    unknown = np.array([["z"]], dtype=object) if rows is WORDS else np.array([[99]], rows.dtype)
    np.testing.assert_array_equal(session.run(None, {"X": rows})[0], encoder.transform(rows))
    with pytest.raises(ValueError, match="unknown"):
        encoder.transform(unknown)
    with pytest.raises(Exception, match="out of"):
        session.run(None, {"X": unknown})


@pytest.mark.parametrize(
    "options",
    [
        {"unknown_value": -1, "min_frequency": 2},
        {"unknown_value": np.nan, "max_categories": 2},
    ],
    ids=["rare", "at most two"],
)
def test_ordinal_codes_are_those_of_the_original(options: dict[str, Any]) -> None:
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", **options).fit(WORDS)
    rows = np.array([*"abcdez"], dtype=object).reshape(-1, 1)
    found = converted(encoder, WORDS).run(None, {"X": rows})[0]
    np.testing.assert_array_equal(found, encoder.transform(rows))


def test_missing_numbers_have_their_code() -> None:
    rows = np.vstack([NUMBERS, [[np.nan]], [[np.nan]]])
    encoder = OrdinalEncoder(encoded_missing_value=-9, min_frequency=2).fit(rows)
    found = converted(encoder, rows).run(None, {"X": rows})[0]
    np.testing.assert_array_equal(found, encoder.transform(rows))


def test_columns_of_one_input_are_encoded_separately() -> None:
    rows = np.hstack([WORDS, WORDS[::-1]])
    encoder = OneHotEncoder(sparse_output=False, max_categories=3, handle_unknown="ignore")
    encoder.fit(rows)
    found = converted(encoder, rows).run(None, {"X": rows})[0]
    np.testing.assert_array_equal(found, encoder.transform(rows))


def test_plain_categories_are_left_to_the_stock_converter() -> None:
    encoder = OneHotEncoder(sparse_output=False).fit(WORDS)
    with exact_converters(trees=False):
        graph = convert_sklearn(encoder, initial_types=[("X", StringTensorType([None, 1]))])
    assert "OneHotEncoder" in [node.op_type for node in graph.graph.node]


@pytest.mark.parametrize("labels", [2, 3], ids=["two labels", "three labels"])
@pytest.mark.parametrize(
    "rows", [WORDS, NUMBERS, NUMBERS.astype(np.int64)], ids=["words", "fractions", "whole numbers"]
)
def test_targets_are_encoded_in_double(rows: Any, labels: int) -> None:
    target = np.arange(len(rows)) % labels
    encoder = TargetEncoder(cv=2).fit(rows, target)
    unknown = np.array([["no such"]], dtype=object) if rows.dtype.kind == "O" else rows[:1] + 90
    tried = np.vstack([rows, unknown])
    found = converted(encoder, rows).run(None, {"X": tried})[0]
    np.testing.assert_array_equal(found, encoder.transform(tried))
    assert found.dtype == np.float64


@pytest.mark.parametrize("encoder", [OneHotEncoder(sparse_output=False), OrdinalEncoder()], ids=str)
def test_codes_are_double_for_the_steps_after_them(encoder: Any) -> None:
    found = converted(encoder.fit(WORDS), WORDS).run(None, {"X": WORDS})[0]
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, encoder.transform(WORDS))

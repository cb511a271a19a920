"""Native boosters: trained here, answered by their stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization import is_model
from jupyter_faas.serialization.model_detection import prepare_for_helper
from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data

Array = np.ndarray[Any, Any]

# More rows than the model was shown.
SEEN = 80


@pytest.fixture(scope="module")
def rows() -> Array:
    return np.round(data.iris()[0] * 7.3, 2)


@pytest.fixture(scope="module")
def labels() -> Array:
    return data.iris()[1]


@pytest.fixture(scope="module")
def amounts(rows: Array) -> Array:
    return np.exp(rows[:, 0] / 20) + rows[:, 2]


def light(objective: Any, **options: Any) -> Callable[..., Any]:
    parameters = {"objective": objective, "verbose": -1, "num_threads": 1, **options}
    return lambda rows, target: lightgbm.train(parameters, lightgbm.Dataset(rows, target), 12)


def extreme(objective: str, **options: Any) -> Callable[..., Any]:
    parameters = {"objective": objective, "nthread": 1, **options}
    return lambda rows, target: xgboost.train(parameters, xgboost.DMatrix(rows, target), 12)


def own(predicted: Array, held: Any) -> tuple[Array, Array]:
    return predicted - held.get_label(), np.ones_like(predicted)


def converted(booster: Any, sample: Any, convert_model: Convert) -> Any:
    return convert_model(prepare_for_helper("model", booster), sample)


@pytest.mark.parametrize(
    ("train", "target"),
    [
        (light("binary"), "first"),
        (light("binary", sigmoid=2.0), "first"),
        (light("cross_entropy"), "share"),
        (light("multiclass", num_class=3), "labels"),
        (light("multiclassova", num_class=3), "labels"),
        (light("regression"), "amounts"),
        (light("poisson"), "amounts"),
        (light("lambdarank", label_gain=[0, 1, 3]), "ranks"),
        (light(own), "amounts"),
        (light("regression", boosting="rf", bagging_freq=1, bagging_fraction=0.6), "amounts"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_lightgbm_booster_answers_its_own_numbers(
    train: Callable[..., Any],
    target: str,
    rows: Array,
    labels: Array,
    amounts: Array,
    convert_model: Convert,
    answering: Answering,
) -> None:
    targets: dict[str, Any] = {
        "first": (labels == 0).astype(int),
        "share": (labels / 2).astype(float),
        "labels": labels,
        "amounts": amounts,
    }
    if target == "ranks":
        held = lightgbm.Dataset(rows, labels, group=[50, 50, 50])
        parameters = {"objective": "lambdarank", "verbose": -1, "num_threads": 1}
        booster = lightgbm.train(parameters, held, 12)
    else:
        booster = train(rows, targets[target])
    assert is_model(booster)
    artifact = converted(booster, rows[:SEEN], convert_model)
    action_model = answering(artifact)
    expected = np.asarray(booster.predict(rows))
    given = action_model.predict(rows)
    assert given.shape == expected.shape
    assert given.dtype == expected.dtype
    np.testing.assert_allclose(given, expected, rtol=1e-12, atol=1e-12)
    assert action_model.predict(rows[0].reshape(1, -1).tolist()) == pytest.approx(expected[:1])
    assert artifact.facts.class_name == "LightGBMBooster"
    assert artifact.facts.route == "exact"


@pytest.mark.parametrize(
    ("train", "target"),
    [
        (extreme("binary:logistic"), "first"),
        (extreme("multi:softprob", num_class=3), "labels"),
        (extreme("multi:softmax", num_class=3), "labels"),
        (extreme("reg:squarederror"), "amounts"),
        (extreme("reg:absoluteerror"), "amounts"),
        (extreme("count:poisson"), "amounts"),
        (extreme("rank:pairwise"), "labels"),
    ],
    ids=["logistic", "softprob", "softmax", "square", "absolute", "poisson", "pairwise"],
)
def test_an_xgboost_booster_answers_arrays_in_place(
    train: Callable[..., Any],
    target: str,
    rows: Array,
    labels: Array,
    amounts: Array,
    convert_model: Convert,
    answering: Answering,
) -> None:
    targets = {"first": (labels == 0).astype(int), "labels": labels, "amounts": amounts}
    booster = train(rows, targets[target])
    artifact = converted(booster, rows[:SEEN], convert_model)
    action_model = answering(artifact)
    expected = booster.inplace_predict(rows)
    given = action_model.inplace_predict(rows)
    assert given.shape == expected.shape
    assert given.dtype == expected.dtype
    np.testing.assert_array_equal(given, expected)


def test_a_dmatrix_is_refused_with_the_ways_out(
    rows: Array, labels: Array, convert_model: Convert, answering: Answering
) -> None:
    booster = extreme("binary:logistic")(rows, (labels == 0).astype(int))
    artifact = converted(booster, rows[:SEEN], convert_model)
    assert "use inplace_predict(rows), which accepts arrays" in artifact.spec["lacks"]["predict"]
    assert "XGBClassifier" in artifact.spec["lacks"]["predict"]
    with pytest.raises(AttributeError, match="it needs a DMatrix"):
        _ = answering(artifact).predict


def test_what_a_booster_has_besides_is_known_to_be_missing(
    rows: Array, labels: Array, convert_model: Convert
) -> None:
    booster = light("binary")(rows, (labels == 0).astype(int))
    lacks = converted(booster, rows[:SEEN], convert_model).spec["lacks"]
    assert {"feature_importance", "best_iteration", "save_model"} <= set(lacks)
    assert "predict" not in lacks


def test_the_signature_tells_columns_and_shapes(
    rows: Array, labels: Array, convert_model: Convert
) -> None:
    held = xgboost.DMatrix(rows, labels, feature_names=["a", "b", "c", "d"])
    options = {"objective": "multi:softprob", "num_class": 3, "nthread": 1}
    artifact = converted(xgboost.train(options, held, 3), rows[:SEEN], convert_model)
    assert artifact.to_json()["signature"] == {
        "inputs": [
            {"name": "X", "dtype": "float64", "shape": [None, 4], "columns": ["a", "b", "c", "d"]}
        ],
        "outputs": [{"name": "inplace_predict", "dtype": "float32", "shape": [None, 3]}],
    }


def test_a_booster_stops_where_training_stopped(
    rows: Array, labels: Array, convert_model: Convert, answering: Answering
) -> None:
    held = lightgbm.Dataset(rows[::2], labels[::2] == 0)
    watched = lightgbm.Dataset(rows[1::2], labels[1::2] == 1, reference=held)
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1},
        held,
        30,
        valid_sets=[watched],
        callbacks=[lightgbm.early_stopping(3, verbose=False)],
    )
    assert 0 < booster.best_iteration < 30
    action_model = answering(converted(booster, rows[:SEEN], convert_model))
    np.testing.assert_allclose(action_model.predict(rows), booster.predict(rows), rtol=1e-12)


def test_a_booster_without_a_sample_is_compared_on_rows_made_of_it(
    rows: Array, labels: Array, convert_model: Convert, answering: Answering
) -> None:
    booster = light("binary")(rows, (labels == 0).astype(int))
    artifact = converted(booster, None, convert_model)
    assert artifact.parity.rows > 0
    np.testing.assert_allclose(answering(artifact).predict(rows), booster.predict(rows), rtol=1e-12)


def test_boosters_without_trees_are_refused(
    rows: Array, amounts: Array, convert_model: Convert
) -> None:
    with pytest.raises(ConversionError, match=r"no working ONNX form .*the booster gblinear"):
        linear = extreme("reg:squarederror", booster="gblinear")(rows, amounts)
        converted(linear, rows, convert_model)


def test_an_objective_that_nobody_converts_is_refused(
    rows: Array, labels: Array, convert_model: Convert
) -> None:
    booster = extreme("binary:hinge")(rows, (labels == 0).astype(int))
    with pytest.raises(ConversionError, match=r"no working ONNX form.*binary:hinge"):
        converted(booster, rows, convert_model)

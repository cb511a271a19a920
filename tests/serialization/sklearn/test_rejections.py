from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomTreesEmbedding
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler

from jupyter_faas.serialization.sklearn.rejections import (
    find_rejected_columns,
    find_rejected_forms,
    with_few_trees,
)
from jupyter_faas.serialization.sklearn.sample import read_sample
from tests.serialization.helpers import data


def forms(model: Any, sample: Any) -> list[str]:
    schema, rows = read_sample("model", model, sample)
    return find_rejected_forms(model, schema, rows, "predict")


def test_centering_step_rejects_sparse_rows_and_a_scaler_without_centre_takes_them() -> None:
    rows, labels = data.iris()
    centering = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    assert forms(centering, rows) == ["sparse"]
    assert forms(make_pipeline(MaxAbsScaler(), LogisticRegression()).fit(rows, labels), rows) == []


def test_linear_model_rejects_numbers_as_text_and_dates() -> None:
    rows, labels = data.iris()
    assert forms(LogisticRegression(max_iter=1000).fit(rows, labels), rows) == ["text", "dates"]


def test_frame_in_another_order_is_rejected_by_what_reads_the_whole_frame() -> None:
    rows, labels = data.iris()
    frame = pd.DataFrame(rows, columns=list("abcd"))
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, labels)
    assert "order" in forms(model, frame)


@pytest.mark.filterwarnings("ignore")
def test_array_is_rejected_by_what_selects_by_name() -> None:
    frame, labels = data.passengers()
    columns = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["sex"]))
    assert forms(make_pipeline(columns, LogisticRegression()).fit(frame, labels), frame) == [
        "array"
    ]


def test_float32_is_rejected_where_it_cannot_tell_the_values_apart() -> None:
    rows, _ = data.whole_numbers()
    large = rows + 1.7e9
    assert "float32" in forms(LinearRegression().fit(large, rows[:, 0]), large)
    assert "float32" not in forms(LinearRegression().fit(rows, rows[:, 0]), rows)


def test_forest_rejects_numbers_that_float32_does_not_hold() -> None:
    rows, labels = data.iris()
    model = RandomForestClassifier(2, random_state=0).fit(rows, labels)
    schema, rows = read_sample("model", model, rows)
    assert find_rejected_columns(model, schema, rows[:1], "predict")["large"] == [0, 1, 2, 3]


@pytest.mark.parametrize("scaled", [False, True], ids=["alone", "after a scaler"])
def test_few_trees_of_a_forest_reject_the_same(scaled: bool) -> None:
    rows, labels = data.iris()
    forest = RandomForestClassifier(30, random_state=0)
    model = make_pipeline(StandardScaler(), forest) if scaled else forest
    model.fit(rows, labels)
    schema, rows = read_sample("model", model, rows)
    few = with_few_trees(model)
    assert len((few[-1] if scaled else few).estimators_) == 3
    assert len(forest.estimators_) == 30
    for find, some in ((find_rejected_columns, rows[:1]), (find_rejected_forms, rows)):
        assert find(few, schema, some, "predict") == find(model, schema, some, "predict")


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(max_iter=1000), RandomTreesEmbedding(10)],
    ids=["no forest", "forest whose columns are its leaves"],
)
def test_other_models_are_asked_as_they_are(model: Any) -> None:
    assert with_few_trees(model.fit(*data.iris())) is model


@pytest.fixture(scope="module")
def imputed() -> Any:
    """A model whose imputer fills holes with a fraction, which whole numbers cannot hold."""
    frame, labels = data.passengers(missing=True)
    columns = make_column_transformer(
        (SimpleImputer(strategy="constant", fill_value=-1.5), ["fare"]),
        (SimpleImputer(strategy="constant", fill_value=-2.5), ["age"]),
        (OneHotEncoder(handle_unknown="ignore"), ["cabins"]),
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(frame, labels)
    schema, rows = read_sample("model", model, frame)
    return schema, find_rejected_columns(model, schema, rows[:1], "predict")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("integers", ["age", "fare"]),
        ("truths", ["age", "fare"]),
        ("infinity", ["age", "cabins", "fare"]),
    ],
)
def test_columns_of_another_type_are_rejected_where_the_original_rejects_them(
    imputed: Any, kind: str, columns: list[str]
) -> None:
    schema, rejected = imputed
    assert sorted(schema.label(index) for index in rejected[kind]) == columns


def test_a_booster_rejects_a_frame_with_columns_of_objects() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    rows, labels = data.iris()
    frame = pd.DataFrame(rows, columns=list("abcd"))
    booster = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(frame, labels)
    assert "object_columns" in forms(booster, frame)
    assert "object_columns" not in forms(
        LogisticRegression(max_iter=1000).fit(frame, labels), frame
    )

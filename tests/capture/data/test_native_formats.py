"""Objects in a format of their own library: polars, tokenizers, shapely, sympy, torch, networkx."""

from __future__ import annotations

import argparse
import importlib
import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_faas.capture.data import DataObjects, NotData
from jupyter_faas.capture.data.action_code import read_files


def again(value: Any, objects: DataObjects) -> Any:
    return read_files(objects.encode(value).files)


def polars_table() -> Any:
    polars = pytest.importorskip("polars")
    return polars.DataFrame(
        {
            "n": [1, 2, None],
            "text": ["x", None, "y"],
            "kind": polars.Series(["u", "v", "u"], dtype=polars.Categorical),
            "at": polars.Series([1, 2, 3]).cast(polars.Datetime("us", "Europe/Berlin")),
            "list": [[1], [], None],
        }
    )


def test_a_polars_frame_is_equal_again(objects: DataObjects) -> None:
    value = polars_table()
    made = again(value, objects)
    assert made.schema == value.schema
    assert made.equals(value)


def test_a_polars_series_is_equal_again(objects: DataObjects) -> None:
    value = polars_table()["text"]
    made = again(value, objects)
    assert (made.name, made.dtype, made.to_list()) == (value.name, value.dtype, value.to_list())


def test_a_lazy_frame_is_computed_and_stays_lazy(objects: DataObjects) -> None:
    polars = pytest.importorskip("polars")
    value = polars_table().lazy().filter(polars.col("n") > 1)
    made = again(value, objects)
    assert type(made) is type(value)
    assert made.collect().equals(value.collect())


def test_a_polars_column_of_objects_is_not_written(objects: DataObjects) -> None:
    polars = pytest.importorskip("polars")
    with pytest.raises(NotData):
        objects.encode(polars.DataFrame({"a": polars.Series([object()], dtype=polars.Object)}))


def test_a_tokenizer_gives_the_same_tokens(objects: DataObjects) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.models.WordLevel({"a": 0, "b": 1, "[UNK]": 2}, unk_token="[UNK]")
    value = tokenizers.Tokenizer(words)
    value.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    assert again(value, objects).encode("b a c").ids == value.encode("b a c").ids == [1, 0, 2]


def test_a_geometry_is_equal_again(objects: DataObjects) -> None:
    shapely = pytest.importorskip("shapely")
    value = shapely.Polygon([(0, 0), (1, 0.1), (1, 1)])
    made = again(value, objects)
    assert made.equals_exact(value, 0)
    assert made.contains(shapely.Point(0.9, 0.5))


def test_a_prepared_geometry_finds_the_same_points(objects: DataObjects) -> None:
    shapely = pytest.importorskip("shapely")
    prepared = importlib.import_module("shapely.prepared")
    made = again(prepared.prep(shapely.Point(0, 0).buffer(1)), objects)
    assert [made.contains(shapely.Point(x, 0)) for x in (0.5, 1.5)] == [True, False]


def test_a_search_tree_finds_the_same_geometry(objects: DataObjects) -> None:
    shapely = pytest.importorskip("shapely")
    value = shapely.STRtree([shapely.Point(0, 0), shapely.Point(1, 1)])
    made = again(value, objects)
    assert made.nearest(shapely.Point(0.9, 0.5)) == value.nearest(shapely.Point(0.9, 0.5)) == 1


def test_a_compiled_function_of_a_library_is_found_again(objects: DataObjects) -> None:
    ets = pytest.importorskip("statsmodels.tsa.exponential_smoothing.ets")
    model = ets.ETSModel([1.0, 2.0, 1.5, 2.5, 2.0, 3.0], error="add", trend="add")
    made = again(model.fit(disp=False), objects)
    assert made.forecast(2).tolist() == model.fit(disp=False).forecast(2).tolist()


def test_an_expression_is_equal_again(objects: DataObjects) -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x", positive=True)
    value = sympy.sin(x) ** 2 + x / 3 + sympy.Float("0.1", 30) * sympy.pi
    made = again(value, objects)
    assert made == value
    assert made.free_symbols == {x}


def test_a_matrix_of_expressions_is_equal_again(objects: DataObjects) -> None:
    sympy = pytest.importorskip("sympy")
    value = sympy.Matrix([[sympy.Symbol("x"), 1], [2, 3]])
    made = again(value, objects)
    assert type(made) is type(value)
    assert made == value


def test_a_graph_finds_the_same_paths(objects: DataObjects) -> None:
    networkx = pytest.importorskip("networkx")
    value = networkx.karate_club_graph()
    made = again(value, objects)
    assert list(made.edges(data=True)) == list(value.edges(data=True))
    assert networkx.shortest_path(made, 0, 33) == networkx.shortest_path(value, 0, 33)


def test_a_graph_is_written_the_same_after_it_was_looked_at(objects: DataObjects) -> None:
    networkx = pytest.importorskip("networkx")
    value = networkx.DiGraph([(1, 2), (2, 3)])
    _ = value.adj, value.edges, value.degree
    assert networkx.has_path(again(value, objects), 1, 3)


@pytest.mark.parametrize("name", ["float32", "int64", "bool", "bfloat16"])
def test_a_tensor_is_equal_again(name: str, objects: DataObjects) -> None:
    torch = pytest.importorskip("torch")
    value = torch.tensor([[1, 0], [3, 4]]).to(getattr(torch, name))
    made = again(value, objects)
    assert made.dtype == value.dtype
    assert torch.equal(made, value)


def test_a_device_is_equal_again(objects: DataObjects) -> None:
    torch = pytest.importorskip("torch")
    assert again(torch.device("cpu"), objects) == torch.device("cpu")


def test_an_object_with_a_connection_is_not_written(objects: DataObjects) -> None:
    requests = pytest.importorskip("requests")
    with requests.Session() as session, pytest.raises(NotData):
        objects.encode(session)


def test_arrays_of_a_state_are_shared_as_they_were(objects: DataObjects) -> None:
    value = np.empty(2, dtype=object)
    value[:] = [[1], None]
    value[1] = value[0]
    made = again(value, objects)
    assert made[0] is made[1]


ROWS = np.random.RandomState(0).rand(80, 3)
TARGET = ROWS @ [1.0, 2.0, 3.0] + ROWS[:, 0] ** 2


def test_an_xgboost_booster_predicts_the_same(objects: DataObjects) -> None:
    xgboost = pytest.importorskip("xgboost")
    data = xgboost.DMatrix(ROWS, TARGET, feature_names=["a", "b", "c"])
    value = xgboost.train({"max_depth": 3}, data, 8, evals=[(data, "x")], verbose_eval=False)
    made = again(value, objects)
    assert (made.predict(data) == value.predict(data)).all()
    assert made.feature_names == value.feature_names


@pytest.mark.parametrize("stop", [None, 2], ids=["all trees", "stopped early"])
def test_a_lightgbm_booster_predicts_the_same(stop: int | None, objects: DataObjects) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    data = lightgbm.Dataset(ROWS, TARGET)
    value = lightgbm.train({"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}, data, 8)
    value.best_iteration = stop or -1
    made = again(value, objects)
    assert made.num_trees() == value.num_trees()
    assert (made.predict(ROWS) == value.predict(ROWS)).all()


@pytest.mark.parametrize("kind", ["CatBoostClassifier", "CatBoostRegressor"])
def test_a_catboost_model_predicts_the_same(kind: str, objects: DataObjects) -> None:
    catboost = pytest.importorskip("catboost")
    pandas = pytest.importorskip("pandas")
    rows = pandas.DataFrame({"plan": ["basic", "pro", "team"] * 20, "age": range(60)})
    options = {"iterations": 8, "verbose": 0, "allow_writing_files": False}
    value = getattr(catboost, kind)(cat_features=["plan"], **options)
    value.fit(rows, rows["age"] > 30)
    made = again(value, objects)
    assert type(made) is type(value)
    assert (made.predict(rows) == value.predict(rows)).all()
    assert made.get_params() == value.get_params()


def prices(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("create table if not exists prices (name text, price real)")
    connection.execute("insert into prices values ('pear', 2.5)")
    connection.row_factory = sqlite3.Row
    return connection


before_311 = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python 3.11 introduced Connection.serialize"
)


@before_311
def test_a_database_in_memory_is_equal_again(objects: DataObjects) -> None:
    (row,) = again(prices(":memory:"), objects).execute("select * from prices")
    assert dict(row) == {"name": "pear", "price": 2.5}


@before_311
def test_a_database_in_a_file_is_copied_with_its_log(tmp_path: Path, objects: DataObjects) -> None:
    value = prices(str(tmp_path / "prices.db"))
    value.commit()
    value.execute("pragma journal_mode = wal")
    value.execute("insert into prices values ('plum', 3)")
    value.commit()
    made = again(value, objects)
    made.execute("delete from prices")
    assert value.execute("select count(*) from prices").fetchone()[0] == 2
    assert made.execute("select count(*) from prices").fetchone()[0] == 0


def test_a_closed_database_is_not_written(objects: DataObjects) -> None:
    value = prices(":memory:")
    value.close()
    with pytest.raises(NotData):
        objects.encode(value)


def test_a_pattern_of_the_library_regex_is_equal_again(objects: DataObjects) -> None:
    regex = pytest.importorskip("regex")
    value = regex.compile(r"\p{Lu}[a-z]+", regex.VERSION1)
    made = again(value, objects)
    assert (made.pattern, made.flags) == (value.pattern, value.flags)
    assert made.findall("Über alles") == value.findall("Über alles") == ["Über"]


def test_combined_flags_are_equal_again(objects: DataObjects) -> None:
    value = argparse.Namespace(flags=re.IGNORECASE | re.MULTILINE)
    assert again(value, objects) == value


def test_a_marker_of_a_library_is_the_same_object_again(objects: DataObjects) -> None:
    nltk = pytest.importorskip("nltk")
    value = nltk.tokenize.RegexpTokenizer(r"[a-z']+")
    value.tokenize("")
    assert again(value, objects).tokenize("one's own") == ["one's", "own"]

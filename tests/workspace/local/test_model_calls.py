from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from jupyter_faas.workspace.local.model_calls import ModelCalls

ROWS = np.arange(8.0).reshape(4, 2)


def line() -> Any:
    return LinearRegression().fit(ROWS, ROWS[:, 0])


def test_each_model_gets_the_rows_that_it_was_asked() -> None:
    scaler, model = StandardScaler().fit(ROWS), line()
    calls = ModelCalls({"scaler": scaler, "model": model})
    with calls.recording():
        for row in ROWS:
            model.predict(scaler.transform([row.tolist()]))
    rows = calls.rows()
    assert rows["scaler"] == ROWS.tolist()
    assert np.allclose(rows["model"], scaler.transform(ROWS))


def test_the_models_are_as_before_after_an_error() -> None:
    model = line()
    before = dict(vars(model))
    with pytest.raises(KeyError), ModelCalls({"model": model}).recording():
        raise KeyError
    assert vars(model).keys() == before.keys()


def test_a_call_inside_another_model_does_not_count() -> None:
    model = line()
    pipeline = make_pipeline(StandardScaler().fit(ROWS), model)
    calls = ModelCalls({"pipeline": pipeline, "model": model})
    with calls.recording():
        pipeline.predict(ROWS)
    assert calls.rows().keys() == {"pipeline"}
    assert not calls.complete()


def test_rows_that_a_model_rejects_are_not_kept() -> None:
    model = line()
    calls = ModelCalls({"model": model})
    with calls.recording(), pytest.raises(ValueError, match="features"):
        model.predict([[1.0]])
    assert calls.rows() == {}


def test_rows_are_kept_as_they_were_when_the_model_was_asked() -> None:
    model = line()
    calls = ModelCalls({"model": model})
    rows = ROWS.copy()
    with calls.recording():
        model.predict(rows)
        rows[:] = 0
    assert (calls.rows()["model"] == ROWS).all()


def test_a_method_that_the_estimator_lacks_stays_absent() -> None:
    model = SVC().fit(ROWS, [0, 1, 0, 1])
    with ModelCalls({"model": model}).recording():
        assert not hasattr(model, "predict_proba")


def documents() -> Any:
    return CountVectorizer().fit(["some words", "other words"])


@pytest.mark.parametrize(
    ("model", "given", "kept"),
    [
        (documents(), [["some words"], ["other"]], ["some words", "other"]),
        (documents(), [pd.Series(["some words"]), ["other"]], ["some words", "other"]),
        (DictVectorizer().fit([{"a": 1}]), [{"a": 2}, [{"a": 3}]], [{"a": 2}, {"a": 3}]),
        (line(), [[[1, 2]], np.ones((3, 2))], np.ones((3, 2)).tolist()),
    ],
    ids=["documents", "series", "dictionaries", "the form with most rows"],
)
def test_rows_of_several_calls_are_joined(model: Any, given: list[Any], kept: Any) -> None:
    calls = ModelCalls({"model": model})
    method = "predict" if hasattr(model, "predict") else "transform"
    with calls.recording():
        for rows in given:
            getattr(model, method)(rows)
    found = calls.rows()["model"]
    assert (found.tolist() if hasattr(found, "tolist") else found) == kept


def test_frames_and_sparse_rows_keep_their_form() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    model, other = LinearRegression().fit(frame, [0, 1]), line()
    calls = ModelCalls({"model": model, "other": other})
    with calls.recording():
        model.predict(frame)
        model.predict(frame)
        other.predict(sparse.csr_matrix(ROWS))
        other.predict(sparse.csr_matrix(ROWS))
    rows = calls.rows()
    assert rows["model"].dtypes.astype(str).tolist() == ["int64", "float64"]
    assert len(rows["model"]) == 4
    assert sparse.issparse(rows["other"])
    assert rows["other"].shape == (8, 2)


def test_an_iterator_reaches_the_model_whole() -> None:
    model = documents()
    calls = ModelCalls({"model": model})

    def texts() -> Iterator[str]:
        yield "some words"

    with calls.recording():
        assert model.transform(texts()).sum() == 2
    assert calls.rows() == {}


def test_only_so_many_rows_are_kept() -> None:
    model = line()
    calls = ModelCalls({"model": model})
    with calls.recording():
        for _ in range(20):
            model.predict(np.ones((5_000, 2)))
    assert len(calls.rows()["model"]) == 4_096

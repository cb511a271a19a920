"""What a vectorizer's stand-in returns: rows that are sparse in the notebook."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import MaxAbsScaler

from jupyter_faas.serialization.action_models import load_action_models, load_sparse_rows
from jupyter_faas.serialization.convert import ConversionRequest, convert
from tests.serialization.helpers import data

DENSE = np.array([[0.0, 2.0], [1.0, 0.0], [0.0, 0.0]])


@pytest.fixture(scope="module")
def models() -> Any:
    return load_action_models()


@pytest.fixture
def rows() -> Any:
    return load_sparse_rows().SparseRows(DENSE)


@pytest.fixture
def matrix() -> Any:
    return sparse.csr_matrix(DENSE)


@pytest.mark.parametrize(
    "read",
    [
        lambda rows: rows.toarray(),
        lambda rows: rows.todense(),
        lambda rows: rows.shape,
        lambda rows: rows.ndim,
        lambda rows: rows.nnz,
        lambda rows: rows.dtype,
        lambda rows: rows[0].toarray(),
        lambda rows: rows[1:].toarray(),
        lambda rows: rows[0, 1],
        lambda rows: [row.shape for row in rows],
    ],
    ids=[
        "toarray",
        "todense",
        "shape",
        "ndim",
        "nnz",
        "dtype",
        "row",
        "slice",
        "cell",
        "loop",
    ],
)
def test_it_reads_as_the_matrix_of_the_notebook(rows: Any, matrix: Any, read: Any) -> None:
    found, wanted = read(rows), read(matrix)
    assert type(found) is type(wanted)
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize(
    "use",
    [
        lambda rows: rows * rows,
        lambda rows: rows + 1,
        lambda rows: np.ones((3, 2)) * rows,
        lambda rows: rows.sum(axis=1),
        lambda rows: rows[:, 0],
        len,
    ],
    ids=["product", "sum", "array first", "sum of rows", "column", "length"],
)
def test_what_differs_between_matrix_and_array_is_an_error(rows: Any, use: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        use(rows)


def test_the_error_names_the_way_out(rows: Any) -> None:
    with pytest.raises(AttributeError, match=r"sum of a sparse result .*; call toarray\(\) first"):
        rows.sum()


def test_a_vectorizer_answers_as_in_the_notebook(
    models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents, _ = data.reviews()
    vectorizer = TfidfVectorizer().fit(documents)
    made = convert(
        ConversionRequest("vec", vectorizer, documents),
        models,
        progress=lambda _: None,
        clock=lambda: 0.0,
    )
    action_model = models.Model(made.onnx, made.spec)
    wanted = vectorizer.transform(documents[:3])
    with_scipy = action_model.transform(documents[:3])
    assert type(with_scipy) is type(wanted)
    # An action whose code needs no scipy does not load it.
    monkeypatch.delitem(sys.modules, "scipy.sparse")
    without = action_model.transform(documents[:3])
    assert type(without) is load_sparse_rows().SparseRows
    for found in (with_scipy, without):
        assert np.allclose(found.toarray(), wanted.toarray(), atol=1e-6)
        assert found.shape == wanted.shape


def test_a_scaler_returns_sparse_rows_for_sparse_rows_alone(models: Any) -> None:
    scaler = MaxAbsScaler().fit(DENSE)
    made = convert(
        ConversionRequest("scaler", scaler, DENSE),
        models,
        progress=lambda _: None,
        clock=lambda: 0.0,
    )
    action_model = models.Model(made.onnx, made.spec)
    assert isinstance(action_model.transform(DENSE), np.ndarray)
    found = action_model.transform(load_sparse_rows().SparseRows(DENSE))
    assert np.allclose(found.toarray(), scaler.transform(DENSE))

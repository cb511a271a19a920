"""Objects of scipy and the trees of scikit-learn: the loaded object gives the same answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import interpolate, sparse, spatial, stats
from sklearn import neighbors
from sklearn.datasets import load_iris

from jupyter_faas.capture.data import DataObjects, NotData
from jupyter_faas.capture.data.action_code import read_files

X = np.linspace(0, 5, 12)
Y = np.sin(X)
AT = np.array([0.3, 1.7, 4.9])
ROWS = np.random.RandomState(0).rand(60, 3)
QUERY = ROWS[:5] + 0.01

CURVES: dict[str, Any] = {
    **{
        f"interp1d {kind}": interpolate.interp1d(X, Y, kind=kind)
        for kind in ("linear", "nearest", "previous", "quadratic", "cubic")
    },
    "extrapolating": interpolate.interp1d(X, Y, fill_value="extrapolate"),
    "cubic spline": interpolate.CubicSpline(X, Y, bc_type="natural"),
    "pchip": interpolate.PchipInterpolator(X, Y),
    "akima": interpolate.Akima1DInterpolator(X, Y),
    "b-spline": interpolate.make_interp_spline(X, Y),
    "smoothing": interpolate.make_smoothing_spline(X, Y),
    "univariate": interpolate.UnivariateSpline(X, Y, s=0.1),
    "through all points": interpolate.InterpolatedUnivariateSpline(X, Y),
    "radial": interpolate.Rbf(X, Y),
    "kernel density": stats.gaussian_kde(Y),
    "kernel density of a bandwidth": stats.gaussian_kde(Y, bw_method=0.3),
}
DISTRIBUTIONS: dict[str, Any] = {
    "normal": stats.norm(1, 2),
    "by keyword": stats.gamma(a=2, scale=3),
    "discrete": stats.poisson(mu=3),
    "of several variables": stats.multivariate_normal([0, 0], np.eye(2)),
}


def again(value: Any, objects: DataObjects) -> Any:
    return read_files(objects.encode(value).files)


@pytest.mark.parametrize("value", CURVES.values(), ids=CURVES)
def test_a_curve_gives_the_same_values(value: Any, objects: DataObjects) -> None:
    assert (again(value, objects)(AT) == value(AT)).all()


def test_a_kernel_density_can_still_change_its_bandwidth(objects: DataObjects) -> None:
    value = stats.gaussian_kde(Y, bw_method=0.3)
    made = again(value, objects)
    for one in (value, made):
        one.set_bandwidth("silverman")
    assert (made(AT) == value(AT)).all()


def test_a_derivative_of_a_spline_gives_the_same_values(objects: DataObjects) -> None:
    value = CURVES["cubic spline"]
    assert (again(value, objects)(AT, 1) == value(AT, 1)).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: interpolate.RegularGridInterpolator((X, X), np.outer(Y, Y)),
        lambda: interpolate.LinearNDInterpolator(ROWS[:, :2], ROWS[:, 2]),
        lambda: interpolate.NearestNDInterpolator(ROWS[:, :2], ROWS[:, 2]),
        lambda: interpolate.RBFInterpolator(ROWS[:, :2], ROWS[:, 2]),
    ],
    ids=["grid", "linear", "nearest", "radial"],
)
def test_a_surface_gives_the_same_values(make: Callable[[], Any], objects: DataObjects) -> None:
    value = make()
    at = np.array([[0.4, 0.5], [0.6, 0.3]])
    assert np.array_equal(again(value, objects)(at), value(at), equal_nan=True)


@pytest.mark.parametrize("value", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_a_distribution_gives_the_same_probabilities(value: Any, objects: DataObjects) -> None:
    made = again(value, objects)
    at = [[0.1, 0.2]] if "multi" in type(value).__name__ else [0.1, 0.5]
    assert np.array_equal(made.cdf(at), value.cdf(at))
    assert np.array_equal(made.rvs(3, random_state=1), value.rvs(3, random_state=1))


def test_the_bytes_do_not_depend_on_the_global_generator(objects: DataObjects) -> None:
    first = objects.encode(stats.multivariate_normal([0, 0], np.eye(2))).files
    np.random.random()
    assert objects.encode(stats.multivariate_normal([0, 0], np.eye(2))).files == first


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia", "lil"])
@pytest.mark.parametrize("kind", ["matrix", "array"])
def test_a_sparse_matrix_is_equal_again(form: str, kind: str, objects: DataObjects) -> None:
    value = sparse.random(6, 4, 0.4, "csr", random_state=0)
    value = (sparse.csr_array(value) if kind == "array" else value).asformat(form)
    made = again(value, objects)
    assert type(made) is type(value)
    assert made.dtype == value.dtype
    assert (made.toarray() == value.toarray()).all()


@pytest.mark.parametrize(
    "tree",
    [
        spatial.KDTree(ROWS),
        spatial.cKDTree(ROWS, leafsize=3, balanced_tree=False, compact_nodes=False),
        spatial.KDTree(ROWS, boxsize=2.0),
        neighbors.KDTree(ROWS, leaf_size=7),
        neighbors.BallTree(ROWS, metric="minkowski", p=3),
        neighbors.BallTree(ROWS[:, :2], metric="haversine"),
    ],
    ids=["scipy", "scipy with options", "periodic", "sklearn", "minkowski", "haversine"],
)
def test_a_tree_finds_the_same_neighbors(tree: Any, objects: DataObjects) -> None:
    made = again(tree, objects)
    query = QUERY[:, : np.asarray(tree.data).shape[1]]
    for here, there in zip(tree.query(query, 4), made.query(query, 4), strict=True):
        assert (here == there).all()


def test_a_tree_with_a_metric_of_the_user_is_not_written(objects: DataObjects) -> None:
    tree = neighbors.BallTree(ROWS, metric=lambda one, other: float(abs(one - other).max()))
    with pytest.raises(NotData):
        objects.encode(tree)


@pytest.mark.parametrize("as_frame", [True, False])
def test_a_bunch_is_equal_again(as_frame: bool, objects: DataObjects) -> None:
    value = load_iris(as_frame=as_frame)
    made = again(value, objects)
    assert type(made) is type(value)
    assert list(made) == list(value)
    assert made.target_names.tolist() == value.target_names.tolist()
    assert np.array_equal(made.data, value.data)

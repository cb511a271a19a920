"""Fitted results of statsmodels: the loaded results predict exactly as the original."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_faas.capture.data import DataObjects
from jupyter_faas.capture.data.action_code import read_files

api: Any = None
formula: Any = None
series: Any = None

RANDOM = np.random.RandomState(0)
TABLE = pd.DataFrame(
    {
        "x": np.linspace(0, 5, 40),
        "y": np.sin(np.linspace(0, 5, 40)) + RANDOM.rand(40),
        "kind": list("abcd") * 10,
        "flag": RANDOM.randint(0, 2, 40),
    }
)
NEW = pd.DataFrame({"x": [0.5, 2.5], "kind": ["b", "d"]})
TIMES = pd.Series(np.cumsum(RANDOM.rand(60)), pd.date_range("2020", periods=60, freq="D"))

BY_FORMULA: dict[str, Callable[[], Any]] = {
    "ols": lambda: formula.ols("y ~ x + C(kind)", TABLE).fit(),
    "ols of a function": lambda: formula.ols("y ~ np.exp(x) + x", TABLE).fit(),
    "wls": lambda: formula.wls("y ~ x", TABLE, weights=TABLE.x + 1).fit(),
    "logit": lambda: formula.logit("flag ~ x", TABLE).fit(disp=0),
    "glm": lambda: formula.glm("flag ~ x + kind", TABLE, family=api.families.Binomial()).fit(),
    "poisson": lambda: formula.poisson("flag ~ x", TABLE).fit(disp=0),
    "quantiles": lambda: formula.quantreg("y ~ x", TABLE).fit(q=0.7),
    "robust": lambda: formula.rlm("y ~ x", TABLE).fit(),
}
OVER_TIME: dict[str, Callable[[], Any]] = {
    "arima": lambda: series.ARIMA(TIMES, order=(1, 1, 1)).fit(),
    "sarimax": lambda: series.SARIMAX(TIMES, order=(1, 0, 0)).fit(disp=0),
    "smoothing": lambda: series.ExponentialSmoothing(TIMES, trend="add").fit(),
    "autoregression": lambda: series.AutoReg(TIMES, 2).fit(),
}


@pytest.fixture(scope="module", autouse=True)
def statsmodels() -> None:
    """Import statsmodels, which takes 0.5 s, only in the worker that runs these tests."""
    global api, formula, series
    api = pytest.importorskip("statsmodels.api")
    formula = pytest.importorskip("statsmodels.formula.api")
    series = pytest.importorskip("statsmodels.tsa.api")


def again(value: Any, objects: DataObjects) -> Any:
    return read_files(objects.encode(value).files)


@pytest.mark.parametrize("fit", BY_FORMULA.values(), ids=BY_FORMULA)
def test_a_formula_predicts_the_same(fit: Callable[[], Any], objects: DataObjects) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = fit()
        made = again(value, objects)
        pd.testing.assert_series_equal(made.predict(NEW), value.predict(NEW), check_exact=True)
        assert made.summary().tables[1].as_text() == value.summary().tables[1].as_text()
    assert made.params.equals(value.params)


@pytest.mark.parametrize("kind", ["array", "frame"])
def test_a_matrix_predicts_the_same(kind: str, objects: DataObjects) -> None:
    rows = api.add_constant(TABLE[["x"]])
    value = api.OLS(TABLE.y, rows if kind == "frame" else rows.to_numpy()).fit()
    made = again(value, objects)
    at = [[1, 0.5], [1, 9]]
    assert np.array_equal(made.predict(at), value.predict(at))
    assert np.array_equal(made.get_prediction(at).conf_int(), value.get_prediction(at).conf_int())


@pytest.mark.heavy
@pytest.mark.parametrize("fit", OVER_TIME.values(), ids=OVER_TIME)
def test_a_forecast_is_the_same(fit: Callable[[], Any], objects: DataObjects) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = fit()
        made = again(value, objects)
        pd.testing.assert_series_equal(made.forecast(5), value.forecast(5), check_exact=True)


def test_the_bytes_of_two_equal_fits_are_equal(objects: DataObjects) -> None:
    first, second = (formula.ols("y ~ x", TABLE).fit() for _ in range(2))
    second.predict(NEW)
    assert objects.encode(first).files == objects.encode(second).files


def test_a_formula_finds_the_functions_and_values_of_the_notebook() -> None:
    powers = [0.5]
    cells = {"__name__": "__main__", "powers": powers}
    exec("def power(x):\n    return x ** powers[0]", cells)
    power = cells["power"]
    objects = DataObjects(lambda module: module != "__main__", lambda value: value is power)
    value = formula.ols("y ~ power(x) + I(x > powers[0])", TABLE, eval_env={**cells}).fit()
    encoded = objects.encode(value)
    assert encoded.code == (power,)
    made = read_files(encoded.files, encoded.code)
    assert np.array_equal(made.predict(NEW), value.predict(NEW))

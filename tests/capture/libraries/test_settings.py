"""Settings of libraries that the notebook has changed."""

from __future__ import annotations

import decimal
import sys
from collections.abc import Iterator

import cycler
import matplotlib
import numpy
import pandas
import pytest
import sklearn

from jupyter_faas.capture.libraries.settings import changed_settings
from tests.capture.helpers.notebook import Notebook

MODULES = {"decimal", "numpy", "pandas", "sklearn", "matplotlib"}


@pytest.fixture(autouse=True)
def _settings_are_restored() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    with (
        decimal.localcontext(),
        numpy.errstate(),
        numpy.printoptions(),
        pandas.option_context("display.precision", 6),
        sklearn.config_context(),
        matplotlib.rc_context(),
    ):
        yield
    sys.setrecursionlimit(limit)


def texts(*modules: str) -> list[str]:
    needed = set(modules) or MODULES
    return [one.text for one in changed_settings(needed, lambda module: module, repr)]


def test_default_settings_are_not_repeated() -> None:
    assert texts() == []


def test_settings_of_modules_that_the_package_does_not_import_are_left_out() -> None:
    decimal.getcontext().prec = 6
    assert texts("numpy") == []


def test_the_context_of_decimals_is_repeated_for_new_threads_too() -> None:
    decimal.getcontext().prec = 6
    decimal.getcontext().traps[decimal.Inexact] = True
    assert texts("decimal") == [
        "decimal.DefaultContext.prec = decimal.getcontext().prec = 6\n"
        "decimal.DefaultContext.traps[decimal.Inexact] = "
        "decimal.getcontext().traps[decimal.Inexact] = True"
    ]


def test_settings_of_numpy_are_repeated() -> None:
    numpy.seterr(divide="raise")
    numpy.set_printoptions(precision=2, suppress=True)
    assert texts("numpy") == [
        "numpy.seterr(divide='raise')",
        "numpy.set_printoptions(precision=2, suppress=True)",
    ]


def test_options_of_pandas_are_repeated() -> None:
    pandas.set_option("display.precision", 1)
    assert texts("pandas") == ["pandas.set_option('display.precision', 1)"]


def test_configuration_of_sklearn_is_repeated() -> None:
    sklearn.set_config(transform_output="pandas")
    assert texts("sklearn") == ["sklearn.set_config(transform_output='pandas')"]


def test_style_of_matplotlib_is_repeated_without_its_screen() -> None:
    matplotlib.rcParams["axes.grid"] = True
    matplotlib.rcParams["axes.prop_cycle"] = cycler.cycler(color=["red", "blue"])
    matplotlib.rcParams["toolbar"] = "None"
    assert texts("matplotlib") == [
        "matplotlib.rcParams['axes.grid'] = True\n"
        "matplotlib.rcParams['axes.prop_cycle'] = matplotlib.cycler(**{'color': ['red', 'blue']})"
    ]


def test_a_higher_limit_of_recursion_is_repeated() -> None:
    sys.setrecursionlimit(12_345)
    assert texts() == ["sys.setrecursionlimit(12345)"]


def test_the_card_says_which_settings_travel(notebook: Notebook) -> None:
    notebook.run("import decimal\ndecimal.getcontext().prec = 6")
    captured = notebook.capture("def iris():\n    return str(decimal.Decimal(1) / 3)")
    (_, setting) = captured.items
    assert (setting.name, setting.why) == ("decimal.getcontext()", "used by decimal: prec = 6")
    assert captured.captured_source.endswith("prec = decimal.getcontext().prec = 6\n")

"""Functions of frames, dates and the notebook's classes, in a notebook and deployed from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_faas.playground import stop
from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel

SETUP = """\
%load_ext jupyter_faas
import enum
import pandas as pd
import jupyter_faas as faas
from dataclasses import dataclass
from datetime import date

class Factor(enum.Enum):
    ONE = 1
    TEN = 10

@dataclass
class Order:
    factor: Factor

table = pd.DataFrame({"n": [1.5, 2.5], "when": pd.to_datetime(["2026-01-31", None])})
n = 3
"""
TOTAL = """\
%%function total --test "dict(table=table, order=Order(Factor.ONE))" --expect 4.0 --memory {n}00
def total(table: pd.DataFrame, order: Order, day: date = date(2026, 1, 1)) -> float:
    assert table["when"].dt.month.max() == 1
    return table["n"].sum() * order.factor.value * day.month
"""
ROWS = """\
%%function rows
def rows(count: int):
    return pd.DataFrame({"n": range(count), "half": [i / 2 or None for i in range(count)]})
"""

MEAN = """\
%%function mean --test "dict(table=table)"
def mean(table):
    return table["n"].mean()
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookKernel]:
    folder = tmp_path_factory.mktemp("typed")
    with notebook_kernel(folder) as kernel:
        for cell in (SETUP, TOTAL, ROWS, MEAN):
            kernel.run(cell)
        for name in ("total", "rows", "mean"):
            kernel.run(f"%faas deploy {name}")
        yield kernel
    stop(folder / "faas")


def value(kernel: NotebookKernel, expression: str) -> str:
    return str(kernel.run(expression).results[0]["text/plain"])


@pytest.mark.parametrize("function", ["total", "faas.function('total')"])
def test_call_takes_objects_and_returns_a_number(kernel: NotebookKernel, function: str) -> None:
    assert value(kernel, f"{function}(table, Order(Factor.TEN), date(2026, 2, 1))") == "80.0"


@pytest.mark.parametrize("function", ["total", "faas.function('total')"])
def test_call_takes_json_too(kernel: NotebookKernel, function: str) -> None:
    given = "[{'n': 1.5, 'when': '2026-01-31'}], {'factor': 'TEN'}, '2026-02-01'"
    assert value(kernel, f"{function}({given})") == "30.0"


@pytest.mark.parametrize("function", ["rows", "faas.function('rows')"])
def test_frame_is_returned_as_records(kernel: NotebookKernel, function: str) -> None:
    assert value(kernel, f"{function}(2)") == "[{'n': 0, 'half': None}, {'n': 1, 'half': 0.5}]"


@pytest.mark.parametrize("function", ["mean", "faas.function('mean')"])
def test_parameter_without_annotation_takes_what_its_test_has(
    kernel: NotebookKernel, function: str
) -> None:
    assert value(kernel, f"{function}(table)") == "2.0"
    assert value(kernel, f"{function}([{{'n': 3}}])") == "3.0"


def test_line_is_expanded(kernel: NotebookKernel) -> None:
    (card,) = kernel.run("%faas invoke rows count={n - 2}").cards
    assert card["result"] == {"value": [{"n": 0, "half": None}]}
    line = """%faas invoke rows --params-json '{"count": {n - 2}}'"""
    assert kernel.run(line).cards[0]["result"] == card["result"]


def test_line_in_a_function_uses_its_local_names(kernel: NotebookKernel) -> None:
    (card,) = kernel.run("def g(count):\n    %faas invoke rows count={count}\n\ng(1)").cards
    assert card["result"] == {"value": [{"n": 0, "half": None}]}


def test_options_of_a_cell_are_expanded(kernel: NotebookKernel) -> None:
    limits = "total._verbs.find_local('total').cell.options.memory_mb"
    assert value(kernel, limits) == "300"


def test_object_that_does_not_fit_is_named(kernel: NotebookKernel) -> None:
    failed = kernel.run("total(3, Order(Factor.ONE))", fails=True).traceback
    assert failed.startswith("ParametersRejected: table must be a table (a list of records, or")

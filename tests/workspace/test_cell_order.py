"""Cells of a notebook file that its user has run in another order."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.errors import NotebookFailed
from jupyter_faas.workspace.notebook import run_notebook
from tests.workspace.test_notebook import write

LOAD = "%load_ext jupyter_faas"
PREDICT = "%%function predict\ndef predict(x: float):\n    return {'y': x * rate}"
TWICE = PREDICT.replace("x *", "more(x) *")


def test_a_function_runs_after_the_cell_that_defines_what_it_uses(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", LOAD, PREDICT, "x = 1", "rate = 3", "open('end', 'w')")
    said: list[str] = []
    (found,) = run_notebook(path, data_dir=tmp_path, progress=said.append)
    assert found.name == "predict"
    assert "Cell 3 uses rate, so it runs after cell 5, which defines it." in said
    assert said[-1] == "Running cell 6 of 6 of n.ipynb…"
    assert (tmp_path / "end").exists()


def test_a_decorator_that_is_defined_below(tmp_path: Path) -> None:
    traced = PREDICT.replace("def ", "@traced\ndef ", 1)
    path = write(
        tmp_path / "n.ipynb", LOAD, traced, "def traced(f):\n    return f", "rate = factor = 3"
    )
    said: list[str] = []
    run_notebook(path, data_dir=tmp_path, progress=said.append)
    assert [one for one in said if "so it runs" in one] == [
        "Cell 3 uses traced, so it runs after cell 4, which defines it.",
        "Cell 3 uses rate, so it runs after cell 5, which defines it.",
    ]


def test_a_function_that_waits_for_one_that_waits(tmp_path: Path) -> None:
    price = "%%function price\ndef price(x: float):\n    return {'y': predict(x)}"
    path = write(tmp_path / "n.ipynb", LOAD, price, PREDICT, "rate = 3")
    found = run_notebook(path, data_dir=tmp_path)
    assert sorted(one.name for one in found) == ["predict", "price"]


@pytest.mark.parametrize(
    ("cells", "hint"),
    [
        # Which of the two values the user's kernel had is not known.
        ([PREDICT, "rate = 3", "rate = 4"], "below cell 4 or 5, which defines rate,"),
        # The helper has another value above.
        (
            [
                "n = 1\ndef more(x):\n    return x + n",
                PREDICT.replace("x *", "more(x) *"),
                "n = 2",
                "rate = 3",
            ],
            "Move cell 4 below cell 6, which defines rate,",
        ),
        # The cell would draw two numbers.
        (
            ["import random", PREDICT + "\nstart = random.random()\nother = rate", "rate = 3"],
            "Move cell 4 below cell 5, which defines rate,",
        ),
    ],
    ids=["two values", "replaced", "not repeatable"],
)
def test_the_order_is_not_guessed(cells: list[str], hint: str, tmp_path: Path) -> None:
    with pytest.raises(NotebookFailed, match="rate") as caught:
        run_notebook(write(tmp_path / "n.ipynb", LOAD, *cells), data_dir=tmp_path)
    assert hint in caught.value.hint


def test_functions_that_wait_for_each_other(tmp_path: Path) -> None:
    one, two = (
        f"%%function f{name}\n@d{other}\ndef f{name}(): ...\ndef d{name}(f):\n    return f"
        for name, other in (("a", "b"), ("b", "a"))
    )
    with pytest.raises(NotebookFailed, match=r"name 'd[ab]' is not defined"):
        run_notebook(write(tmp_path / "n.ipynb", LOAD, one, two), data_dir=tmp_path)


def test_a_name_that_no_cell_defines(tmp_path: Path) -> None:
    with pytest.raises(NotebookFailed, match="rate is used on line 3"):
        run_notebook(write(tmp_path / "n.ipynb", LOAD, PREDICT, "x = 1"), data_dir=tmp_path)

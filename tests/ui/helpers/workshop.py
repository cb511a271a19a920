"""One notebook in which everything that we show is to be seen."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.cells import SETOSA, TRAIN, numbers
from tests.ui.helpers.lab import Lab, cell_with, open_notebook

NOTEBOOK = "workshop.ipynb"
VIRGINICA = {"sepal_length": 6.7, "sepal_width": 3.0, "petal_length": 5.2, "petal_width": 2.3}
TESTS = " ".join(f"--test '{json.dumps(one)}'" for one in (numbers(SETOSA), VIRGINICA))
SPECIES = f'''%%function species --web --sample X {TESTS}
SPECIES = ["setosa", "versicolor", "virginica"]

def species(
    sepal_length: float, sepal_width: float, petal_length: float, petal_width: float,
    unit: str = "cm",
) -> dict[str, str | float]:
    """Name the species of an iris from its four measurements."""
    p = model.predict_proba([[sepal_length, sepal_width, petal_length, petal_width]])[0]
    return {{"species": SPECIES[p.argmax()], "confidence": float(p.max())}}'''
DOUBLE = '''%%function double --keep-inputs 5
def double(value: int):
    """Twice the value."""
    print("doubling", value)
    return {"value": 2 * value}'''
BROKEN = """%%function broken
def broken():
    raise ValueError("out of order")"""
HUGE = """%%function huge --memory 9999
def huge():
    return {}"""
CHAIN = """%%composition chain
sequence(
    double,
    do(broken, lambda error: {"value": 3}),
    when(lambda params: {"value": params["value"] > 2}, sequence(double, double), double),
)"""
CELLS = [TRAIN, SPECIES, DOUBLE, BROKEN, HUGE, CHAIN]


def open_workshop(page: Page, lab: Lab, *more: str) -> None:
    """The notebook, which did not run yet."""
    lab.add_notebook(NOTEBOOK, [*CELLS, *more])
    open_notebook(page, lab, NOTEBOOK)


def card_of(page: Page, name: str) -> Locator:
    return cell_with(page, f" {name}").locator(".jp-FaasCard")


def row_of(page: Page, name: str) -> Locator:
    rows = page.locator(".jp-FaasSidebar .jp-FaasFunction")
    return rows.filter(has=page.get_by_text(re.compile(f"^{name}$")))


def expect_deployed(page: Page, name: str, version: int = 1) -> None:
    told = re.compile(f"v{version}.*Deployed")
    expect(row_of(page, name)).to_contain_text(told)

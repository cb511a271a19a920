"""The card of a model that travels as it is, with its reasons, types and costs."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.ui.helpers.lab import Lab, both_themes, cell_with, open_notebook, run_all, screenshot

TRAIN = """%load_ext jupyter_faas
import numpy as np
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline

X, y = load_iris(return_X_y=True)


class Ratios(TransformerMixin, BaseEstimator):
    def fit(self, rows, labels=None):
        return self

    def transform(self, rows):
        rows = np.asarray(rows)
        return rows / rows.sum(axis=1, keepdims=True)


model = make_pipeline(Ratios(), LGBMClassifier(n_estimators=5, verbose=-1)).fit(X, y)"""
CELL = """%%function species --sample X
def species(rows: list):
    return {"labels": model.predict(rows)}"""


def test_card_says_why_the_estimator_itself_travels_and_what_it_costs(page: Page, lab: Lab) -> None:
    lab.add_notebook("itself.ipynb", [TRAIN, CELL])
    open_notebook(page, lab, "itself.ipynb")
    run_all(page)
    card = cell_with(page, "function species").locator(".jp-FaasCard")
    expect(card).to_contain_text("in the skops format")
    expect(card).to_contain_text("a cold start takes about")
    expect(card).to_contain_text("Why not ONNX: Step 'ratios' (Ratios) has no ONNX form.")
    expect(card).to_contain_text("Uses types that are not part of scikit-learn: ")
    expect(card).to_contain_text("lightgbm.sklearn.LGBMClassifier (lightgbm ")
    expect(card).to_contain_text("The target needs exactly scikit-learn ")
    for theme in both_themes(page):
        screenshot(card, f"card-estimator-{theme}")

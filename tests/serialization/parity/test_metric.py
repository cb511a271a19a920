from __future__ import annotations

import numpy as np
import pytest

from jupyter_faas.serialization.parity.metric import ParityMetric, scales
from jupyter_faas.serialization.precision import Tolerance

EXACT = Tolerance(score=1e-9, margin=1e-9, relative=1e-12)


def metric(method: str, scale: float = 1.0) -> ParityMetric:
    return ParityMetric((method,), labels=False, scales={method: np.array(scale)})


@pytest.mark.parametrize(
    ("ours", "theirs", "beyond"),
    [
        (0.5, 0.5, False),
        (0.5, 0.5 + 1e-10, False),
        (0.5, 0.5 + 1e-8, True),
        (np.nan, np.nan, False),
        (np.nan, 0.5, True),
        (np.inf, np.inf, False),
        (np.inf, -np.inf, True),
        (1e9, 1e9 + 1e-4, False),
    ],
    ids=["same", "rounding", "apart", "nan", "half nan", "inf", "opposite", "relative"],
)
def test_scores(ours: float, theirs: float, beyond: bool) -> None:
    found = metric("predict").compare(
        {"predict": np.array([ours])}, {"predict": np.array([theirs])}, EXACT
    )
    assert found.beyond.tolist() == [beyond]
    assert found.failing.tolist() == [beyond]


def test_difference_is_told_in_units_of_the_scale() -> None:
    found = metric("predict", 100.0).compare(
        {"predict": np.array([500.0, 1.0])}, {"predict": np.array([550.0, 1.0])}, EXACT
    )
    assert found.score.tolist() == [0.5, 0.0]


def test_labels_are_compared_as_they_are() -> None:
    stick = ParityMetric(("predict", "predict_proba"), True, {"predict_proba": np.ones(2)})
    chances = np.array([[0.6, 0.4], [0.5, 0.5]])
    ours = {"predict": np.array(["a", "a"]), "predict_proba": chances}
    theirs = {"predict": np.array(["a", "b"], dtype=object), "predict_proba": chances}
    found = stick.compare(ours, theirs, EXACT)
    assert found.label.tolist() == [False, True]
    np.testing.assert_allclose(found.margin, [0.2, 0.0])


def test_labels_of_several_outputs_differ_when_one_does() -> None:
    stick = ParityMetric(("predict",), True, {})
    found = stick.compare(
        {"predict": np.array([[1, 2], [3, 4]])}, {"predict": np.array([[1, 2], [3, 5]])}, EXACT
    )
    assert found.label.tolist() == [False, True]


def test_text_that_a_transformer_answers_is_compared_as_text() -> None:
    stick = ParityMetric(("transform",), False, {"transform": np.ones(1)})
    ours = {"transform": np.array([["a"], [np.nan]], dtype=object)}
    theirs = {"transform": np.array([["b"], [np.nan]], dtype=object)}
    assert stick.compare(ours, theirs, EXACT).label.tolist() == [True, False]


def test_another_shape_fails_every_row() -> None:
    found = metric("predict").compare(
        {"predict": np.zeros(2)}, {"predict": np.zeros((2, 1))}, EXACT
    )
    assert found.failing.all()


@pytest.mark.parametrize(
    ("method", "scores", "margin"),
    [
        ("predict_proba", [[0.1, 0.6, 0.3]], 0.3),
        ("decision_function", [-2.5], 2.5),
        ("decision_function", [[3.0, 1.0, 2.5]], 0.5),
        ("transform", [[4.0, 1.0, 1.25]], 0.25),
    ],
    ids=["chances", "sign", "scores", "distances"],
)
def test_margin(method: str, scores: object, margin: float) -> None:
    stick = ParityMetric(("predict", method), True, {})
    found = stick.margins({"predict": np.zeros(1), method: np.array(scores)})
    np.testing.assert_allclose(found, [margin])


def test_scales() -> None:
    answers = {
        "predict_proba": np.array([[0.2, 0.8], [0.4, 0.6]]),
        "decision_function": np.array([1.0, 3.0]),
        "transform": np.array([[1.0, 7.0, 0.0], [3.0, 7.0, 0.0], [np.inf, 7.0, 0.0]]),
    }
    found = scales(answers, list(answers))
    assert found["predict_proba"].tolist() == [1.0, 1.0]
    assert float(found["decision_function"]) == 1.0
    assert found["transform"].tolist() == [1.0, 7.0, 1.0]

from __future__ import annotations

from tests.serialization.matrix.table import all_cases, expected


def test_names_every_case_once() -> None:
    names = [case.name for case in all_cases()]
    assert len(names) == len(set(names))
    assert list(expected()) == names


def test_has_the_cases_that_it_should() -> None:
    assert len(expected()) >= 120


def test_most_label_cases_are_exact_as_onnx() -> None:
    """As MODELS.md counts: without the estimators that skl2onnx does not list at all."""
    labels = [outcome for outcome in expected().values() if outcome.startswith("label")]
    counted = [outcome for outcome in labels if "has no ONNX form." not in outcome]
    exact = [outcome for outcome in counted if "skops" not in outcome and "refused" not in outcome]
    assert len(exact) / len(counted) >= 0.85

from __future__ import annotations

import ast

import pytest

from jupyter_faas.capture.analysis.model_reads import (
    ITEM,
    ITSELF,
    reads_of_held_model,
    reads_of_model,
)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("model.predict(rows)", set()),
        ("model[-1].coef_", {ITEM}),
        ("model['scale'].mean_", {ITEM}),
        ("clone(model)", {ITSELF}),
        ("inspection.permutation_importance(model, rows)", {ITSELF}),
        ("report(estimator=model)", {ITSELF}),
        ("hasattr(model, 'predict_proba')", set()),
        ("getattr(model, 'coef_')", {"coef_"}),
        ("rows[0]", set()),
    ],
)
def test_what_code_does_with_a_model(code: str, found: set[str]) -> None:
    assert reads_of_model(["model"], [ast.parse(code)], ["top"]) == found


@pytest.mark.parametrize("call", ["top(1, model)", "top(1, m=model)"])
def test_reads_of_the_parameter_are_found_where_it_is_passed_to_own_code(call: str) -> None:
    own = "def top(rows, m):\n    return rows.columns, m.coef_, inner(m)\n"
    own += "def inner(m):\n    return m[-1], top(1, m)"
    found = reads_of_model(["model"], [ast.parse(call), ast.parse(own)], ["top", "inner"])
    assert found == {"coef_", ITEM}


def test_every_attribute_may_be_the_models_where_it_is_passed_to_a_class() -> None:
    own = "class Box:\n    def run(self):\n        return self.model.coef_"
    found = reads_of_model(["model"], [ast.parse("Box(model)"), ast.parse(own)], ["Box"])
    assert found == {"coef_", "model"}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("models[0].coef_", {"coef_"}),
        ("models['a'][1].predict(rows, True)", {"predict", "predict(a second argument)"}),
        ("models[0].predict(rows, return_std=True)", {"predict", "predict(return_std)"}),
        ("[m.coef_ for m in models]", {"coef_"}),
        ("for name, m in models.items():\n    m.coef_", {"coef_", "items"}),
        ("for m, w in zip(models, weights):\n    m.coef_ * w", {"coef_"}),
        ("for fold in models:\n    for m in fold:\n        m.coef_", {"coef_"}),
        ("best = models[0]\nbest.coef_", {"coef_"}),
        ("self.model.coef_", {"coef_"}),
        ("self.model", set()),
        ("self.model.fit(rows, targets)", set()),
        ("rows.columns", set()),
    ],
)
def test_what_code_reads_from_a_model_in_another_object(code: str, found: set[str]) -> None:
    assert reads_of_held_model(["models"], ["model"], [ast.parse(code)]) == found

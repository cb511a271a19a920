from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB, CategoricalNB

from jupyter_faas.errors import FaasError
from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data

MODELS: dict[str, Any] = {
    "categories": CategoricalNB(min_categories=9),
    "few categories": CategoricalNB(min_categories=9, alpha=1e-3, fit_prior=False),
    "truths": BernoulliNB(binarize=3.0),
    "zeros and ones": BernoulliNB(binarize=None),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_double(
    model: Any, classes: int, convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    rows, labels = rows[labels < classes].round(), labels[labels < classes]
    if getattr(model, "binarize", 0) is None:
        rows = (rows > 3).astype(float)
    artifact = convert_model(model.fit(rows, labels), rows)
    assert artifact.facts.route == "double"
    action_model = answering(artifact)
    assert (action_model.predict(rows) == model.predict(rows)).all()
    ours, theirs = model.predict_proba(rows), action_model.predict_proba(rows)
    np.testing.assert_allclose(theirs, ours, rtol=1e-12)
    # Equal probabilities stay equal, and the others keep their order.
    order = np.argsort(ours.round(13), axis=0, kind="stable")
    assert (np.argsort(theirs.round(13), axis=0, kind="stable") == order).all()


@pytest.mark.parametrize("category", [-1.0, 9.0, np.nan])
def test_unknown_category_is_refused(
    category: float, convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    model = CategoricalNB(min_categories=9).fit(rows.round(), labels)
    row = rows[:1].round()
    row[0, 1] = category
    action_model = answering(convert_model(model, rows.round()))
    for each in (model, action_model):
        with pytest.raises((ValueError, IndexError, FaasError)):
            each.predict(row)

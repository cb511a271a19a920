"""Which form ``choose_format`` takes."""

from __future__ import annotations

import re
import time
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import AdaBoostClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from jupyter_faas.errors import ConversionError, ParityError
from jupyter_faas.serialization import ModelArtifact
from jupyter_faas.serialization import convert as conversion
from jupyter_faas.serialization.convert import ConversionRequest, choose_format
from jupyter_faas.serialization.precision import FLOAT32
from tests.serialization.helpers import data


@pytest.fixture(scope="module")
def logistic() -> Any:
    return LogisticRegression(max_iter=1000).fit(*data.iris())


def choose(
    action_models: ModuleType, model: Any, *, accept_parity: bool = False, **options: Any
) -> ModelArtifact:
    order = ConversionRequest("model", model, data.iris()[0], accept_parity, budget_s=60.0)
    return choose_format(
        order, action_models, progress=lambda _: None, clock=time.monotonic, **options
    )


def test_faithful_onnx_is_taken(action_models: ModuleType, logistic: Any) -> None:
    artifact = choose(action_models, logistic, attributes=["predict", "classes_"])
    assert (artifact.facts.route, artifact.facts.why) == ("double", "")


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (DummyClassifier(), r"Step 'model' \(DummyClassifier\) has no ONNX form\."),
        (
            KNeighborsClassifier(),
            r"ONNX breaks ties between equally distant neighbours differently: step 'model' "
            r"\(KNeighborsClassifier\)\.",
        ),
    ],
    ids=["no ONNX form", "neighbours"],
)
def test_estimator_itself_is_taken_where_onnx_is_not_faithful(
    action_models: ModuleType, model: Any, why: str
) -> None:
    artifact = choose(action_models, model.fit(*data.iris()))
    assert (artifact.facts.route, artifact.parity.ok) == ("skops", True)
    assert re.fullmatch(why, artifact.facts.why)


def test_estimator_itself_is_taken_where_the_cell_uses_what_onnx_lacks(
    action_models: ModuleType, logistic: Any
) -> None:
    artifact = choose(action_models, logistic, attributes=["predict", "coef_"])
    assert artifact.facts.route == "skops"
    assert artifact.facts.why == "model.coef_ is not in the ONNX form."


def test_estimator_itself_is_taken_where_transform_returns_data_frames(
    action_models: ModuleType,
) -> None:
    model = StandardScaler().set_output(transform="pandas").fit(data.iris()[0])
    artifact = choose(action_models, model)
    assert artifact.facts.route == "skops"
    assert "transform returns a pandas data frame" in artifact.facts.why


def test_estimator_itself_is_taken_where_onnx_would_transform_in_float32(
    action_models: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every transformer that has an ONNX form has one in double.
    monkeypatch.setattr(conversion, "candidate_precisions", lambda _: (FLOAT32,))
    artifact = choose(action_models, StandardScaler().fit(data.iris()[0]))
    assert artifact.facts.route == "skops"
    assert artifact.facts.why == "The ONNX form of model computes in float32 instead of float64."


def test_estimator_itself_is_taken_where_onnx_would_score_in_float32(
    action_models: ModuleType,
) -> None:
    model = AdaBoostClassifier(LogisticRegression(max_iter=1000), n_estimators=3)
    artifact = choose(action_models, model.fit(*data.iris()))
    assert artifact.facts.route == "skops"
    assert artifact.facts.why == "The ONNX form of model computes in float32 instead of float64."


def test_model_of_float32_numbers_is_taken_as_onnx(action_models: ModuleType) -> None:
    documents, labels = data.reviews()
    model = make_pipeline(TfidfVectorizer(dtype=np.float32), LogisticRegression())
    order = ConversionRequest("model", model.fit(documents, labels), documents, budget_s=60.0)
    artifact = choose_format(order, action_models, progress=lambda _: None, clock=time.monotonic)
    assert artifact.facts.route == "float32"


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ("__getitem__", "The cell reads part of the model: model[…]."),
        ("__self__", "The cell passes model to a library function."),
    ],
)
def test_estimator_itself_is_taken_where_the_cell_needs_the_object(
    action_models: ModuleType, logistic: Any, read: str, why: str
) -> None:
    artifact = choose(action_models, logistic, attributes=[read])
    assert (artifact.facts.route, artifact.facts.why) == ("skops", why)


def test_training_in_the_action_is_left_to_the_caller_to_refuse(
    action_models: ModuleType, logistic: Any
) -> None:
    artifact = choose(action_models, logistic, attributes=["fit", "predict"])
    assert artifact.facts.route == "double"


@pytest.mark.timeout(400)  # three conversions
def test_difference_is_accepted_only_where_the_exact_form_fails_too(
    action_models: ModuleType,
) -> None:
    near = KNeighborsClassifier().fit(*data.iris())
    assert choose(action_models, near, accept_parity=True).facts.route == "skops"
    # skops does not find the lambda, which this process cannot import.
    steps = make_pipeline(FunctionTransformer(), KNeighborsClassifier()).fit(*data.iris())
    steps.set_params(functiontransformer__inv_kw_args={"unused": lambda: 1})
    with pytest.raises(ParityError, match=r"as ONNX.*\n(.*\n)*.*cannot be imported"):
        choose(action_models, steps)
    artifact = choose(action_models, steps, accept_parity=True)
    assert (artifact.facts.route, artifact.parity.accepted) == ("double", True)


def test_both_reasons_are_given_where_both_fail(action_models: ModuleType) -> None:
    model = DummyClassifier().fit(*data.iris())
    # skops cannot write an object that refers to itself in a circle.
    model.itself = [model]
    with pytest.raises(ConversionError, match=r"has no ONNX form\.\nThe skops format cannot store"):
        choose(action_models, model)


def test_type_that_trust_excludes_is_refused(action_models: ModuleType) -> None:
    own = type("Mine", (DummyClassifier,), {"__module__": __name__})
    globals()["Mine"] = own
    with pytest.raises(ConversionError, match=r"--trust only:… does not list") as refused:
        choose(action_models, own().fit(*data.iris()), trust=["only:another.Type"])
    assert refused.value.hint == f"Add them: --trust only:{__name__}.Mine"


def test_estimator_itself_is_taken_where_the_cell_calls_with_options(
    action_models: ModuleType,
) -> None:
    process = GaussianProcessRegressor(optimizer=None).fit(*data.iris())
    artifact = choose(action_models, process, attributes=["predict", "predict(return_std)"])
    assert artifact.facts.route == "skops"
    assert artifact.facts.why == "The ONNX form supports model.predict(X) only without return_std."


class Mean(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An ensemble that keeps its fitted models and no width of its own."""

    def fit(self, X: Any, y: Any) -> Mean:  # noqa: N803 - scikit-learn's own name
        self.models_ = [LinearRegression().fit(X, y), DummyRegressor().fit(X, y)]
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's own name
        return sum(model.predict(X) for model in self.models_) / 2


def test_rows_of_an_inner_estimator_do_for_one_that_records_no_width(
    action_models: ModuleType,
) -> None:
    order = ConversionRequest("model", Mean().fit(*data.iris()), None, budget_s=60.0)
    artifact = choose_format(order, action_models, progress=lambda _: None, clock=time.monotonic)
    assert artifact.facts.route == "skops"
    assert artifact.parity.ok

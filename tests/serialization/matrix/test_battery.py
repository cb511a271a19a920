from __future__ import annotations

from types import ModuleType

import pytest

from jupyter_faas.serialization.estimators import predicts_labels
from jupyter_faas.serialization.skops.conversion import OPTION
from tests.serialization.conftest import Convert
from tests.serialization.matrix import outside
from tests.serialization.matrix.battery import inputs, silent_differences
from tests.serialization.matrix.case import Case
from tests.serialization.matrix.judging import estimator_itself, scale_of
from tests.serialization.matrix.table import all_cases, expected

# One of each kind of the other cases: what reads numbers, frames and documents.
KINDS = (
    "LogisticRegression",
    "StandardScaler+LogisticRegression",
    "StandardScaler+SVC",
    "SVC with probabilities",
    "StandardScaler+SVC of cubes",
    "SVR",
    "OneClassSVM",
    "BernoulliNB",
    "CategoricalNB",
    "cancer: AdaBoost",
    "cancer: IsolationForest",
    "holes: IsolationForest",
    "cents amount: StandardScaler+AdaBoost",
    "PCA+LogisticRegression",
    "GaussianNB",
    "KMeans",
    "GaussianMixture",
    "KNeighborsRegressor",
    "large numbers, StandardScaler+LogisticRegression",
    "iris: RandomForestClassifier",
    "cancer: Voting soft",
    "people: impute+scale / onehot, LogisticRegression",
    "people: scale / onehot error, LogisticRegression",
    "people: scale / target encoder, RandomForest",
    "numbers only: scaled LogisticRegression on a frame",
    "KBinsDiscretizer ordinal",
    "QuantileTransformer",
    "KBinsDiscretizer onehot+LogisticRegression",
    "KBinsDiscretizer onehot-dense+RandomForest",
    "TransformedTarget(RandomForest, log)",
    "TransformedTarget(scaler+MLP, StandardScaler)",
    "StandardScaler+TransformedTarget(Ridge)",
    "RandomForest of two outputs",
    "DecisionTree of two outputs",
    "ExtraTreesRegressor of two outputs",
    "StandardScaler+MLPRegressor of two outputs",
    "TransformedTarget of two outputs",
    "MLP of several labels",
    "OneVsRest of several labels",
    "homes: onehot infrequent",
    "homes: ordinal infrequent, hist",
    "homes with holes: onehot infrequent",
    "homes: TransformedTarget of columns",
    "Tfidf of word characters, pairs",
    "Tfidf of all but spaces",
    "Count of a group, pairs",
    "Tfidf and onehot infrequent",
    # These travel as the estimators themselves.
    "Birch",
    "TransformedTarget(Ridge, powers)",
    "Tfidf of alternatives",
    "reviews: Tfidf+LogisticRegression",
    "notes: Tfidf of a column and numbers, LogisticRegression",
)
CASES = [case for case in all_cases() if case.name in KINDS] + [
    case for case in outside.cases() if "skops" not in expected().get(case.name, "")
]


@pytest.mark.heavy
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.filterwarnings("ignore")  # of numpy and scikit-learn, on such rows
def test_no_silent_difference(
    case: Case, convert_model: Convert, action_models: ModuleType
) -> None:
    split = case.split()
    model = case.fitted(split)
    if "skops" in expected()[case.name]:
        itself = estimator_itself(model, split.rows, OPTION)
        action_model, methods = itself.other, tuple(itself.methods)[:2]
    else:
        artifact = convert_model(model, split.rows)
        action_model = action_models.Model(artifact.onnx, artifact.spec)
        methods = tuple(artifact.spec["methods"])[:2]
    labels = predicts_labels(model)
    scale = {method: scale_of(model, method, split.rows, labels) for method in methods}
    assert silent_differences(model, action_model, methods, split.held, scale) == {}


def test_battery_has_at_least_sixty_inputs() -> None:
    assert {case.name for case in CASES} >= set(KINDS)
    for case in CASES:
        assert len(list(inputs(case.split().held))) >= 60

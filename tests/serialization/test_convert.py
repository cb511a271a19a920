from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Perceptron,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

from jupyter_faas.errors import ConversionError, ParityError
from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data

Make = Callable[[], Any]

CLASSIFIERS: dict[str, Make] = {
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "ridge": RidgeClassifier,
    "perceptron": Perceptron,
    "sgd": lambda: make_pipeline(StandardScaler(), SGDClassifier(random_state=0)),
    "sgd probabilities": lambda: SGDClassifier(loss="log_loss", random_state=0),
    "linear svc": lambda: make_pipeline(StandardScaler(), LinearSVC()),
    "svc": lambda: make_pipeline(StandardScaler(), SVC()),
    "lda": LinearDiscriminantAnalysis,
    "qda": lambda: QuadraticDiscriminantAnalysis(reg_param=0.1),
    "gaussian nb": GaussianNB,
    "multinomial nb": MultinomialNB,
    "mlp": lambda: make_pipeline(
        MinMaxScaler(), MLPClassifier((8,), max_iter=2000, random_state=0)
    ),
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "forest": lambda: RandomForestClassifier(31, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(31, random_state=0),
    "gradient boosting": lambda: GradientBoostingClassifier(n_estimators=20, random_state=0),
    "ada boost": lambda: AdaBoostClassifier(n_estimators=10, random_state=0),
    "bagging": lambda: BaggingClassifier(
        DecisionTreeClassifier(), n_estimators=11, max_features=0.5, random_state=0
    ),
    "pca forest": lambda: make_pipeline(PCA(2), RandomForestClassifier(11, random_state=0)),
    "scaled boosting": lambda: make_pipeline(
        StandardScaler(), GradientBoostingClassifier(n_estimators=20, random_state=0)
    ),
    "one against rest": lambda: OneVsRestClassifier(LogisticRegression(max_iter=1000)),
    "calibrated": lambda: CalibratedClassifierCV(GaussianNB()),
    "soft vote": lambda: VotingClassifier(
        [("lr", LogisticRegression(max_iter=1000)), ("nb", GaussianNB())], voting="soft"
    ),
    "hard vote": lambda: VotingClassifier(
        [("dt", DecisionTreeClassifier(random_state=0)), ("nb", GaussianNB()), ("q", LinearSVC())]
    ),
    "stack": lambda: StackingClassifier(
        [("lr", LogisticRegression(max_iter=1000)), ("nb", GaussianNB())]
    ),
    "grid search": lambda: GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"logisticregression__C": [0.1, 1.0]},
    ),
    "random search": lambda: RandomizedSearchCV(
        RandomForestClassifier(11, random_state=0), {"max_depth": [2, 3]}, n_iter=2, random_state=0
    ),
    "union": lambda: make_pipeline(
        FeatureUnion([("pca", PCA(2)), ("best", SelectKBest(k=1))]),
        LogisticRegression(max_iter=1000),
    ),
    "selected": lambda: make_pipeline(
        SelectFromModel(RandomForestClassifier(5, random_state=0)), LogisticRegression()
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("make", CLASSIFIERS.values(), ids=CLASSIFIERS.keys())
def test_classifier_agrees_on_a_thousand_rows(
    make: Make, convert_model: Convert, answering: Answering
) -> None:
    rows, _ = data.iris()
    model = make().fit(rows[::2], data.species()[::2])
    artifact = convert_model(model, rows[1::2])
    action_model = answering(artifact)
    asked = data.thousand(rows)
    ours, theirs = model.predict(asked), action_model.predict(asked)
    assert artifact.parity.ok
    assert theirs.dtype == ours.dtype
    assert theirs.shape == (1000,)
    assert (ours == theirs).all()
    for method in ("predict_proba", "decision_function"):
        if method in artifact.spec["methods"]:
            wanted, given = getattr(model, method)(asked), getattr(action_model, method)(asked)
            assert given.shape == wanted.shape
            assert given.dtype == wanted.dtype
            np.testing.assert_allclose(given, wanted, atol=2e-5, rtol=1e-5)
    assert (action_model.classes_ == model.classes_).all()


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (lambda: RandomForestClassifier(101, random_state=0), data.cancer),
        (lambda: make_pipeline(StandardScaler(), LogisticRegression()), data.wine),
        (lambda: DecisionTreeClassifier(random_state=0), data.digits),
    ],
    ids=["forest on cancer", "logistic on wine", "tree on digits"],
)
def test_answers_alike_one_row_at_a_time(
    make: Make, rows: Callable[[], Any], convert_model: Convert, answering: Answering
) -> None:
    known, labels = rows()
    model = make().fit(known, labels)
    action_model = answering(convert_model(model, known))
    asked = data.thousand(known)[:200]
    assert [action_model.predict([row.tolist()])[0] for row in asked] == [
        model.predict([row.tolist()])[0] for row in asked
    ]


LABELS: dict[str, Callable[[Any], Any]] = {
    "text": lambda y: np.array(["no", "yes"])[y],
    "objects": lambda y: np.array(["no", "yes"], dtype=object)[y],
    "truth values": lambda y: y.astype(bool),
    "int64": lambda y: y,
    "int8": lambda y: y.astype(np.int8),
    "negative": lambda y: np.where(y, 7, -1),
    "floats": lambda y: y.astype(float),
}


LABELLED: dict[str, Make] = {
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "ada boost": lambda: AdaBoostClassifier(n_estimators=3, random_state=0),
    "lda": lambda: make_pipeline(StandardScaler(), LinearDiscriminantAnalysis()),
}


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS.keys())
@pytest.mark.parametrize("make", LABELLED.values(), ids=LABELLED.keys())
def test_labels_keep_their_type(
    make: Make, label: Callable[[Any], Any], convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.cancer()
    # Two columns without decimals to go through: this is about labels.
    rows = rows[:, [4, 5]]
    model = make().fit(rows, label(labels))
    action_model = answering(convert_model(model, rows[::8]))
    ours, theirs = model.predict(rows), action_model.predict(rows)
    assert theirs.dtype == ours.dtype
    assert (theirs == ours).all()
    assert action_model.classes_.dtype == model.classes_.dtype
    assert action_model.classes_.tolist() == model.classes_.tolist()


@pytest.mark.parametrize(
    "make",
    [
        LinearRegression,
        lambda: make_pipeline(StandardScaler(), Ridge()),
        lambda: RandomForestRegressor(20, random_state=0),
        lambda: GradientBoostingRegressor(n_estimators=20, random_state=0),
        lambda: GaussianProcessRegressor(alpha=1.0, optimizer=None),
    ],
    ids=["linear", "ridge", "forest", "gradient boosting", "gaussian process"],
)
def test_regressor_answers_a_float64_vector(
    make: Make, convert_model: Convert, answering: Answering
) -> None:
    rows, target = data.diabetes()
    model = make().fit(rows, target)
    artifact = convert_model(model, rows)
    asked = data.thousand(rows)
    ours, theirs = model.predict(asked), answering(artifact).predict(asked)
    assert theirs.shape == ours.shape == (1000,)
    assert theirs.dtype == np.float64
    np.testing.assert_allclose(theirs, ours, atol=1e-4 * target.std())
    assert artifact.parity.labels_total == 0
    assert artifact.facts.classes is None


def test_regressor_of_several_targets_answers_a_matrix(
    convert_model: Convert, answering: Answering
) -> None:
    rows, target = data.diabetes()
    model = Ridge().fit(rows, np.column_stack([target, -target]))
    action_model = answering(convert_model(model, rows))
    np.testing.assert_allclose(action_model.predict(rows), model.predict(rows))


def test_clusters_and_distances_travel(convert_model: Convert, answering: Answering) -> None:
    rows, _ = data.iris()
    model = KMeans(3, n_init=2, random_state=0).fit(rows)
    action_model = answering(convert_model(model, rows))
    assert (action_model.predict(rows) == model.predict(rows)).all()
    assert action_model.predict(rows).dtype == model.predict(rows).dtype
    np.testing.assert_allclose(action_model.transform(rows), model.transform(rows), atol=1e-6)


def test_mixture_answers_densities_too(convert_model: Convert, answering: Answering) -> None:
    rows, _ = data.iris()
    model = GaussianMixture(3, random_state=0).fit(rows)
    action_model = answering(convert_model(model, rows))
    np.testing.assert_allclose(
        action_model.score_samples(rows), model.score_samples(rows), atol=1e-4, rtol=1e-4
    )


def test_outlier_detector_adds_its_offset(convert_model: Convert, answering: Answering) -> None:
    rows, _ = data.iris()
    model = OneClassSVM(gamma="auto").fit(rows)
    action_model = answering(convert_model(model, rows))
    assert (action_model.predict(rows) == model.predict(rows)).all()
    np.testing.assert_allclose(
        action_model.score_samples(rows), model.score_samples(rows), rtol=1e-12
    )


def test_several_outputs_keep_their_labels(convert_model: Convert, answering: Answering) -> None:
    rows, labels = data.iris()
    both = np.array([["a", "x"], ["b", "y"], ["c", "y"]])[labels]
    model = MultiOutputClassifier(LogisticRegression(max_iter=1000)).fit(rows, both)
    action_model = answering(convert_model(model, rows))
    assert (action_model.predict(rows) == model.predict(rows)).all()
    for ours, theirs in zip(
        model.predict_proba(rows), action_model.predict_proba(rows), strict=True
    ):
        np.testing.assert_allclose(theirs, ours, atol=1e-9)


def test_selector_travels_as_the_transformer_it_is(
    convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    model = RFE(LogisticRegression(max_iter=1000), n_features_to_select=2).fit(rows, labels)
    action_model = answering(convert_model(model, rows))
    np.testing.assert_allclose(action_model.transform(rows), model.transform(rows))
    with pytest.raises(AttributeError, match="predict is not in the ONNX form"):
        action_model.predict(rows)


def test_frozen_estimator_is_unwrapped(convert_model: Convert) -> None:
    rows, labels = data.iris()
    model = FrozenEstimator(LogisticRegression(max_iter=1000).fit(rows, labels))
    assert convert_model(model, rows).facts.class_name == "FrozenEstimator(LogisticRegression)"


def test_forest_fitted_on_missing_values_sends_them_the_same_way(
    convert_model: Convert, answering: Answering, rng: np.random.Generator
) -> None:
    rows, labels = data.wine()
    rows = np.where(rng.random(rows.shape) < 0.1, np.nan, rows)
    model = RandomForestClassifier(31, random_state=0).fit(rows, labels)
    action_model = answering(convert_model(model, rows))
    np.testing.assert_allclose(
        action_model.predict_proba(rows), model.predict_proba(rows), atol=1e-6
    )


def test_forest_fitted_on_whole_rows_answers_missing_values_alike(
    convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.wine()
    model = RandomForestClassifier(31, random_state=0).fit(rows, labels)
    action_model = answering(convert_model(model, rows))
    spoiled = np.repeat(rows[:1], rows.shape[1], axis=0)
    np.fill_diagonal(spoiled, np.nan)
    np.testing.assert_allclose(
        action_model.predict_proba(spoiled), model.predict_proba(spoiled), atol=1e-6
    )


# Trees, to the last bit


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_pipeline(StandardScaler(), RandomForestClassifier(60, random_state=0)),
        lambda: make_pipeline(MinMaxScaler(), HistGradientBoostingClassifier(max_iter=20)),
        lambda: make_pipeline(RobustScaler(), ExtraTreesClassifier(60, random_state=0)),
        lambda: GradientBoostingClassifier(n_estimators=20, random_state=0),
    ],
    ids=["scaled forest", "scaled histogram boosting", "scaled extra trees", "boosting"],
)
def test_trees_on_whole_numbers_where_votes_tie_and_splits_are_values(
    make: Make, convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.whole_numbers()
    model = make().fit(rows, labels)
    artifact = convert_model(model, rows)
    assert artifact.facts.route == "exact"
    assert artifact.facts.ml_opset == 5
    action_model, more = answering(artifact), data.thousand(rows)
    assert (action_model.predict(more) == model.predict(more)).all()
    np.testing.assert_allclose(
        action_model.predict_proba(more), model.predict_proba(more), rtol=0, atol=1e-15
    )


def test_histogram_boosting_of_large_magnitudes(convert_model: Convert) -> None:
    rows, labels = data.whole_numbers()
    model = HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(rows + 1.7e12, labels)
    assert convert_model(model, rows + 1.7e12).facts.route == "exact"


# The gate stops


def test_gate_stops_what_answers_differently_and_shows_the_row(convert_model: Convert) -> None:
    rows, labels = data.whole_numbers()
    model = KNeighborsClassifier(4)
    with pytest.raises(ParityError) as stopped:
        convert_model(model.fit(rows, labels), rows)
    message = stopped.value.message
    assert "test rows. The first is row" in message
    assert "(margin " in message and "ONNX " in message
    assert "column 0=" in message
    assert "--accept-parity" in stopped.value.hint


def test_accepted_difference_is_recorded_with_the_same_facts(convert_model: Convert) -> None:
    rows, labels = data.whole_numbers()
    model = KNeighborsClassifier(4)
    report = convert_model(model.fit(rows, labels), rows, accept_parity=True).parity
    assert (report.ok, report.accepted) == (False, True)
    assert report.labels_agree < report.labels_total
    assert report.worst[0].original != report.worst[0].onnx
    assert report.worst[0].margin is not None


def test_acceptance_of_a_model_that_passes_is_not_recorded(convert_model: Convert) -> None:
    rows, labels = data.iris()
    model = LogisticRegression(max_iter=1000).fit(rows, labels)
    report = convert_model(model, rows, accept_parity=True).parity
    assert (report.ok, report.accepted) == (True, False)


def test_gate_stops_neighbour_ties(convert_model: Convert) -> None:
    rows, labels = data.iris()
    rows = rows.round()  # many rows are equal, so neighbours tie
    with pytest.raises(ParityError) as stopped:
        convert_model(KNeighborsClassifier().fit(rows, labels), rows)
    assert (
        "ONNX breaks ties between equally distant neighbours differently: row "
        in stopped.value.hint
    )


def test_large_magnitudes_without_a_double_form_are_refused(convert_model: Convert) -> None:
    rows, labels = data.whole_numbers()
    rows = rows + 1.7e12
    model = AdaBoostClassifier(LogisticRegression(), random_state=0).fit(rows, labels)
    words = r"Column 0 needs float64 \(max 1.7e\+12, spread 28.8\).* only a float32 ONNX form"
    with pytest.raises(ConversionError, match=words) as refused:
        convert_model(model, rows)
    assert refused.value.hint.startswith("Subtract an offset from the column, before fitting")


def test_large_magnitudes_pass_in_double(convert_model: Convert) -> None:
    rows, labels = data.whole_numbers()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows + 1.7e9, labels)
    artifact = convert_model(model, rows + 1.7e9)
    assert artifact.facts.route == "double"
    assert artifact.parity.labels_agree == artifact.parity.labels_total


def test_model_that_does_not_answer_its_sample_is_told(convert_model: Convert) -> None:
    rows, labels = data.iris()
    spoiled = rows.copy()
    spoiled[3, 2] = np.nan
    with pytest.raises(ConversionError, match=r"'model' fails on the sample: .*NaN"):
        convert_model(LogisticRegression(max_iter=1000).fit(rows, labels), spoiled)


# Without a sample


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        lambda: RandomForestClassifier(11, random_state=0),
        GaussianNB,
        MultinomialNB,
        lambda: LogisticRegression(max_iter=1000),
    ],
    ids=["scaled", "forest", "gaussian nb", "multinomial nb", "bare"],
)
def test_rows_are_made_from_the_model_without_a_sample(make: Make, convert_model: Convert) -> None:
    rows, labels = data.iris()
    report = convert_model(make().fit(rows, labels)).parity
    assert report.covered[0].set == "rows generated from the model"
    assert any("No --sample was given" in words for words in report.warnings)
    assert report.labels_agree == report.labels_total > 256


# The same every time


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        lambda: RandomForestClassifier(11, random_state=0),
    ],
    ids=["logistic", "forest"],
)
def test_same_model_and_sample_give_the_same_bytes(make: Make, convert_model: Convert) -> None:
    rows, labels = data.iris()
    model = make().fit(rows, labels)
    first, second = convert_model(model, rows), convert_model(model, rows)
    assert first.onnx == second.onnx
    assert json.dumps(first.spec) == json.dumps(second.spec)
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())


def test_warnings_of_bisected_rows_do_not_stop(convert_model: Convert) -> None:
    rows, labels = data.cancer()
    model = make_pipeline(StandardScaler(), KNeighborsClassifier()).fit(rows, labels)
    report = convert_model(model, rows).parity
    assert report.ok
    assert any("exactly at a decision boundary (label boundaries)" in w for w in report.warnings)

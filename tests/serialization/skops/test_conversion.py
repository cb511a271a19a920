from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.cluster import DBSCAN, AgglomerativeClustering
from sklearn.compose import make_column_transformer
from sklearn.covariance import EmpiricalCovariance
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from jupyter_faas.errors import ConversionError, ParityError
from jupyter_faas.serialization import ModelArtifact
from jupyter_faas.serialization.skops.comparison import compare
from jupyter_faas.serialization.skops.conversion import SkopsRequest, convert_to_skops
from tests.serialization.helpers import data


class Forgetful(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Answers otherwise once it was read back."""

    def fit(self, rows: Any, labels: Any) -> Forgetful:
        self.classes_ = np.unique(labels)
        self.live_ = True
        return self

    def predict(self, rows: Any) -> Any:
        return np.full(len(rows), self.classes_[0 if self.live_ else 1])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "live_": False}


def holding_itself() -> Any:
    """A model that skops cannot write, because it refers to itself in a circle."""
    model = LogisticRegression(max_iter=1000).fit(*data.iris())
    model.itself = [model]
    return model


def convert(model: Any, sample: Any = None, **options: Any) -> ModelArtifact:
    order = SkopsRequest("model", model, sample, **options)
    return convert_to_skops(order, progress=lambda _: None, clock=time.monotonic)


def read(artifact: ModelArtifact) -> Any:
    return skops.io.loads(artifact.skops, trusted=list(artifact.spec["trusted"]))


def test_estimator_comes_back_whole_and_proven() -> None:
    rows, labels = data.iris()
    model = KNeighborsClassifier(weights="distance").fit(rows, labels)
    artifact = convert(model, rows)
    assert np.array_equal(read(artifact).predict_proba(rows), model.predict_proba(rows))
    assert (artifact.facts.route, artifact.facts.opset) == ("skops", 0)
    assert (artifact.facts.inputs, artifact.facts.classes) == ("4 inputs, float64", 3)
    assert artifact.file == "models/model.skops"
    assert artifact.facts.size == len(artifact.data) == len(artifact.skops)
    parity = artifact.parity
    assert (parity.ok, parity.labels_agree, parity.labels_total) == (True, 150, 150)
    assert parity.max_difference == 0.0
    assert [(each.set, each.rows) for each in parity.covered] == [
        ("sample", 150),
        ("one row at a time", 64),
    ]


def test_what_it_needs_there_is_named() -> None:
    model = KNeighborsClassifier().fit(*data.iris())
    needs = {"joblib", "numpy", "scikit-learn", "scipy", "skops", "threadpoolctl"}
    assert set(convert(model).requirements) == needs


def test_frames_that_steps_answer_with_are_needed_too() -> None:
    frame, labels = data.passengers()
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["sex"]), ("drop", ["age"])
    )
    model = make_pipeline(columns, LogisticRegression()).set_output(transform="pandas")
    artifact = convert(model.fit(frame, labels), frame)
    assert "pandas" in artifact.requirements


def test_columns_chosen_by_the_columns_of_a_frame_travel_as_their_names() -> None:
    frame, labels = data.passengers()
    words = frame.select_dtypes(exclude="number").columns[:1]
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words))
    model = make_pipeline(columns, LogisticRegression()).fit(frame, labels)
    artifact = convert(model, frame)
    assert (read(artifact).predict(frame) == model.predict(frame)).all()
    assert read(artifact)[0].transformers[0][2] == list(words)
    assert model[0].transformers[0][2] is words


def test_rows_are_made_from_the_model_when_none_are_given() -> None:
    artifact = convert(DummyClassifier().fit(*data.iris()))
    assert artifact.parity.rows == 256
    assert "No --sample was given" in artifact.parity.warnings[0]


def test_rows_that_onnx_could_not_read_are_compared() -> None:
    frame = pd.DataFrame({"size": ["s", "m", "l", "m"] * 10, "price": np.arange(40.0)})
    frame["size"] = frame["size"].astype("category")
    model = HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype")
    artifact = convert(model.fit(frame, np.arange(40) % 2), frame)
    assert artifact.parity.ok
    assert artifact.parity.rows == 40


def test_distances_are_compared() -> None:
    artifact = convert(EmpiricalCovariance().fit(data.iris()[0]))
    assert list(artifact.spec["methods"]) == ["mahalanobis"]
    assert artifact.parity.rows > 0


def test_estimator_that_only_has_attributes_is_compared_by_its_archive() -> None:
    model = DBSCAN().fit(data.iris()[0])
    artifact = convert(model)
    assert (artifact.parity.ok, artifact.parity.rows, artifact.parity.warnings) == (True, 0, ())
    assert read(artifact).labels_.tolist() == model.labels_.tolist()


def test_what_the_archive_leaves_out_is_not_compared(tmp_path: Path) -> None:
    model = AgglomerativeClustering(memory=str(tmp_path / "cache")).fit(data.iris()[0])
    artifact = convert(model)
    assert artifact.parity.ok
    assert read(artifact).labels_.tolist() == model.labels_.tolist()


def test_text_is_compared() -> None:
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression())
    documents, labels = data.reviews()
    artifact = convert(model.fit(documents, labels), documents)
    assert artifact.facts.inputs == "text"
    assert artifact.parity.ok


def test_threads_stay_behind() -> None:
    model = RandomForestClassifier(3, n_jobs=2, random_state=0).fit(*data.iris())
    assert read(convert(model, data.iris()[0])).n_jobs == 1


@pytest.mark.parametrize(
    ("model", "sample", "words"),
    [
        (KNeighborsClassifier(), data.iris()[0], r"'model' \(KNeighborsClassifier\) is not fitted"),
        (
            holding_itself(),
            data.iris()[0],
            r"The skops format cannot store 'model' \(LogisticRegression\)",
        ),
        (
            make_pipeline(FunctionTransformer(lambda rows: rows), LogisticRegression(max_iter=999)),
            data.iris()[0],
            r"'model' contains .*<lambda>, which cannot be imported from a module",
        ),
        (
            KNeighborsClassifier().fit(*data.iris()),
            data.iris()[0][:, :2],
            "The sample has 2 columns|fails on the sample",
        ),
        (
            make_pipeline(make_union(HashingVectorizer(n_features=8)), LogisticRegression()).fit(
                *data.reviews()
            ),
            None,
            "No rows could be generated for 'model'",
        ),
    ],
    ids=["not fitted", "a class that skops leaves out", "lambda", "sample", "no sample"],
)
def test_what_cannot_travel_is_refused(model: Any, sample: Any, words: str) -> None:
    if "lambda" in words:
        model.fit(*data.iris())
    with pytest.raises(ConversionError, match=words):
        convert(model, sample)


@pytest.mark.parametrize("accept", [False, True], ids=["stops", "accepted"])
def test_what_answers_otherwise_when_read_back_stops(accept: bool) -> None:
    rows, labels = data.iris()
    model = Forgetful().fit(rows, labels)
    if not accept:
        with pytest.raises(
            ParityError, match=r"150 of 150 rows are different\. The first is row 0"
        ):
            convert(model, rows)
        return
    artifact = convert(model, rows, accept_parity=True)
    assert (artifact.parity.ok, artifact.parity.accepted) == (False, True)
    assert artifact.parity.labels_agree == 0


def test_model_that_draws_when_it_answers_is_told_why() -> None:
    rows, labels = data.iris()
    model = DummyClassifier(strategy="uniform").fit(rows, labels)
    with pytest.raises(ParityError) as stopped:
        convert(model, rows)
    assert "set its random_state" in stopped.value.hint


def test_types_outside_scikit_learn_become_facts_and_requirements() -> None:
    rows, labels = data.iris()
    model = LGBMClassifier(n_estimators=3, verbose=-1).fit(rows, labels)
    artifact = convert(model, rows, why="It has category splits.")
    assert artifact.facts.why == "It has category splits."
    types = {each.type: each.distribution for each in artifact.facts.foreign_types}
    assert types["lightgbm.sklearn.LGBMClassifier"] == "lightgbm"
    assert "lightgbm" in artifact.requirements
    assert np.array_equal(read(artifact).predict(rows), model.predict(rows))


class TargetEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # as above
    """As in category_encoders: it has the name, but not the attributes, of scikit-learn's."""

    def fit(self, rows: Any, labels: Any = None) -> TargetEncoder:
        self.fitted_ = True
        return self

    def transform(self, rows: Any) -> Any:
        return np.asarray(rows) * 2


def test_class_of_another_package_may_have_the_name_of_scikit_learns() -> None:
    rows, labels = data.iris()
    model = make_pipeline(TargetEncoder(), LogisticRegression(max_iter=999)).fit(rows, labels)
    artifact = convert(model, rows)
    assert artifact.parity.ok
    assert artifact.parity.rows == len(rows)


def test_sparse_answers_of_a_million_columns_are_compared_without_their_zeros() -> None:
    documents = data.reviews()[0]
    artifact = convert(HashingVectorizer(), documents)
    assert artifact.parity.ok
    assert artifact.parity.rows == len(documents)


@pytest.mark.parametrize("column", [7, 900_000], ids=["another value", "another column"])
def test_sparse_answers_that_differ_are_found(column: int) -> None:
    class Shifted(HashingVectorizer):  # type: ignore[misc]  # scikit-learn has no types
        def transform(self, rows: Any) -> Any:
            answer = super().transform(rows).tolil()
            answer[0, column] = 5.0
            return answer.tocsr()

    documents = data.reviews()[0][:20]
    found = compare(HashingVectorizer(), Shifted(), documents, ["transform"], lambda: True)
    assert 0 in found.different


def test_time_that_runs_out_is_told() -> None:
    ticks: Sequence[float] = iter(range(0, 10**6, 100))  # type: ignore[assignment]
    rows, labels = data.iris()
    model = KNeighborsClassifier().fit(rows, labels)
    order = SkopsRequest("model", model, np.vstack([rows] * 8), budget_s=10.0)
    artifact = convert_to_skops(order, progress=lambda _: None, clock=lambda: float(next(ticks)))  # type: ignore[call-overload]
    assert (
        "The time limit was reached: 512 of 1,200 rows of 'sample' were compared."
        in artifact.parity.warnings
    )

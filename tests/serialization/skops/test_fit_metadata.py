from __future__ import annotations

from pathlib import Path
from typing import Any

import skops.io
from sklearn.cluster import Birch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from jupyter_faas.serialization.skops.archive import dump
from jupyter_faas.serialization.skops.fit_metadata import omitted, without_fit_metadata
from tests.serialization.helpers import data


def searched(folder: Path) -> Any:
    pipeline = Pipeline(
        [("pca", PCA(2)), ("model", LogisticRegression(max_iter=1000))], memory=str(folder)
    )
    return GridSearchCV(pipeline, {"model__C": [0.1, 1.0]}, cv=2).fit(*data.iris())


def test_folders_of_the_machine_do_not_travel_and_are_there_again_afterwards(
    tmp_path: Path,
) -> None:
    model = searched(tmp_path)
    assert str(tmp_path).encode() in dump(model)
    with without_fit_metadata(model):
        assert str(tmp_path).encode() not in dump(model)
    assert model.best_estimator_.memory == model.estimator.memory == str(tmp_path)


def test_how_long_fitting_took_makes_no_other_bytes(tmp_path: Path) -> None:
    found = set()
    for model in (searched(tmp_path), searched(tmp_path)):
        with without_fit_metadata(model):
            found.add(dump(model))
        assert model.refit_time_ > 0
        assert "mean_fit_time" in model.cv_results_
    assert len(found) == 1


def test_what_was_asked_since_makes_no_other_bytes() -> None:
    rows, labels = data.iris()
    model = KNeighborsClassifier(algorithm="kd_tree").fit(rows, labels)
    found = set()
    for _ in range(2):
        with without_fit_metadata(model):
            found.add(dump(model))
        expected = model.predict(rows)
    assert len(found) == 1
    assert (model.predict(rows) == expected).all()


def test_the_tree_of_birch_stays_behind_and_its_answers_are_the_same() -> None:
    rows, _ = data.iris()
    model = Birch(n_clusters=3).fit(rows)
    assert {"root_", "dummy_leaf_"} <= set(omitted(model))
    with without_fit_metadata(model):
        archive = dump(model)
    assert model.root_ is not None
    other = skops.io.loads(archive, trusted=skops.io.get_untrusted_types(data=archive))
    assert (other.predict(rows) == model.predict(rows)).all()
    assert (other.transform(rows) == model.transform(rows)).all()

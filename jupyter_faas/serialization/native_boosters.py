"""Native boosters in scikit-learn's clothes, so that they convert and are compared like the rest.

Imported only where there is a booster: this module needs scikit-learn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sklearn.base import BaseEstimator, RegressorMixin

from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.onnx.signature import signature_of_rows

_DMATRIX = (
    "it takes a DMatrix, which only xgboost makes: inplace_predict(rows) takes arrays and answers "
    "the same, here and in the action; or fit an XGBClassifier or XGBRegressor"
)


class _Native(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """``booster_`` answers; what it is asked for in a cell is what its class has."""

    def __init__(self, booster: Any = None) -> None:
        self.booster = booster

    @property
    def booster_(self) -> Any:
        return self.booster

    def __dir__(self) -> list[str]:
        return dir(self.booster)

    def fit(self, rows: Any, targets: Any = None) -> Any:
        """What makes an estimator of it in scikit-learn's eyes; boosters come trained."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class LightGBMBooster(_Native):
    """A lightgbm.Booster."""

    @property
    def n_features_in_(self) -> int:
        return int(self.booster.num_feature())

    def predict(self, rows: Any) -> Any:
        # Its sums have the same order in any number of threads; one does not wait for others.
        return self.booster.predict(rows, num_threads=1)


class XGBoostBooster(_Native):
    """An xgboost.Booster."""

    @property
    def n_features_in_(self) -> int:
        return int(self.booster.num_features())

    @property
    def feature_names_in_(self) -> list[str]:
        # It refuses frames with others; LightGBM's takes their columns as they come.
        if self.booster.feature_names is None:
            raise AttributeError("feature_names_in_")
        return list(self.booster.feature_names)

    def get_booster(self) -> Any:
        return self.booster

    def predict(self, rows: Any) -> Any:
        return self.booster.inplace_predict(rows)


def wrap_booster(booster: Any) -> _Native:
    """The booster as an estimator whose ``predict`` takes arrays."""
    library = type(booster).__module__.partition(".")[0]
    return LightGBMBooster(booster) if library == "lightgbm" else XGBoostBooster(booster)


def restore_booster_methods(
    artifact: ModelArtifact, model: Any, answers: Mapping[str, Any]
) -> ModelArtifact:
    """The artifact of what ``model`` clothes: with the booster's own methods and its signature.

    ``answers``: of each method of the estimator, to some rows. Other models' stay as they are.
    """
    if not isinstance(model, _Native):
        return artifact
    spec = dict(artifact.spec)
    method = "inplace_predict" if isinstance(model, XGBoostBooster) else "predict"
    spec["methods"] = {method: spec["methods"]["predict"]}
    lacks = {name: why for name, why in spec["lacks"].items() if name != method}
    spec["lacks"] = lacks if method == "predict" else {**lacks, "predict": _DMATRIX}
    signature = signature_of_rows(spec, {method: answers["predict"]})
    facts = dataclasses.replace(artifact.facts, signature=signature)
    return dataclasses.replace(artifact, spec=spec, facts=facts)

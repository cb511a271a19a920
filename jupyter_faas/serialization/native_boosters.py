"""Wrap a native lightgbm.Booster or xgboost.Booster as an estimator, so that it can be converted.

This module imports scikit-learn, so it is imported only if the notebook has a native booster.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sklearn.base import BaseEstimator, RegressorMixin

from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.onnx.signature import signature_of_rows

_DMATRIX = (
    "it needs a DMatrix, which only xgboost can create; use inplace_predict(rows), which accepts "
    "arrays and returns the same values, or fit an XGBClassifier or XGBRegressor"
)


class _BoosterEstimator(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # sklearn is not typed
    """An estimator around a trained booster."""

    def __init__(self, booster: Any = None) -> None:
        self.booster = booster

    @property
    def booster_(self) -> Any:
        return self.booster

    # The spec lists the attributes that the action model lacks. They are those of the booster, not
    # of this wrapper.
    def __dir__(self) -> list[str]:
        return dir(self.booster)

    def fit(self, rows: Any, targets: Any = None) -> Any:
        """Do nothing: scikit-learn requires this method, but the booster is already trained."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class LightGBMBooster(_BoosterEstimator):
    """An estimator around a lightgbm.Booster."""

    @property
    def n_features_in_(self) -> int:
        return int(self.booster.num_feature())

    def predict(self, rows: Any) -> Any:
        # The number of threads does not affect the result. One thread is faster on a busy machine.
        return self.booster.predict(rows, num_threads=1)


class XGBoostBooster(_BoosterEstimator):
    """An estimator around an xgboost.Booster."""

    @property
    def n_features_in_(self) -> int:
        return int(self.booster.num_features())

    @property
    def feature_names_in_(self) -> list[str]:
        # XGBoost checks a frame's column names, but LightGBM ignores them. If the booster does not
        # have names, the attribute must be absent, as in scikit-learn, so that hasattr is False.
        if self.booster.feature_names is None:
            raise AttributeError("feature_names_in_")
        return list(self.booster.feature_names)

    def get_booster(self) -> Any:
        return self.booster

    def predict(self, rows: Any) -> Any:
        return self.booster.inplace_predict(rows)


def wrap_booster(booster: Any) -> _BoosterEstimator:
    """Return the booster as an estimator whose ``predict`` takes arrays."""
    library = type(booster).__module__.partition(".")[0]
    return LightGBMBooster(booster) if library == "lightgbm" else XGBoostBooster(booster)


def restore_booster_methods(
    artifact: ModelArtifact, model: Any, answers: Mapping[str, Any]
) -> ModelArtifact:
    """Replace the wrapper's methods and signature in its artifact with those of the booster.

    ``answers`` maps the wrapper's methods to their results for some rows. Artifacts of other models
    are returned unchanged.
    """
    if not isinstance(model, _BoosterEstimator):
        return artifact
    spec = dict(artifact.spec)
    # An xgboost.Booster takes arrays only in inplace_predict. Its predict takes a DMatrix.
    method = "inplace_predict" if isinstance(model, XGBoostBooster) else "predict"
    spec["methods"] = {method: spec["methods"]["predict"]}
    lacks = {name: why for name, why in spec["lacks"].items() if name != method}
    spec["lacks"] = lacks if method == "predict" else {**lacks, "predict": _DMATRIX}
    signature = signature_of_rows(spec, {method: answers["predict"]})
    facts = dataclasses.replace(artifact.facts, signature=signature)
    return dataclasses.replace(artifact, spec=spec, facts=facts)

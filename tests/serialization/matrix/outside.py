"""Cases whose steps refuse values, or jump at them: domains, thresholds, rows without direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    Normalizer,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)

from tests.serialization.matrix import datasets as rows
from tests.serialization.matrix.case import Case, Split

Make = Callable[[], Any]


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def before(step: Any, model: Any = None) -> Make:
    """``step`` before a model; a logistic regression without one."""
    return lambda: make_pipeline(step, logistic() if model is None else model)


def forest() -> RandomForestClassifier:
    return RandomForestClassifier(10, random_state=0)


def by_position(model: Any) -> Make:
    return lambda: make_pipeline(
        make_column_transformer(
            (FunctionTransformer(np.log1p), [0, 1]),
            (StandardScaler(), [2]),
            remainder="passthrough",
        ),
        model,
    )


def cases() -> Iterator[Case]:
    for on, models in _MODELS.items():
        for name, make in models.items():
            yield Case(f"outside: {name}", make, on)


_IRIS: dict[str, Make] = {
    "log": before(FunctionTransformer(np.log)),
    "sqrt": before(FunctionTransformer(np.sqrt)),
    "exp": before(FunctionTransformer(np.exp)),
    "Box-Cox": before(PowerTransformer(method="box-cox")),
    "Yeo-Johnson": before(PowerTransformer()),
    "Yeo-Johnson, forest": before(PowerTransformer(), forest()),
    "Normalizer": before(Normalizer()),
    "Normalizer l1, forest": before(Normalizer("l1"), forest()),
    "Binarizer": before(Binarizer(threshold=1.3)),
    "quantiles": before(QuantileTransformer(n_quantiles=50)),
    "quantiles, forest": before(QuantileTransformer(n_quantiles=50), forest()),
    "normal quantiles": before(QuantileTransformer(n_quantiles=50, output_distribution="normal")),
    "columns by position": by_position(logistic()),
    "columns by position, forest": by_position(forest()),
}
_HOLES: dict[str, Make] = {
    "constant": lambda: make_pipeline(
        SimpleImputer(strategy="constant"), StandardScaler(), logistic()
    ),
    "constant -1, forest": before(SimpleImputer(strategy="constant", fill_value=-1), forest()),
}
_MODELS: dict[Callable[[], Split], dict[str, Make]] = {rows.iris: _IRIS, rows.holes: _HOLES}

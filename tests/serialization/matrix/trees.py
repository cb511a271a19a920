"""Cases of trees, alone and behind other steps, on rows that lie on their splits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectFromModel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tests.serialization.matrix import datasets as rows
from tests.serialization.matrix.case import Case, Split

Make = Callable[[], Any]


def forest(trees: int = 60, **options: Any) -> RandomForestClassifier:
    return RandomForestClassifier(trees, random_state=0, **options)


def hist(**options: Any) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(max_iter=20, random_state=0, **options)


def boosting(**options: Any) -> GradientBoostingClassifier:
    return GradientBoostingClassifier(n_estimators=20, random_state=0, **options)


def behind(*steps: Any) -> Make:
    return lambda: make_pipeline(*steps)


def logistic() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression())


def cases() -> Iterator[Case]:
    for on, models in _MODELS.items():
        for name, make in models.items():
            yield Case(f"{on.__name__.replace('_', ' ')}: {name}", make, on)


_BARE: dict[str, Make] = {
    "DecisionTreeClassifier": lambda: DecisionTreeClassifier(random_state=0),
    "ExtraTreeClassifier": lambda: ExtraTreeClassifier(random_state=0),
    "RandomForestClassifier": forest,
    "ExtraTreesClassifier": lambda: ExtraTreesClassifier(60, random_state=0),
    "GradientBoostingClassifier": boosting,
    "HistGradientBoostingClassifier": hist,
}
_BARE_AMOUNTS: dict[str, Make] = {
    "DecisionTreeRegressor": lambda: DecisionTreeRegressor(random_state=0),
    "ExtraTreeRegressor": lambda: ExtraTreeRegressor(random_state=0),
    "RandomForestRegressor": lambda: RandomForestRegressor(30, random_state=0),
    "ExtraTreesRegressor": lambda: ExtraTreesRegressor(30, random_state=0),
    "GradientBoostingRegressor": lambda: GradientBoostingRegressor(n_estimators=20),
    "HistGradientBoostingRegressor": lambda: HistGradientBoostingRegressor(max_iter=20),
}
_SCALED: dict[str, Make] = {
    "StandardScaler+DecisionTree": behind(StandardScaler(), DecisionTreeClassifier()),
    "StandardScaler+RandomForest": behind(StandardScaler(), forest()),
    "StandardScaler+ExtraTrees": behind(StandardScaler(), ExtraTreesClassifier(60)),
    "StandardScaler+GradientBoosting": behind(StandardScaler(), boosting()),
    "StandardScaler+HistGradientBoosting": behind(StandardScaler(), hist()),
    "MinMaxScaler+RandomForest": behind(MinMaxScaler(), forest()),
    "RobustScaler+HistGradientBoosting": behind(RobustScaler(), hist()),
    "MaxAbsScaler+RandomForest": behind(MaxAbsScaler(), forest()),
    "QuantileTransformer+RandomForest": behind(QuantileTransformer(n_quantiles=50), forest(10)),
    "PowerTransformer+RandomForest": behind(PowerTransformer(), forest(10)),
    "PCA+RandomForest": behind(PCA(3), forest(10)),
    "StandardScaler+AdaBoost": behind(StandardScaler(), AdaBoostClassifier(random_state=0)),
    "StandardScaler+IsolationForest": behind(StandardScaler(), IsolationForest(n_estimators=20)),
}
_AROUND: dict[str, Make] = {
    "Bagging": lambda: BaggingClassifier(random_state=0),
    "AdaBoost": lambda: AdaBoostClassifier(n_estimators=10, random_state=0),
    "AdaBoost of deeper trees": lambda: AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=3), n_estimators=10, random_state=0
    ),
    "AdaBoost(logistic)": lambda: AdaBoostClassifier(
        LogisticRegression(max_iter=5000), n_estimators=5, random_state=0
    ),
    "Calibrated sigmoid(forest)": lambda: CalibratedClassifierCV(forest(20), cv=3),
    "Calibrated sigmoid(hist), one": lambda: CalibratedClassifierCV(hist(), cv=3, ensemble=False),
    "Voting soft": lambda: VotingClassifier(
        [("f", forest(20)), ("l", logistic()), ("n", GaussianNB())], voting="soft"
    ),
    "Voting hard": lambda: VotingClassifier(
        [("t", DecisionTreeClassifier()), ("l", logistic()), ("n", GaussianNB())]
    ),
    "Stacking(forest, logistic)": lambda: StackingClassifier(
        [("f", forest(20)), ("l", logistic())], cv=3
    ),
    "Stacking(hist, logistic)": lambda: StackingClassifier(
        [("h", hist()), ("l", logistic())], cv=3
    ),
    "GridSearchCV(forest)": lambda: GridSearchCV(forest(), {"n_estimators": [10, 20]}, cv=3),
    "GridSearchCV(scaler+hist)": lambda: GridSearchCV(
        make_pipeline(StandardScaler(), hist()), {}, cv=3
    ),
    "RandomizedSearchCV(forest)": lambda: RandomizedSearchCV(
        forest(), {"n_estimators": [10, 20]}, n_iter=2, cv=3, random_state=0
    ),
    "boosting with the exponential loss": lambda: boosting(loss="exponential"),
    "SelectFromModel(forest)+logistic": lambda: make_pipeline(
        SelectFromModel(forest(10)), logistic()
    ),
    "IsolationForest": lambda: IsolationForest(n_estimators=20, random_state=0),
    "IsolationForest of some columns": lambda: IsolationForest(
        n_estimators=20, max_features=0.3, contamination=0.1, random_state=0
    ),
}
_AROUND_AMOUNTS: dict[str, Make] = {
    "BaggingRegressor": lambda: BaggingRegressor(random_state=0),
    "AdaBoostRegressor": lambda: AdaBoostRegressor(n_estimators=10, random_state=0),
    "VotingRegressor": lambda: VotingRegressor([("f", RandomForestRegressor(10)), ("r", Ridge())]),
    "StackingRegressor": lambda: StackingRegressor(
        [("f", RandomForestRegressor(10)), ("r", Ridge())], cv=3
    ),
    "hist with the poisson loss": lambda: HistGradientBoostingRegressor(
        loss="poisson", max_iter=20
    ),
    "boosting with the Huber loss": lambda: GradientBoostingRegressor(
        loss="huber", n_estimators=20
    ),
}
_MODELS: dict[Callable[[], Split], dict[str, Make]] = {
    rows.iris: {
        **_BARE,
        "AdaBoost": lambda: AdaBoostClassifier(n_estimators=10, random_state=0),
    },
    rows.cents: {**_BARE, **_SCALED},
    rows.whole: {
        "RandomForest": forest,
        "RandomForest of 61": lambda: forest(61),
        "StandardScaler+RandomForest": behind(StandardScaler(), forest()),
        "StandardScaler+HistGradientBoosting": behind(StandardScaler(), hist()),
    },
    rows.large: _BARE,
    rows.diabetes: {**_BARE_AMOUNTS, **_AROUND_AMOUNTS},
    rows.cents_amount: {
        **_BARE_AMOUNTS,
        "StandardScaler+AdaBoost": behind(StandardScaler(), AdaBoostRegressor(random_state=0)),
        "StandardScaler+HistGradientBoosting": behind(
            StandardScaler(), HistGradientBoostingRegressor(max_iter=20)
        ),
    },
    rows.cancer: _AROUND,
    rows.holes: {
        "RandomForest": forest,
        "HistGradientBoosting": hist,
        "IsolationForest": lambda: IsolationForest(n_estimators=20, random_state=0),
        "SimpleImputer+RandomForest": behind(SimpleImputer(), forest()),
        "SimpleImputer median+scaler+hist": behind(
            SimpleImputer(strategy="median"), StandardScaler(), hist()
        ),
    },
    rows.holes_amount: {
        "HistGradientBoostingRegressor": lambda: HistGradientBoostingRegressor(max_iter=20)
    },
    rows.truths: {"RandomForest": forest, "HistGradientBoosting": hist},
    rows.odd_labels: {"GradientBoosting": boosting},
    rows.names: {"RandomForest": forest, "HistGradientBoosting": hist},
    rows.digits: {"RandomForest": lambda: forest(20)},
    rows.two_targets: {
        "RandomForestRegressor": lambda: RandomForestRegressor(10, random_state=0),
        "MultiOutput(boosting)": lambda: MultiOutputRegressor(
            GradientBoostingRegressor(n_estimators=10)
        ),
    },
}

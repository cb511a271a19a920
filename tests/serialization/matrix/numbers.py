"""Cases on plain numbers: one estimator, or a few in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA, IncrementalPCA, KernelPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.feature_selection import (
    RFE,
    GenericUnivariateSelect,
    SelectFdr,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
)
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lars,
    Lasso,
    LassoCV,
    LassoLars,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskLasso,
    OrthogonalMatchingPursuit,
    Perceptron,
    PoissonRegressor,
    QuantileRegressor,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
    TheilSenRegressor,
    TweedieRegressor,
)
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.random_projection import GaussianRandomProjection
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR, OneClassSVM

from tests.serialization.matrix import datasets as rows
from tests.serialization.matrix.case import Case, Split

Make = Callable[[], Any]


def scaled(model: Any) -> Make:
    return lambda: make_pipeline(StandardScaler(), model)


def logistic(**options: Any) -> LogisticRegression:
    return LogisticRegression(max_iter=2000, **options)


def cases() -> Iterator[Case]:
    for on, models in _MODELS.items():
        for name, make in models.items():
            yield Case(name, make, on)


_LABELS: dict[str, Make] = {
    "LogisticRegression": logistic,
    "LogisticRegressionCV": lambda: LogisticRegressionCV(
        Cs=3, max_iter=2000, l1_ratios=(0.0,), use_legacy_attributes=False
    ),
    "StandardScaler+LogisticRegression": scaled(logistic()),
    "RidgeClassifier": RidgeClassifier,
    "RidgeClassifierCV": RidgeClassifierCV,
    "Perceptron": Perceptron,
    "SGDClassifier": lambda: SGDClassifier(random_state=0),
    "SGDClassifier log_loss": lambda: SGDClassifier(loss="log_loss", random_state=0),
    "LinearSVC": LinearSVC,
    "SVC": SVC,
    "StandardScaler+SVC": scaled(SVC()),
    "SVC of products": lambda: SVC(kernel="linear"),
    "StandardScaler+SVC of cubes": scaled(SVC(kernel="poly", coef0=1.0)),
    "StandardScaler+SVC, sigmoid, pairs": scaled(
        SVC(kernel="sigmoid", decision_function_shape="ovo")
    ),
    "SVC that breaks ties": lambda: SVC(break_ties=True),
    "SVC with probabilities": lambda: SVC(probability=True, random_state=0),
    "NuSVC": NuSVC,
    "GaussianNB": GaussianNB,
    "BernoulliNB": lambda: BernoulliNB(binarize=3.0),
    "LinearDiscriminantAnalysis": LinearDiscriminantAnalysis,
    "QuadraticDiscriminantAnalysis": QuadraticDiscriminantAnalysis,
    "KNeighborsClassifier": KNeighborsClassifier,
    "StandardScaler+MLPClassifier": scaled(MLPClassifier((8,), max_iter=500, random_state=0)),
    "OneVsRest(LogisticRegression)": lambda: OneVsRestClassifier(logistic()),
    "OneVsOne(LogisticRegression)": lambda: OneVsOneClassifier(logistic()),
    "Calibrated sigmoid(LinearSVC)": lambda: CalibratedClassifierCV(LinearSVC(), cv=3),
    "Calibrated sigmoid(GaussianNB)": lambda: CalibratedClassifierCV(GaussianNB(), cv=3),
    "GridSearchCV(scaler+SVC)": lambda: GridSearchCV(
        make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.5, 1]}, cv=3
    ),
    "FrozenEstimator(LogisticRegression)": lambda: make_pipeline(FrozenScaler(), logistic()),
    "PCA+LogisticRegression": lambda: make_pipeline(PCA(2), logistic()),
    "PCA+SVC": lambda: make_pipeline(PCA(2), SVC()),
    "FeatureUnion(PCA, SelectKBest)+LogisticRegression": lambda: make_pipeline(
        FeatureUnion([("p", PCA(2)), ("k", SelectKBest(k=2))]), logistic()
    ),
    "SimpleImputer+MinMaxScaler+LogisticRegression": lambda: make_pipeline(
        SimpleImputer(), MinMaxScaler(), logistic()
    ),
}


def FrozenScaler() -> Any:  # noqa: N802 (reads as a class in the table above)
    return FrozenEstimator(StandardScaler().fit(rows.iris().rows))


_AMOUNTS: dict[str, Make] = {
    "LinearRegression": LinearRegression,
    "Ridge": Ridge,
    "RidgeCV": RidgeCV,
    "Lasso": lambda: Lasso(0.1),
    "LassoCV": lambda: LassoCV(cv=3),
    "ElasticNet": lambda: ElasticNet(0.01),
    "ElasticNetCV": lambda: ElasticNetCV(cv=3),
    "Lars": Lars,
    "LassoLars": lambda: LassoLars(0.1),
    "ARDRegression": ARDRegression,
    "BayesianRidge": BayesianRidge,
    "HuberRegressor": lambda: HuberRegressor(max_iter=1000),
    "OrthogonalMatchingPursuit": OrthogonalMatchingPursuit,
    "PoissonRegressor": PoissonRegressor,
    "GammaRegressor": GammaRegressor,
    "TweedieRegressor": lambda: TweedieRegressor(power=1.5),
    "QuantileRegressor": lambda: QuantileRegressor(alpha=0.0),
    "RANSACRegressor": lambda: RANSACRegressor(random_state=0),
    "TheilSenRegressor": lambda: TheilSenRegressor(random_state=0, max_subpopulation=200),
    "SGDRegressor": lambda: SGDRegressor(random_state=0),
    "LinearSVR": LinearSVR,
    "SVR": SVR,
    "NuSVR": NuSVR,
    "StandardScaler+NuSVR of squares": scaled(NuSVR(kernel="poly", degree=2)),
    "KNeighborsRegressor": KNeighborsRegressor,
    "StandardScaler+MLPRegressor": scaled(
        MLPRegressor(hidden_layer_sizes=(8,), max_iter=3000, random_state=0)
    ),
    "GaussianProcessRegressor": scaled(GaussianProcessRegressor(RBF(), alpha=0.1)),
    "PLSRegression": PLSRegression,
    "PolynomialFeatures(2)+Ridge": lambda: make_pipeline(PolynomialFeatures(2), Ridge()),
}
_SHAPES: dict[str, Make] = {
    "StandardScaler": StandardScaler,
    "MinMaxScaler": MinMaxScaler,
    "MaxAbsScaler": MaxAbsScaler,
    "RobustScaler": RobustScaler,
    "Normalizer": Normalizer,
    "Binarizer": lambda: Binarizer(threshold=3.0),
    "PowerTransformer": PowerTransformer,
    "QuantileTransformer": lambda: QuantileTransformer(n_quantiles=20),
    "PolynomialFeatures": PolynomialFeatures,
    "KBinsDiscretizer ordinal": lambda: KBinsDiscretizer(
        encode="ordinal", quantile_method="averaged_inverted_cdf"
    ),
    "PCA": lambda: PCA(2),
    "IncrementalPCA": lambda: IncrementalPCA(2),
    "KernelPCA": lambda: KernelPCA(2, kernel="rbf"),
    "TruncatedSVD": lambda: TruncatedSVD(2),
    "GaussianRandomProjection": lambda: GaussianRandomProjection(2, random_state=0),
    "VarianceThreshold": lambda: VarianceThreshold(0.1),
}
_CHOOSERS: dict[str, Make] = {
    "SelectKBest": lambda: SelectKBest(k=2),
    "SelectPercentile": lambda: SelectPercentile(percentile=50),
    "SelectFdr": SelectFdr,
    "GenericUnivariateSelect": lambda: GenericUnivariateSelect(mode="k_best", param=2),
    "RFE(LogisticRegression)": lambda: RFE(logistic()),
}
_GROUPS: dict[str, Make] = {
    "KMeans": lambda: KMeans(4, random_state=0),
    "MiniBatchKMeans": lambda: MiniBatchKMeans(4, random_state=0),
    "StandardScaler+KMeans": scaled(KMeans(4, random_state=0)),
    "GaussianMixture": lambda: GaussianMixture(4, random_state=0),
    "BayesianGaussianMixture": lambda: BayesianGaussianMixture(n_components=4, random_state=0),
    "OneClassSVM": lambda: OneClassSVM(nu=0.1),
    "StandardScaler+OneClassSVM": scaled(OneClassSVM(nu=0.1)),
    "SGDOneClassSVM": lambda: SGDOneClassSVM(nu=0.1, random_state=0),
}
_COUNTS: dict[str, Make] = {
    "MultinomialNB": MultinomialNB,
    "ComplementNB": ComplementNB,
    "CategoricalNB": lambda: CategoricalNB(min_categories=30),
}

_MODELS: dict[Callable[[], Split], dict[str, Make]] = {
    rows.iris: {**_LABELS, **_CHOOSERS},
    rows.iris_once: _SHAPES,
    rows.diabetes: _AMOUNTS,
    rows.blobs: _GROUPS,
    rows.whole_positive: _COUNTS,
    rows.digits: {"LogisticRegression on digits": logistic},
    rows.species: {"text labels, LogisticRegression": logistic},
    rows.truths: {"truth labels, scaled LogisticRegression": scaled(logistic())},
    rows.fractions: {"fraction labels, scaled LogisticRegression": scaled(logistic())},
    rows.large: {
        "large numbers, StandardScaler+LogisticRegression": scaled(logistic()),
        "large numbers, StandardScaler+SVC": scaled(SVC()),
        "large numbers, StandardScaler+NuSVC with probabilities": scaled(
            NuSVC(probability=True, random_state=0)
        ),
    },
    rows.large_amount: {
        "large numbers, LinearRegression": LinearRegression,
        "large numbers, StandardScaler+Ridge": scaled(Ridge()),
    },
    rows.two_labels: {"MultiOutput(LogisticRegression)": lambda: MultiOutputClassifier(logistic())},
    rows.two_targets: {
        "MultiOutput(Ridge)": lambda: MultiOutputRegressor(Ridge()),
        "MultiTaskLasso": lambda: MultiTaskLasso(0.1),
    },
}

"""Rows next to the splits of trees: where rounding can send a row to the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_faas.serialization.estimators import children, is_a, unwrapped
from jupyter_faas.serialization.exact import is_booster, known_trees
from jupyter_faas.serialization.parity.rows import RowSet, spread

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_THRESHOLDS = 150


def threshold_rows(model: Any, sample: Array, rng: np.random.Generator) -> RowSet:
    """Seven values around each of up to 150 splits, put into rows of the sample.

    Only trees that read the rows themselves have splits that rows can be placed at; behind a
    scaler, jumps are looked for instead.
    """
    import numpy as np

    splits = np.array(sorted(set(splits_of(model))), dtype=np.float64).reshape(-1, 2)
    parts = []
    marks: list[int] = []
    for feature, threshold in spread(splits, MAX_THRESHOLDS):
        values = around(float(threshold))
        base = sample[rng.integers(0, len(sample), len(values))].copy()
        base[:, int(feature)] = values
        marks += [int(feature)] * len(values)
        parts.append(base)
    rows = np.concatenate(parts) if parts else sample[:0]
    return RowSet("thresholds", rows, True, False, len(rows), tuple(marks))


def around(threshold: float) -> list[float]:
    """The threshold, its float64 and float32 neighbours, and the middle of its two roundings."""
    import numpy as np

    t = np.float64(threshold)
    short = np.float32(t)
    return [
        float(value)
        for value in (
            t,
            np.nextafter(t, -np.inf),
            np.nextafter(t, np.inf),
            short,
            np.nextafter(short, np.float32(-np.inf)),
            np.nextafter(short, np.float32(np.inf)),
            (t + np.float64(short)) / 2,
        )
    ]


def splits_of(model: Any) -> list[tuple[int, float]]:
    """(column, threshold) of every split of the trees that read the rows themselves."""
    model = unwrapped(model)
    if type(model).__name__ in ("Pipeline", "ColumnTransformer", "FeatureUnion"):
        return []
    if is_a(model, "BaseHistGradientBoosting"):
        trees = [tree for iteration in model._predictors for tree in iteration]
        return [
            (int(node["feature_idx"]), float(node["num_threshold"]))
            for tree in trees
            for node in tree.nodes
            if not node["is_leaf"] and not node["is_categorical"] and _finite(node["num_threshold"])
        ]
    if is_booster(model):
        return [
            (int(feature), float(threshold))
            for tree in known_trees(model)
            for feature, threshold in zip(
                tree.features[~tree.leaf], tree.thresholds[~tree.leaf], strict=True
            )
            if _finite(threshold)
        ]
    if is_a(model, "BaseDecisionTree"):
        tree = model.tree_
        return [
            (int(feature), float(threshold))
            for feature, threshold in zip(tree.feature, tree.threshold, strict=True)
            if feature >= 0 and _finite(threshold)
        ]
    return _splits_of_parts(model)


def _splits_of_parts(model: Any) -> list[tuple[int, float]]:
    final = getattr(model, "final_estimator_", None)
    # Bagging shows each part some of the columns only.
    chosen = getattr(model, "estimators_features_", None)
    found: list[tuple[int, float]] = []
    for i, part in enumerate(parts_of(model)):
        splits = splits_of(part)
        found += splits if chosen is None else [(int(chosen[i][f]), t) for f, t in splits]
    if not found:
        for _, part in children("", model):
            found += splits_of(part) if part is not final else []
    return found


def parts_of(model: Any) -> list[Any]:
    """The members of an ensemble, in order."""
    members = getattr(model, "estimators_", None)
    if members is None or isinstance(members, dict):
        return []
    return members.ravel().tolist() if hasattr(members, "ravel") else list(members)


def _finite(value: Any) -> bool:
    return bool(abs(float(value)) < float("inf"))

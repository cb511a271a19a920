"""Read the trees of fitted scikit-learn models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.exact.ensemble import Tree, constant

CATEGORIES = "splits on categories"


class NoExactConverter(Exception):
    """Our converters do not support this model; a stock converter may."""


def read_tree(tree: Any, targets: int, factor: float = 1.0) -> Iterator[Tree]:
    """Read a ``sklearn.tree._tree.Tree`` of one output, once for each column that it predicts.

    ``factor``: multiplies the leaves, as boosting does at prediction. Raises NoExactConverter for
    several outputs.
    """
    if tree.n_outputs != 1:
        raise NoExactConverter("trees of several outputs")
    leaf = tree.children_left == tree.children_right
    for target in range(targets):
        yield Tree(
            target=target,
            features=tree.feature,
            thresholds=tree.threshold,
            missing_left=tree.missing_go_to_left.astype(bool),
            left=tree.children_left,
            right=tree.children_right,
            leaf=leaf,
            values=factor * tree.value[:, 0, target],
        )


def read_gradient_boosting(model: Any) -> Iterator[Tree]:
    """Read the initial prediction and the stages of a GradientBoosting model."""
    for target, start in enumerate(_start(model)):
        yield constant(target, float(start))
    for stage in model.estimators_:
        for target, member in enumerate(stage):
            for tree in read_tree(member.tree_, 1, model.learning_rate):
                yield replace(tree, target=target)


def read_hist_gradient_boosting(model: Any) -> Iterator[Tree]:
    """Read the baseline and the iterations of a HistGradientBoosting model.

    Raises NoExactConverter where it encodes categories: see ``rewriting.unfold_categories``.
    """
    if getattr(model, "_preprocessor", None) is not None:
        raise NoExactConverter(CATEGORIES)

    for target, start in enumerate(np.ravel(model._baseline_prediction)):
        yield constant(target, float(start))
    for iteration in model._predictors:
        for target, predictor in enumerate(iteration):
            nodes = predictor.nodes
            leaf = nodes["is_leaf"].astype(bool)
            yield Tree(
                target=target,
                features=nodes["feature_idx"],
                thresholds=nodes["num_threshold"],
                missing_left=nodes["missing_go_to_left"].astype(bool),
                left=nodes["left"].astype(np.int64),
                right=nodes["right"].astype(np.int64),
                leaf=leaf,
                values=nodes["value"],
                members={
                    int(node): _in_bitset(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
                    for node in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf)
                },
            )


def _in_bitset(words: Array) -> list[int]:
    """Return the positions of the set bits, in words of 32 bits."""
    return [
        32 * place + bit
        for place, word in enumerate(words.tolist())
        for bit in range(32)
        if word >> bit & 1
    ]


def _start(model: Any) -> Array:
    """Return the raw predictions before the first stage, one for each column."""
    constant_start = isinstance(model.init_, str) or type(model.init_).__name__.startswith("Dummy")
    if not constant_start:
        raise NoExactConverter(f"a start by {type(model.init_).__name__}")
    row = np.zeros((1, model.n_features_in_), dtype=np.float32)
    start: Array = model._raw_predict_init(row)[0]
    return start

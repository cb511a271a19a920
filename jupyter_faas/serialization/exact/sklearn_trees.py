"""Read the trees of fitted scikit-learn models into ``ensemble.Tree`` objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import is_a
from jupyter_faas.serialization.exact.ensemble import Tree, constant

CATEGORIES = "splits on categories"


class NoExactConverter(Exception):
    """An exception for models that our converters do not support; a stock converter may."""


def read_tree(tree: Any, sizes: Sequence[int], factor: float = 1.0) -> Iterator[Tree]:
    """Yield one tree for each column that a ``sklearn.tree._tree.Tree`` predicts.

    ``sizes``: the number of columns of each output, which is the number of classes, or 1 for
    quantities. ``factor``: a factor for the leaves, such as the learning rate of a boosted model.
    """
    leaf = tree.children_left == tree.children_right
    columns = [(output, value) for output, size in enumerate(sizes) for value in range(size)]
    for target, (output, value) in enumerate(columns):
        yield Tree(
            target=target,
            features=tree.feature,
            thresholds=tree.threshold,
            missing_left=tree.missing_go_to_left.astype(bool),
            left=tree.children_left,
            right=tree.children_right,
            leaf=leaf,
            values=factor * tree.value[:, output, value],
        )


def read_gradient_boosting(model: Any) -> Iterator[Tree]:
    """Yield the initial predictions and the trees of a GradientBoosting model, in order.

    Raises NoExactConverter if the initial predictions depend on the row.
    """
    for target, start in enumerate(_start(model)):
        yield constant(target, float(start))
    for stage in model.estimators_:
        for target, member in enumerate(stage):
            for tree in read_tree(member.tree_, [1], model.learning_rate):
                yield replace(tree, target=target)


def read_ada_boost(model: Any) -> Iterator[Tree]:
    """Yield the votes of an AdaBoostClassifier's trees, in order.

    With two classes, there is one column, with the votes for the second class. Raises
    NoExactConverter for estimators other than trees, and for trees that lack a class.
    """
    classes = len(model.classes_)
    columns = [1] if classes == 2 else list(range(classes))
    against = -1 / (classes - 1)
    for member, weight in zip(trees_of(model), model.estimator_weights_, strict=False):
        if len(member.classes_) != classes:
            raise NoExactConverter("a tree that was not fitted on every label")
        chosen = member.tree_.value[:, 0].argmax(axis=1)
        (tree,) = read_tree(member.tree_, [1])
        for target, label in enumerate(columns):
            votes = np.where(chosen == label, weight, against * weight)
            yield replace(tree, target=target, values=votes)


def trees_of(model: Any) -> list[Any]:
    """Return the trees of an ensemble. Raises NoExactConverter for other estimators."""
    members = list(model.estimators_)
    if not all(is_a(member, "BaseDecisionTree") for member in members):
        raise NoExactConverter("estimators other than trees")
    return members


def read_isolation_forest(model: Any) -> Iterator[Tree]:
    """Yield the trees of an IsolationForest. Their leaves have the depths that rows would reach."""
    samples_columns = model._max_features != model.n_features_in_
    parts = zip(
        model.estimators_,
        model.estimators_features_,
        model._decision_path_lengths,
        model._average_path_length_per_tree,
        strict=True,
    )
    for member, columns, nodes, below in parts:
        (tree,) = read_tree(member.tree_, [1])
        inner = np.where(tree.leaf, 0, tree.features)
        features = columns[inner] if samples_columns else inner
        yield replace(tree, features=features, values=nodes + below - 1.0)


def read_hist_gradient_boosting(model: Any) -> Iterator[Tree]:
    """Yield the baseline and the trees of a HistGradientBoosting model, in order.

    Raises NoExactConverter if the model encodes categories. ``rewriting.unfold_categories`` moves
    the encoding to a separate step.
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
    """Return the positions of the bits that are set. Each element of ``words`` has 32 bits."""
    return [
        32 * place + bit
        for place, word in enumerate(words.tolist())
        for bit in range(32)
        if word >> bit & 1
    ]


def _start(model: Any) -> Array:
    """Return the raw predictions before the first stage, one for each column.

    Raises NoExactConverter if the predictions depend on the row.
    """
    constant_start = isinstance(model.init_, str) or type(model.init_).__name__.startswith("Dummy")
    if not constant_start:
        raise NoExactConverter(f"initial predictions by {type(model.init_).__name__}")
    # The initial prediction is the same for every row, so a row of zeros is sufficient.
    row = np.zeros((1, model.n_features_in_), dtype=np.float32)
    start: Array = model._raw_predict_init(row)[0]
    return start

"""Remove times, paths, memory addresses and trees for training while an estimator is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jupyter_faas.serialization.estimators import is_a, is_model, is_search, steps

# Attributes that are not written, with the reason that is shown if an action reads them.
OMITTED: Mapping[str, str] = {"refit_time_": "the fitting time is not packaged"}
# Attributes of a class that only ``fit`` and ``partial_fit`` use. The nodes of Birch's tree refer
# to each other in circles, which skops cannot write.
_FOR_TRAINING: Mapping[str, Mapping[str, str]] = {
    "Birch": dict.fromkeys(("root_", "dummy_leaf_"), "the tree that fit() built is not packaged"),
}
_ADDRESS = "_stop_words_id"


def omitted(model: Any) -> dict[str, str]:
    """Return the attributes of ``model`` that are not written, with the reasons."""
    names = {**OMITTED, **_FOR_TRAINING.get(type(model).__name__, {})}
    return {name: reason for name, reason in names.items() if hasattr(model, name)}


@contextmanager
def without_fit_metadata(model: Any) -> Iterator[None]:
    """Remove what is not written from ``model`` during the ``with`` block.

    These are times, paths, memory addresses and what only training uses. The archive's bytes are
    then reproducible. Column selections of type ``pandas.Index`` are also replaced, because skops
    does not support them. These changes are reverted after the block.
    """
    # The model itself is changed and restored, because copying it could double the memory usage.
    removed: list[tuple[Any, str, Any]] = []
    try:
        for estimator in _estimators(model):
            _reset_query_counters(estimator)
            for attribute, value in _changes(estimator).items():
                removed.append((estimator, attribute, vars(estimator)[attribute]))
                vars(estimator)[attribute] = value
        yield
    finally:
        for estimator, attribute, value in reversed(removed):
            vars(estimator)[attribute] = value


def _estimators(model: Any) -> Iterator[Any]:
    """Yield every estimator in the model, and the unfitted estimators in their parameters."""
    for step in steps("", model):
        yield step.estimator
        if is_model(step.estimator):
            yield from (each for each in step.estimator.get_params().values() if is_model(each))


def _reset_query_counters(estimator: Any) -> None:
    """Reset the counters of a search tree for neighbours, which every query changes.

    Otherwise, a model that has answered since it was packaged would have other bytes. The counters
    do not affect the results.
    """
    for value in vars(estimator).values():
        if is_a(value, "BinaryTree32", "BinaryTree64"):
            state = list(value.__getstate__())
            # The counters of trims, leaves, splits and distance calls.
            state[7:11] = [0, 0, 0, 0]
            value.__setstate__(tuple(state))


def _listed_columns(estimator: Any) -> dict[str, Any]:
    """Return a ColumnTransformer's attributes with each ``pandas.Index`` replaced with a list.

    Returns an empty dictionary for other estimators.
    """
    if type(estimator).__name__ != "ColumnTransformer":
        return {}
    held = vars(estimator)
    changes: dict[str, Any] = {
        name: [(*triple[:2], _plain(triple[2])) for triple in held[name]]
        for name in ("transformers", "transformers_")
        if name in held
    }
    if "_columns" in held:
        changes["_columns"] = [_plain(columns) for columns in held["_columns"]]
    return changes


def _plain(columns: Any) -> Any:
    return columns.tolist() if is_a(columns, "Index") else columns


def _changes(estimator: Any) -> dict[str, Any]:
    held = vars(estimator)
    changes: dict[str, Any] = {}
    if held.get("memory") is not None:
        # The cache directory of a pipeline is a local path, and only ``fit`` uses it.
        changes["memory"] = None
    if held.get(_ADDRESS) is not None:
        changes[_ADDRESS] = None
    changes.update(_listed_columns(estimator))
    if is_search(estimator) and "cv_results_" in held:
        results = held["cv_results_"]
        changes["cv_results_"] = {k: v for k, v in results.items() if not k.endswith("_time")}
    names = (*OMITTED, *_FOR_TRAINING.get(type(estimator).__name__, ()))
    changes.update({name: None for name in names if name in held})
    return changes

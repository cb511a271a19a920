"""What an estimator remembers of the machine that fitted it, and of no use to its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jupyter_faas.serialization.estimators import is_a, is_model, is_search, steps

# What stays behind, and why; a cell that asks for one is told.
LEFT_BEHIND: Mapping[str, str] = {"refit_time_": "how long fitting took stays behind"}
_ADDRESS = "_stop_words_id"


@contextmanager
def without_fit_metadata(model: Any) -> Iterator[None]:
    """Inside, ``model`` holds no times, folders and addresses; afterwards it does again.

    The same notebook shall give the same bytes, wherever and whenever it runs. Nor does it hold
    pandas' own objects, which skops cannot.
    """
    undone: list[tuple[Any, str, Any]] = []
    try:
        for estimator in _estimators(model):
            for attribute, value in _changes(estimator).items():
                undone.append((estimator, attribute, vars(estimator)[attribute]))
                vars(estimator)[attribute] = value
        yield
    finally:
        for estimator, attribute, value in reversed(undone):
            vars(estimator)[attribute] = value


def _estimators(model: Any) -> Iterator[Any]:
    """Every estimator inside, also the unfitted ones that fitted ones were copied from."""
    for step in steps("", model):
        yield step.estimator
        if is_model(step.estimator):
            yield from (each for each in step.estimator.get_params().values() if is_model(each))


def _listed_columns(estimator: Any) -> dict[str, Any]:
    """Columns that were chosen by ``frame.columns[…]`` as the list of their names."""
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
        # A folder of this machine, which is read and written when the estimator is fitted.
        changes["memory"] = None
    if held.get(_ADDRESS) is not None:
        changes[_ADDRESS] = None
    changes.update(_listed_columns(estimator))
    if is_search(estimator) and "cv_results_" in held:
        results = held["cv_results_"]
        changes["cv_results_"] = {k: v for k, v in results.items() if not k.endswith("_time")}
    changes.update({name: None for name in LEFT_BEHIND if name in held})
    return changes

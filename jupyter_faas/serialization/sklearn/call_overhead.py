"""Reduce the time that scikit-learn needs per call, without changing its results.

The parity check calls a model many times. A call of a forest with 100 trees takes milliseconds even
for a single row: for each tree, scikit-learn wraps a function, restores its settings and the
warning filters, because trees may run in other threads, and checks that the tree is fitted and has
the forest's number of columns. The helper process predicts in one thread, and its models are
fitted. The computation itself is not changed: it is the model's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def patch_sklearn() -> None:
    """Patch scikit-learn in this process, unless it is already patched.

    Only the helper process calls this function. The user's kernel stays as it is.
    """
    try:
        import sklearn.tree._classes as trees
        from sklearn.ensemble import _bagging, _forest, _iforest
        from sklearn.utils import parallel

        task, tree = parallel._FuncWrapper, trees.BaseDecisionTree
        check, validate = trees.check_is_fitted, tree._validate_X_predict
    except (ImportError, AttributeError):
        # These are private, so another scikit-learn may lack them. Calls are then only slower.
        return
    if parallel.Parallel.__call__.__module__ == __name__:
        return
    parallel.Parallel.__call__ = _with_direct_calls(parallel.Parallel.__call__, task)
    task.__init__ = _without_name
    for module in (_bagging, _forest, _iforest):
        module.delayed = _plain_delayed(task)
    trees.check_is_fitted = _with_fitted_trees(check)
    tree._validate_X_predict = _with_checked_rows(validate)


def _with_direct_calls(stock: Callable[..., Any], task: Any) -> Callable[..., Any]:
    def call(self: Any, iterable: Iterable[tuple[Any, Any, Any]]) -> Any:
        # joblib replaces ``n_jobs=None`` with the number of ``parallel_config``, or 1.
        if self.n_jobs != 1 or getattr(self, "return_generator", False):
            return stock(self, iterable)
        # ``delayed`` wraps each function in an object that restores the settings of the thread in
        # which ``Parallel`` was called, which is this thread.
        return [
            (function.function if type(function) is task else function)(*args, **options)
            for function, args, options in iterable
        ]

    return call


def _plain_delayed(task: Any) -> Callable[..., Any]:
    def delayed(function: Callable[..., Any]) -> Callable[..., Any]:
        # The stock function also copies the name and the docstring, for each tree.
        def call(*args: Any, **options: Any) -> tuple[Any, Any, Any]:
            return task(function), args, options

        return call

    return delayed


def _without_name(self: Any, function: Callable[..., Any]) -> None:
    # The stock method also copies the name and the docstring, which only joblib's messages show.
    self.function = function


def _with_fitted_trees(stock: Callable[..., Any]) -> Callable[..., Any]:
    def check(estimator: Any, *args: Any, **options: Any) -> None:
        if "tree_" not in vars(estimator):
            stock(estimator, *args, **options)

    return check


def _with_checked_rows(stock: Callable[..., Any]) -> Callable[..., Any]:
    def validate(self: Any, rows: Any, check_input: bool) -> Any:
        # Without ``check_input``, the stock method only compares the number of columns.
        plain = type(rows) is np.ndarray and rows.ndim == 2
        if not check_input and plain and rows.shape[1] == self.n_features_in_:
            return rows
        return stock(self, rows, check_input)

    return validate

"""Compute once what several methods of a model have in common.

A forest's ``predict`` calls its ``predict_proba``, each method of a pipeline first transforms the
rows, and all methods of an ONNX form run the same graph. When several methods are called with the
same rows, the results of these inner methods are kept and used by the next method.

The inner methods are replaced by wrappers, which are instance attributes. Removing them restores
the model.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from jupyter_faas.serialization.estimators import steps

_SCORES = ("predict_proba", "decision_function", "score_samples", "_raw_predict")
_TRANSFORM = "transform"
# The method of the ONNX form that runs the graph.
_GRAPH = "_raw"


@contextmanager
def shared_results(model: Any) -> Iterator[None]:
    """Keep the results of inner methods inside the ``with`` block.

    Only the ONNX form and models that consist of scikit-learn's own estimators share results. The
    rows must not change inside the block, except by the model itself.
    """
    wrapped: list[tuple[dict[str, Any], str]] = []
    try:
        for part, method in _inner_methods(model):
            attributes = vars(part)
            # A method may be a property that raises an error, such as ``predict_proba`` of an SVC
            # without probabilities.
            with suppress(Exception):
                if method not in attributes:
                    attributes[method] = _remembering(getattr(part, method), method in _SCORES)
                    wrapped.append((attributes, method))
        yield
    finally:
        for attributes, method in wrapped:
            attributes.pop(method, None)


def _inner_methods(model: Any) -> list[tuple[Any, str]]:
    if callable(getattr(type(model), _GRAPH, None)):
        return [(model, _GRAPH)]
    parts = [step.estimator for step in steps("", model)]
    # A class of the user may change its rows, or rely on being called each time.
    if not all(type(part).__module__.startswith("sklearn.") for part in parts):
        return []
    return [(part, method) for part in parts for method in (_TRANSFORM, *_SCORES)]


def _remembering(method: Callable[..., Any], copies: bool) -> Callable[..., Any]:
    """Return a wrapper that calls ``method`` once for the same object of rows.

    ``copies``: whether each call returns a copy. Some estimators change scores in place. The result
    of a transformation is not copied, because the next step knows it by its identity.
    """
    # The rows are kept too, because Python may use the id of an object again after its end.
    known: dict[int, tuple[Any, Any]] = {}

    @functools.wraps(method)
    def remembering(rows: Any, *args: Any, **options: Any) -> Any:
        if args or options:
            return method(rows, *args, **options)
        if id(rows) not in known:
            known[id(rows)] = rows, method(rows)
        result = known[id(rows)][1]
        return copy.deepcopy(result) if copies else result

    return remembering

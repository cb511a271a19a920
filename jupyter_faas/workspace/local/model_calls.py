"""Record the rows that a function passes to its models, so that each model gets its own sample.

A function may use several models, such as a vectorizer and a classifier. No single sample fits all
of them, because one model reads what another returns. While the function runs in the notebook, the
methods of its live models are replaced by wrappers, which keep the rows and then call the original
method. The wrappers are instance attributes, so removing them restores the models.
"""

from __future__ import annotations

import copy
import functools
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from jupyter_faas.serialization.networks.torch_arrays import OnArrays, SampleShapes

# The methods that take rows of the model's input. ``inverse_transform`` is missing, because it
# takes rows of the output.
_ROW_METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "score_samples",
    "kneighbors",
    "radius_neighbors",
    "apply",
    "leaf_index",
    # Calling a PyTorch module calls this method.
    "forward",
)
# The limits of what is kept: rows per call, and rows per model.
_CALL_ROWS = 256
_MODEL_ROWS = 4_096
# The largest number of shapes of one model that are exported together.
_SHAPES = 8


class ModelCalls:
    """The rows that a function has passed to its models.

    ``models`` maps the captured names to the live models.
    """

    def __init__(self, models: Mapping[str, object]) -> None:
        self._models = models
        self._groups: dict[str, dict[object, list[Any]]] = {name: {} for name in models}
        self._counts = dict.fromkeys(models, 0)
        # While a model computes, it may call another captured model or itself. Such calls are not
        # the function's.
        self._active = False

    @property
    def models(self) -> Mapping[str, object]:
        return self._models

    def complete(self) -> bool:
        """Return whether rows have been recorded for every model."""
        return all(self._groups.values())

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record calls inside the ``with`` block. The models are restored in all cases."""
        wrapped: list[tuple[dict[str, Any], str]] = []
        try:
            for name, model in self._models.items():
                # The wrapper of ``on_arrays`` calls the module that it holds.
                model = model.module if isinstance(model, OnArrays) else model
                attributes = getattr(model, "__dict__", None)
                if not isinstance(attributes, dict):
                    continue
                for method in _ROW_METHODS:
                    # A method may be a property that raises an error, such as ``predict_proba`` of
                    # an SVC without probabilities.
                    original = _method(model, method)
                    if original is not None and method not in attributes:
                        # Writing to __dict__ avoids ``__setattr__`` of PyTorch and Keras models.
                        attributes[method] = self._wrapper(name, original)
                        wrapped.append((attributes, method))
            yield
        finally:
            for attributes, method in wrapped:
                attributes.pop(method, None)
            self._active = False

    def rows(self) -> dict[str, Any]:
        """Return the rows of each model that was called, in the form in which it was called.

        If a model was called with several forms of rows, the form with the most rows is chosen. A
        PyTorch module that was called with tensors of several shapes gets ``SampleShapes``.
        """
        found: dict[str, Any] = {}
        for name, groups in self._groups.items():
            if groups:
                most = sorted(groups.items(), key=lambda each: -sum(map(_length, each[1])))
                alike = [
                    parts for form, parts in most if _dimensions(form) == _dimensions(most[0][0])
                ]
                with suppress(Exception), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    first, *others = map(_joined, alike[:_SHAPES])
                    found[name] = SampleShapes((first, *others)) if others else first
        return found

    def _wrapper(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def wrapper(*args: Any, **options: Any) -> Any:
            if self._active:
                return original(*args, **options)
            self._active = True
            try:
                # The rows are copied before the call, because the model or the function may change
                # them in place.
                kept = self._copied(name, original.__name__, args, options)
                answer = original(*args, **options)
            finally:
                self._active = False
            # Rows that the model rejects are not kept.
            if kept is not None:
                form, rows = kept
                self._groups[name].setdefault(form, []).append(rows)
                self._counts[name] += _length(rows)
            return answer

        return wrapper

    def _copied(
        self, name: str, method: str, args: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[object, Any] | None:
        if self._counts[name] >= _MODEL_ROWS:
            return None
        rows: Any = args[0] if args else options.get("X")
        if method == "forward" and len(args) > 1:
            rows = args
        try:
            rows = _few(rows)
            form = _form(rows)
            return None if form is None or not _length(rows) else (form, copy.deepcopy(rows))
        except Exception:
            # The rows may be of any type. The function must run as it does without the recorder.
            return None


def _method(model: object, name: str) -> Callable[..., Any] | None:
    try:
        found = getattr(model, name, None)
    except Exception:
        return None
    return found if callable(found) and hasattr(found, "__name__") else None


def _few(rows: Any) -> Any:
    from jupyter_faas.serialization.sklearn.sample import limit_rows

    if isinstance(rows, Mapping):
        # DictVectorizer accepts a single dictionary.
        return [rows]
    if _is_tensor(rows):
        return rows.detach()[:_CALL_ROWS].clone()
    if isinstance(rows, tuple) and all(map(_is_tensor, rows)):
        return tuple(map(_few, rows))
    if hasattr(rows, "iloc") and not hasattr(rows, "columns"):
        rows = rows.tolist()
    return limit_rows(rows, _CALL_ROWS)


def _form(rows: Any) -> object:
    """Return what rows must have in common to be joined, or None if they cannot be recorded.

    Iterators cannot be recorded, because reading them would take the rows from the model.
    """
    if hasattr(rows, "columns") and hasattr(rows, "iloc"):
        return ("frame", tuple(rows.columns))
    if isinstance(rows, tuple) and rows and all(map(_is_tensor, rows)):
        return ("tensors", tuple(tuple(each.shape[1:]) for each in rows))
    if _is_tensor(rows):
        return ("tensor", tuple(rows.shape[1:]))
    if hasattr(rows, "toarray") and hasattr(rows, "shape"):
        return ("sparse", rows.shape[1])
    if type(rows).__module__ == "numpy" and hasattr(rows, "ndim"):
        return ("array", tuple(rows.shape[1:])) if rows.ndim else None
    if isinstance(rows, (list, tuple)) and rows:
        first = rows[0]
        nested = isinstance(first, (list, tuple)) or getattr(first, "ndim", 0) == 1
        return ("list", len(first) if nested else type(first).__name__)
    return None


def _dimensions(form: Any) -> object:
    """Return what the shapes have in common for which one PyTorch module may be exported."""
    if form[0] == "tensor":
        return ("tensor", len(form[1]))
    return ("tensors", tuple(map(len, form[1]))) if form[0] == "tensors" else form


def _is_tensor(value: Any) -> bool:
    return type(value).__module__ == "torch" and hasattr(value, "detach") and value.ndim > 0


def _length(rows: Any) -> int:
    if isinstance(rows, tuple) and rows and _is_tensor(rows[0]):
        return int(rows[0].shape[0])
    return int(rows.shape[0]) if hasattr(rows, "shape") else len(rows)


def _joined(parts: list[Any]) -> Any:
    """Return the rows of several calls, which have the same form."""
    first = parts[0]
    if isinstance(first, tuple) and _is_tensor(first[0]):
        return tuple(_joined(list(each)) for each in zip(*parts, strict=True))
    if _is_tensor(first):
        import torch

        return torch.cat(parts)
    if len(parts) == 1:
        return first
    if hasattr(first, "iloc"):
        import pandas

        return pandas.concat(parts, ignore_index=True)
    if hasattr(first, "toarray"):
        import scipy.sparse

        return scipy.sparse.vstack(parts, format="csr")
    if hasattr(first, "ndim"):
        import numpy

        return numpy.concatenate(parts)
    return [row for part in parts for row in part]

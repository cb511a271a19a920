"""Asking a model: the original and its stand-in are asked the same way."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Refusal:
    """The model raised; ``words`` are the first line of what it said."""

    words: str


Answers = Mapping[str, "Array"]


def ask(model: Any, rows: Any, methods: Sequence[str]) -> Answers | Refusal:
    """What each method answers to ``rows``, as arrays with one row per input row.

    ``rows`` is what the method is called with. Any exception of the model is a refusal: what
    users' estimators raise on odd input is not ours to list.
    """
    with warnings.catch_warnings():
        # Alone: a forest sets every filter anew for each of its trees.
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
        try:
            return {method: table(getattr(model, method)(rows)) for method in methods}
        except Exception as error:  # the seam to foreign estimators
            lines = str(error).strip().splitlines()
            return Refusal(lines[0] if lines else type(error).__name__)


def table(answer: Any) -> Array:
    """An answer as one array: sparse made dense, frames made plain, lists put side by side."""
    import numpy as np

    if isinstance(answer, list):
        return np.hstack([table(item) for item in answer])
    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    return np.asarray(answer)

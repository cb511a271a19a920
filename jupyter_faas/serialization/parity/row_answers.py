"""A model's results for the rows of a batch, some of which may have raised an error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.parity.metric import Answers, MethodError

_OTHER_SHAPE = MethodError("the number of columns depends on the rows")


@dataclass(frozen=True)
class RowAnswers:
    """A model's results for the rows of a batch.

    ``positions`` are the positions of the rows with results, ascending. ``answers`` has the results
    in this order. ``errors`` has the exceptions for other rows, by position. A row is in neither if
    the budget was spent.
    """

    positions: Array
    answers: Answers
    errors: Mapping[int, MethodError]

    def take(self, positions: Array) -> Answers:
        """Return the results for some of ``positions``, in this order."""
        chosen = np.searchsorted(self.positions, positions)
        return {method: answer[chosen] for method, answer in self.answers.items()}

    def outcome(self, position: int) -> Answers | MethodError | None:
        """Return the result or the exception for a row, or None if the row was skipped."""
        if position in self.errors:
            return self.errors[position]
        found = position in self.positions
        return self.take(np.array([position])) if found else None


def has_odd_value(rows: Array) -> Array:
    """Return which rows have a missing or an infinite value."""
    if rows.dtype.kind == "f":
        return np.asarray((~np.isfinite(rows)).any(axis=1))
    return np.array([any(map(_is_odd, row)) for row in rows.tolist()], dtype=bool)


def _is_odd(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    # pandas.NA cannot be compared.
    return value is None or type(value).__name__ == "NAType"


def joined(parts: Sequence[tuple[Array, Answers]], errors: Mapping[int, MethodError]) -> RowAnswers:
    """Return the results of several calls as one. ``parts`` has the positions and results of each.

    A row whose result has a different number of columns than the first part's counts as an error.
    """
    if not parts:
        return RowAnswers(np.arange(0), {}, errors)
    columns = _columns(parts[0][1])
    same = [each for each in parts if _columns(each[1]) == columns]
    others = [i for part, answers in parts if _columns(answers) != columns for i in part.tolist()]
    positions = np.concatenate([part for part, _ in same])
    order = np.argsort(positions)
    answers = {
        method: np.concatenate([answers[method] for _, answers in same])[order]
        for method in columns
    }
    return RowAnswers(positions[order], answers, {**errors, **dict.fromkeys(others, _OTHER_SHAPE)})


def _columns(answers: Answers) -> dict[str, tuple[int, ...]]:
    return {method: answer.shape[1:] for method, answer in answers.items()}

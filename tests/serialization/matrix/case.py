"""What one case of the matrix is: a model, the rows it is fitted on, and rows it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Rows = Any  # an array, a data frame or a list of documents


@dataclass(frozen=True)
class Split:
    """Rows and targets to fit on, and held-out rows."""

    rows: Rows
    targets: Array | None
    held: Rows


@dataclass(frozen=True)
class Case:
    """``make`` gives a new unfitted model. ``odd``: also rows with unusual values are asked."""

    name: str
    make: Callable[[], Any]
    split: Callable[[], Split]
    odd: bool = True

    def fitted(self, split: Split) -> Any:
        model = self.make()
        return (
            model.fit(split.rows) if split.targets is None else model.fit(split.rows, split.targets)
        )


def split(rows: Rows, targets: Array | None, *, share: float = 0.6, seed: int = 7) -> Split:
    """``share`` of the rows to fit on, the others held out."""
    count = rows.shape[0] if hasattr(rows, "shape") else len(rows)
    order = np.random.default_rng(seed).permutation(count)
    first, rest = order[: int(share * count)], order[int(share * count) :]
    return Split(
        take(rows, first), None if targets is None else np.asarray(targets)[first], take(rows, rest)
    )


def take(rows: Rows, which: Array) -> Rows:
    if hasattr(rows, "iloc"):
        return rows.iloc[which].reset_index(drop=True)
    return [rows[i] for i in which] if isinstance(rows, list) else rows[which]

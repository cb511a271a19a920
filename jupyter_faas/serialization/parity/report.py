"""The result of a parity check, as the card and the manifest show it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

NO_SAMPLE = "No --sample was given: the rows compared were made from the model's own numbers."


@dataclass(frozen=True)
class Coverage:
    """One set of test rows: how many were compared, and of how many (when time ran out)."""

    set: str
    rows: int
    of: int

    def to_json(self) -> dict[str, Any]:
        whole = {"set": self.set, "rows": self.rows}
        return whole if self.rows == self.of else {**whole, "of": self.of}


@dataclass(frozen=True)
class WorstRow:
    """Both answers to one row, side by side, as text.

    ``margin``: by how much the original preferred its label (None where it has no labels);
    ``difference``: of the scores, in units of their scale (None where only labels differ).
    """

    set: str
    row: int
    values: str
    original: str
    onnx: str
    margin: float | None
    difference: float | None


@dataclass(frozen=True)
class ParityReport:
    """The comparison of one model with the form of it that is packaged.

    ``ok``: no row fails in a set that stops the packaging. ``accepted``: one does, and the user
    packaged it with ``--accept-parity``. ``labels_agree`` of ``labels_total`` count the rows of the
    sets that stop, and are 0 for a model without labels. ``rows``: compared rows of those sets.
    ``max_difference``: the largest difference of a score there, in units of its scale
    (1 for probabilities, the sample's standard deviation otherwise); None without scores.
    ``seconds`` is how long it took: not part of the JSON, which is the same every time.
    """

    ok: bool
    accepted: bool = False
    labels_agree: int = 0
    labels_total: int = 0
    rows: int = 0
    max_difference: float | None = None
    covered: tuple[Coverage, ...] = ()
    warnings: tuple[str, ...] = ()
    worst: tuple[WorstRow, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "accepted": self.accepted,
            "labels_agree": self.labels_agree,
            "labels_total": self.labels_total,
            "rows": self.rows,
            "max_difference": self.max_difference,
            "covered": [entry.to_json() for entry in self.covered],
            "warnings": list(self.warnings),
            "worst": [asdict(row) for row in self.worst],
        }

"""The result of a parity check, as the card and the manifest show it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

NO_SAMPLE = "No --sample was given: the rows compared were made from the model's own numbers."


@dataclass(frozen=True)
class Coverage:
    """The number of rows of one set that were compared (``rows``), out of ``of``.

    They differ when the time ran out.
    """

    set: str
    rows: int
    of: int

    def to_json(self) -> dict[str, Any]:
        whole = {"set": self.set, "rows": self.rows}
        return whole if self.rows == self.of else {**whole, "of": self.of}


@dataclass(frozen=True)
class WorstRow:
    """Both results for one row, side by side, as text.

    ``margin``: the original's score of its label minus that of the next (None without labels).
    ``difference``: of the scores, in units of their scale (None if it is not finite).
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

    Some row sets stop the packaging if one of their rows fails; the others only warn. The counts
    here are of the sets that stop.

    - ``ok``: no row failed. ``accepted``: a row failed, and ``--accept-parity`` was set.
    - ``labels_agree`` and ``labels_total``: rows; both are 0 for a model without labels.
    - ``rows``: the number of rows that were compared.
    - ``max_difference``: the largest difference of a score, in units of its scale (1 for
      probabilities, else the sample's standard deviation). None without scores.
    - ``seconds``: the duration. It is not part of the JSON, which is the same every time.
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

"""The result of a parity check for the card and the manifest."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

NO_SAMPLE = "No --sample was given: the parity check used rows generated from the model."


@dataclass(frozen=True)
class Coverage:
    """The number of rows of a set that were compared (``rows``) and the size of the set (``of``).

    The numbers differ if the time ran out or the set was limited. ``extra`` says why the rows are
    not included in the report's counts: ``again`` for rows of other sets that are compared once
    more, one at a time, and ``boundary`` for rows at decision boundaries, whose differences only
    cause a warning. It is empty for the rows that are counted.
    """

    set: str
    rows: int
    of: int
    extra: Literal["", "again", "boundary"] = ""

    def to_json(self) -> dict[str, Any]:
        whole: dict[str, Any] = {"set": self.set, "rows": self.rows}
        if self.rows != self.of:
            whole["of"] = self.of
        if self.extra:
            whole["extra"] = self.extra
        return whole


@dataclass(frozen=True)
class WorstRow:
    """Both results for a failing row, formatted for messages.

    ``margin`` is the difference between the original's two best scores, or None if the model does
    not score labels. ``difference`` is the largest difference of a score, in units of its scale, or
    None if it is not finite.
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
    """The result of comparing a model with its packaged form.

    A failing row blocks the packaging in some row sets, and only causes a warning in the others.
    The counts include only the sets that block the packaging.

    - ``ok``: whether no row failed in these sets.
    - ``accepted``: whether a row failed and ``--accept-parity`` was set.
    - ``labels_agree`` and ``labels_total``: the number of rows with equal labels, and of rows with
      labels. Both are 0 for a model without labels.
    - ``rows``: the number of rows that were compared.
    - ``max_difference``: the largest difference of a score, in units of its scale, or None if there
      are no scores. The scale is 1 for probabilities, and the standard deviation for other scores.
    - ``seconds``: the duration. It is not part of the JSON, so that the JSON is reproducible.
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

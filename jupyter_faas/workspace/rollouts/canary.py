"""CanaryReport: how often the two versions behind a router failed, and how fast they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_faas.workspace import text
from jupyter_faas.workspace.rollouts.figures import HEAD, RIGHT, VersionFigures
from jupyter_faas.workspace.rollouts.router import ENOUGH_CALLS, Split, shown


@dataclass(frozen=True)
class CanaryReport:
    """The figures of both versions since they were deployed.

    ``complete`` is false if older calls were not counted, because there are too many.
    """

    split: Split
    stable: VersionFigures
    canary: VersionFigures
    complete: bool = True

    def verdict(self) -> str:
        """Return why the canary must get no more calls, or an empty string."""
        limit, canary = self.split.rollback_at, self.canary
        if limit is None or self.split.rolled_back or canary.calls < ENOUGH_CALLS:
            return ""
        if canary.failed_share * 100 <= limit:
            return ""
        share = f"{canary.failed_share:.0%}"
        return (
            f"{canary.failed} of {canary.calls} calls failed ({share}), which is more than "
            f"{shown(limit)}"
        )

    def summary(self) -> str:
        """Return one sentence about the division of the calls."""
        split = self.split
        if split.rolled_back:
            return (
                f"{split.name} was rolled back: {split.rolled_back}. All calls go to "
                f"{self.stable.name}."
            )
        by = f", depending on the parameter {split.sticky}" if split.sticky else ""
        return f"{shown(split.percent)} of the calls to {split.name} go to {self.canary.name}{by}."

    def remarks(self) -> tuple[str, ...]:
        """Return the sentences below the table."""
        name, limit = self.split.name, self.split.rollback_at
        watching = (
            f"Once the new version has received {ENOUGH_CALLS} calls, it stops receiving calls "
            f"as soon as more than {shown(limit)} of its calls have failed."
            if limit is not None and not self.split.rolled_back
            else ""
        )
        older = "" if self.complete else "Only the latest calls are counted."
        if self.split.rolled_back:
            # The command promotes a version that fails too, but this is not the place to say so.
            ends = (
                f"To remove the new version: %faas discard {name}",
                f"To try a corrected version: %faas deploy {name} --canary 10%",
            )
        else:
            ends = (
                f"To use the new version for all calls: %faas promote {name}",
                f"To return to the old version: %faas discard {name}",
            )
        return tuple(filter(None, (watching, older, *ends)))

    def cells(self) -> list[tuple[str, ...]]:
        """Return the rows of the table, with the columns of ``figures.HEAD``."""
        return [("stable", *self.stable.cells()), ("canary", *self.canary.cells())]

    def lines(self) -> tuple[str, ...]:
        """Return the table and the sentences as lines of text."""
        return (*text.table(HEAD, self.cells(), RIGHT), self.summary(), *self.remarks())

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "canary",
            "name": self.split.name,
            "percent": self.split.percent,
            "sticky": self.split.sticky,
            "rollback_at": self.split.rollback_at,
            "rolled_back": self.split.rolled_back,
            "versions": [self.stable.to_json(), self.canary.to_json()],
            "complete": self.complete,
            "summary": self.summary(),
        }

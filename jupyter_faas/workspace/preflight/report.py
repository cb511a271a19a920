"""Check and Preflight: the checks of a package and a one-sentence verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# The note of a row that nothing is known about.
NOT_CHECKED = "could not be checked"


@dataclass(frozen=True)
class Check:
    """The result of one preflight check, which is a row of the table on the card.

    ``check``: the name of the property that is checked, such as ``Memory``.
    ``value`` and ``note``: its value and an explanation.
    ``ok``: False if the package cannot be deployed to the target.
    ``warn``: whether the package may have problems when it runs.
    ``unknown``: whether this is known only when the package is deployed or runs. The verdict is
    then never *Fits*. Such a row without ``says`` follows from another row, which gives the reason.
    ``says``: the reason for a failure, a warning or an unknown, as a clause.
    ``hint``: what the user can do.
    ``fix``: a cell option that solves the problem, such as ``--memory 512``.
    ``parts``: pairs of name and value that break down ``value``.
    """

    check: str
    value: str
    note: str
    ok: bool = True
    warn: bool = False
    says: str = ""
    hint: str = ""
    fix: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    unknown: bool = False

    @property
    def cure(self) -> str:
        """What the user can do, with the option to set, or an empty string."""
        option = f"Set {self.fix} in the cell." if self.fix else ""
        return " ".join(filter(None, (option, self.hint)))

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON data for the card's ``preflight``, without empty values."""
        shown: dict[str, Any] = {
            "check": self.check,
            "ok": self.ok,
            "value": self.value,
            "note": self.note,
        }
        if self.warn:
            shown["warn"] = True
        if self.unknown:
            shown["unknown"] = True
        texts = (("says", self.says), ("hint", self.hint), ("fix", self.fix))
        shown.update((key, value) for key, value in texts if value)
        if self.parts:
            shown["parts"] = [{"name": name, "value": value} for name, value in self.parts]
        return shown


@dataclass(frozen=True)
class Preflight:
    """The checks of one package. ``name`` and ``label`` identify the target.

    ``bundle`` is the sha256 of what a deploy sends, with the wheels that the target lacks, and
    ``sent`` its size as sent in bytes.
    """

    name: str
    label: str
    checks: tuple[Check, ...]
    bundle: str = ""
    sent: int = 0

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if not each.ok)

    @property
    def warned(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if each.ok and each.warn)

    @property
    def unknown(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if each.ok and each.unknown)

    @property
    def verdict(self) -> str:
        """The result: ``Fits Lab``, ``Does not fit Lab: …`` or ``Could not check whether …``."""
        return verdict([each.to_json() for each in self.checks], self.label)

    def to_json(self) -> dict[str, Any]:
        """Return the checks as JSON data, as in ``tests/data/api/preflight.json``."""
        return {
            "target": {"name": self.name, "label": self.label},
            "preflight": [each.to_json() for each in self.checks],
        }


def verdict(rows: list[dict[str, Any]], label: str) -> str:
    """Return the one-sentence verdict for the checks in ``rows``.

    ``rows`` are JSON data, so that cards saved by older versions are supported as well.
    """
    failed = [_reason(row) for row in rows if not row["ok"]]
    if failed:
        return f"Does not fit {label}: {'; '.join(failed)}"
    unknown = [row for row in rows if row.get("unknown")]
    if unknown:
        reasons = "; ".join(row["says"] for row in unknown if row.get("says"))
        return ": ".join(filter(None, (f"Could not check whether it fits {label}", reasons)))
    warned = [_reason(row) for row in rows if row.get("warn")]
    if not warned:
        return f"Fits {label}"
    many = "a warning" if len(warned) == 1 else f"{len(warned)} warnings"
    return f"Fits {label}, with {many}"


def _reason(row: dict[str, Any]) -> str:
    # Cards saved by older versions have rows without ``says``.
    return str(row.get("says") or f"{row['check']} {row['value']}, {row['note']}")

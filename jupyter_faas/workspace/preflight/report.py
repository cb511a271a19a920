"""The rows of a preflight, and the one sentence they come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One row. ``ok`` false: the package cannot go there; ``warn``: it can, and may not run well.

    ``says`` is then the reason as part of a sentence, ``hint`` what to do, and ``fix`` an option
    that mends it when it stands in the cell (``--memory 512``). ``parts`` split the value.
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

    def to_json(self) -> dict[str, Any]:
        """An entry of the card's ``preflight``; what is empty is left out."""
        shown: dict[str, Any] = {
            "check": self.check,
            "ok": self.ok,
            "value": self.value,
            "note": self.note,
        }
        if self.warn:
            shown["warn"] = True
        texts = (("says", self.says), ("hint", self.hint), ("fix", self.fix))
        shown.update((key, value) for key, value in texts if value)
        if self.parts:
            shown["parts"] = [{"name": name, "value": value} for name, value in self.parts]
        return shown


@dataclass(frozen=True)
class Preflight:
    """What was found of a package and a target, whose ``name`` and ``label`` these are."""

    name: str
    label: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if not each.ok)

    @property
    def warned(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if each.ok and each.warn)

    @property
    def verdict(self) -> str:
        """``Fits Lab``, ``Fits Lab, with a warning: …`` or ``Does not fit Lab: …``."""
        return verdict([each.to_json() for each in self.checks], self.label)

    def to_json(self) -> dict[str, Any]:
        """preflight.json."""
        return {
            "target": {"name": self.name, "label": self.label},
            "preflight": [each.to_json() for each in self.checks],
        }


def verdict(rows: list[dict[str, Any]], label: str) -> str:
    """The sentence above the rows of a card, which may be one of an earlier version."""
    failed = [_reason(row) for row in rows if not row["ok"]]
    if failed:
        return f"Does not fit {label}: {'; '.join(failed)}"
    warned = [_reason(row) for row in rows if row.get("warn")]
    if not warned:
        return f"Fits {label}"
    many = "a warning" if len(warned) == 1 else f"{len(warned)} warnings"
    return f"Fits {label}, with {many}"


def _reason(row: dict[str, Any]) -> str:
    return str(row.get("says") or f"{row['check']} {row['value']}, {row['note']}")

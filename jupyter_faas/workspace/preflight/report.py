"""Check and Preflight: the rows of a preflight check and its verdict in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One row of a preflight check: what is checked, its value, and a note.

    Without ``ok`` the package cannot be deployed to the target; with ``warn`` it may not run well.
    In both cases ``says`` is the reason as part of a sentence, ``hint`` says what to do, and
    ``fix`` is a cell option that solves it (``--memory 512``). ``parts`` break down the value.
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
        """Return the row as an entry of the card's ``preflight``; empty values are left out."""
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
    """The checks of one package for the target with this ``name`` and ``label``."""

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
        """The result as a sentence: ``Fits Lab, with a warning`` or ``Does not fit Lab: …``."""
        return verdict([each.to_json() for each in self.checks], self.label)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, as in ``tests/data/api/preflight.json``."""
        return {
            "target": {"name": self.name, "label": self.label},
            "preflight": [each.to_json() for each in self.checks],
        }


def verdict(rows: list[dict[str, Any]], label: str) -> str:
    """Return the sentence above the rows.

    ``rows`` are in their JSON form, so that cards of older versions can be read too.
    """
    failed = [_reason(row) for row in rows if not row["ok"]]
    if failed:
        return f"Does not fit {label}: {'; '.join(failed)}"
    warned = [_reason(row) for row in rows if row.get("warn")]
    if not warned:
        return f"Fits {label}"
    many = "a warning" if len(warned) == 1 else f"{len(warned)} warnings"
    return f"Fits {label}, with {many}"


def _reason(row: dict[str, Any]) -> str:
    # Rows on cards of older versions have no ``says``.
    return str(row.get("says") or f"{row['check']} {row['value']}, {row['note']}")

"""Deploy records: what was put where, when and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from jupyter_faas.bundle.record import ID, SHA256
from jupyter_faas.errors import BundleDamaged

_NUMBERS = frozenset({"deployed", "updated", "size"})
_OPTIONAL = frozenset({"notebook", "cell_id", "commit", "rollback_to"})
_PATTERNS = {"bundle": SHA256, "package": ID}


@dataclass(frozen=True)
class DeployRecord:
    """One deploy of a package, which ``package`` (an id) and ``bundle`` (a sha256) name.

    ``name`` is ``name`` or ``package/name``; ``place`` the API host, or ``playground``; ``version``
    and ``updated`` are the target's own, ``deployed`` is this machine's clock (both ms since 1970).
    ``commit`` as in a package record. ``rollback_to`` is the version that was brought back.
    """

    name: str
    target: str
    place: str
    namespace: str
    version: str
    bundle: str
    package: str
    size: int
    deployed: int
    updated: int
    user: str
    notebook: str | None = None
    cell_id: str | None = None
    commit: str | None = None
    rollback_to: str | None = None

    def to_json(self) -> dict[str, Any]:
        """All fields; what is not known is left out."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {key: value for key, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, data: Any) -> DeployRecord:
        """BundleDamaged when a field is missing or of another type; unknown ones are ignored."""
        if not isinstance(data, dict):
            raise BundleDamaged("The deploy record is no JSON object.")
        return cls(**{each.name: _read(data, each.name) for each in fields(cls)})


def _read(data: Mapping[str, Any], name: str) -> Any:
    value = data.get(name)
    if value is None and name in _OPTIONAL:
        return None
    if name in _NUMBERS:
        fits = type(value) is int and value >= 0
    else:
        fits = isinstance(value, str)
        if fits and name in _PATTERNS:
            fits = _PATTERNS[name].fullmatch(data[name]) is not None
    if not fits:
        raise BundleDamaged(f"The deploy record has no proper {name!r}.")
    return value

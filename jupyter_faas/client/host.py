"""What a host says about itself at ``GET /``, to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_faas.whisk import SystemLimits, resolve_kind
from jupyter_faas.whisk.kinds import Runtimes, runtimes_from_info


@dataclass(frozen=True)
class HostInfo:
    """Limits and kinds of a host; limits that it leaves out are upstream's."""

    limits: SystemLimits
    runtimes: Runtimes

    @classmethod
    def from_json(cls, body: object) -> HostInfo:
        """Read the body of ``GET /`` (contract §1.1). ``ValueError`` when it is something else."""
        if not isinstance(body, Mapping) or "runtimes" not in body:
            raise ValueError("no runtimes")
        return cls(
            SystemLimits.from_info(body.get("limits") or {}), runtimes_from_info(body["runtimes"])
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(each.kind for family in self.runtimes.values() for each in family)

    def resolve(self, kind: str) -> str:
        """The kind that is stored for ``kind``. ``KindNotSupported`` when the host has none."""
        return resolve_kind(kind, self.runtimes)

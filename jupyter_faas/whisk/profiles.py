"""Profiles of hosts (Apache OpenWhisk, Adobe): what they do differently and do not advertise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.limits import MB, SystemLimits


@dataclass(frozen=True)
class Profile:
    """``max_listed`` is the largest ``limit`` of a list. ``kept_days``: how long records are kept.

    ``max_code_bytes`` counts the base64 text, as OpenWhisk does. None: as the host says, or as
    Apache OpenWhisk is delivered.
    """

    name: str
    max_listed: int = 200
    max_code_bytes: int | None = None
    memory: tuple[int, int] | None = None
    kept_days: int | None = None

    def limits(self, told: SystemLimits | None) -> SystemLimits:
        """The limits that the host has told, completed with those that it does not."""
        limits = told or SystemLimits()
        if told is None and self.memory is not None:
            limits = replace(limits, min_memory=self.memory[0], max_memory=self.memory[1])
        if self.max_code_bytes is not None:
            limits = replace(limits, max_code_bytes=self.max_code_bytes)
        return limits


OPENWHISK = "openwhisk"

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        OPENWHISK: Profile(OPENWHISK),
        # Adobe I/O Runtime: 22 MB of code, 128 to 4,096 MB of memory, lists of 50, 7 days.
        "adobe": Profile(
            "adobe", max_listed=50, max_code_bytes=22 * MB, memory=(128, 4096), kept_days=7
        ),
    }
)


def profile_of(name: str) -> Profile:
    """The profile of that name. Raises InputError."""
    if name not in PROFILES:
        raise InputError(f"There is no profile {name!r}.", hint=f"Profiles: {', '.join(PROFILES)}.")
    return PROFILES[name]

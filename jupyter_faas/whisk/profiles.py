"""Profiles of hosts (Apache OpenWhisk, Adobe): limits that a host has but does not advertise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.limits import MB, SystemLimits


@dataclass(frozen=True)
class Profile:
    """The limits of one kind of host.

    None means the limit that the host advertises, or else Apache OpenWhisk's default.
    ``max_listed`` is the largest ``limit`` of a list. ``max_code_bytes`` counts the base64 text, as
    OpenWhisk does. ``memory``: least and most, MB. ``kept_days``: how long records are kept.
    """

    name: str
    max_listed: int = 200
    max_code_bytes: int | None = None
    memory: tuple[int, int] | None = None
    kept_days: int | None = None

    def limits(self, told: SystemLimits | None) -> SystemLimits:
        """Return the limits that the host advertises (``told``), completed by the profile."""
        # What the host advertises takes precedence, but OpenWhisk does not advertise the
        # limit of code.
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
        # Adobe I/O Runtime refuses a longer list (``limit`` above 50) and larger code than this.
        "adobe": Profile(
            "adobe", max_listed=50, max_code_bytes=22 * MB, memory=(128, 4096), kept_days=7
        ),
    }
)


def profile_of(name: str) -> Profile:
    """Return the profile of that name. Raises InputError."""
    if name not in PROFILES:
        raise InputError(f"There is no profile {name!r}.", hint=f"Profiles: {', '.join(PROFILES)}.")
    return PROFILES[name]

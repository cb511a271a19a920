"""Profiles of hosts, with limits that a host enforces but does not advertise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.limits import MB, SystemLimits


@dataclass(frozen=True)
class Profile:
    """The limits of one type of host, such as Apache OpenWhisk or Adobe I/O Runtime.

    ``max_listed`` is the largest ``limit`` that a list request may have. ``max_code_bytes`` is the
    limit for base64-encoded code, because OpenWhisk counts these bytes. ``memory`` is the minimum
    and maximum in MB. ``kept_days`` is the time for which records are kept. If ``max_code_bytes``
    or ``memory`` is None, the host's advertised limit or Apache OpenWhisk's default applies.
    """

    name: str
    max_listed: int = 200
    max_code_bytes: int | None = None
    memory: tuple[int, int] | None = None
    kept_days: int | None = None

    def limits(self, told: SystemLimits | None) -> SystemLimits:
        """Return the limits that the host advertises, completed by the profile.

        ``told`` contains the advertised limits, or is None if they are unknown.
        """
        # Advertised limits take precedence. OpenWhisk does not advertise the limit for code, so the
        # profile always sets it.
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
        # Adobe I/O Runtime rejects list requests for more than 50 entries, and larger code.
        "adobe": Profile(
            "adobe", max_listed=50, max_code_bytes=22 * MB, memory=(128, 4096), kept_days=7
        ),
    }
)


def profile_of(name: str) -> Profile:
    """Return the profile ``name``. Raises InputError if there is no such profile."""
    if name not in PROFILES:
        raise InputError(f"There is no profile {name!r}.", hint=f"Profiles: {', '.join(PROFILES)}.")
    return PROFILES[name]

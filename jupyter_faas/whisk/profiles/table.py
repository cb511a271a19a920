"""The table of all profiles, by the name that users give with ``--profile``.

It is a module of its own, because the files of the hosts must not know each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.profiles import adobe, digitalocean, openserverless, openwhisk
from jupyter_faas.whisk.profiles.profile import Profile

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        each.name: each
        for each in (
            openwhisk.PROFILE,
            openserverless.PROFILE,
            digitalocean.PROFILE,
            adobe.PROFILE,
        )
    }
)


def profile_of(name: str) -> Profile:
    """Return the profile ``name``. Raises InputError if there is no such profile."""
    if name not in PROFILES:
        raise InputError(
            f"Unknown host profile {name!r}.", hint=f"Profiles: {', '.join(PROFILES)}."
        )
    return PROFILES[name]

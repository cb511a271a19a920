"""Limits and runtimes of a target, as known before an upload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_faas.whisk import SystemLimits
from jupyter_faas.whisk.profiles import OPENWHISK, profile_of
from jupyter_faas.workspace.settings import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.client import Client, HostInfo
    from jupyter_faas.workspace.results import TargetState

# A running playground reports these limits. They are repeated here for a stopped playground.
_PLAYGROUND_LIMITS = SystemLimits(max_memory=4096)


@dataclass(frozen=True)
class TargetCapabilities:
    """The limits and runtimes of a target.

    ``info``: the host's response to ``GET /``, or None if it was not requested or the request
    failed.
    ``error``: the reason why the request failed, or an empty string.
    """

    name: str
    label: str
    info: HostInfo | None = None
    profile: str = OPENWHISK
    error: str = ""

    @property
    def limits_known(self) -> bool:
        """Whether ``limits`` are the target's actual limits, which the playground's always are.

        The limits of a provider that documents them for all its users are known without asking.
        """
        told = self.info is not None and self.info.told
        return told or self.name == PLAYGROUND or profile_of(self.profile).fixed_limits

    @property
    def limits(self) -> SystemLimits:
        """The limits that the host reports, or the default limits for this kind of host."""
        return limits_of(self.info, self.name, self.profile)


def capabilities_of(
    target: TargetState, info: HostInfo | None, error: str = ""
) -> TargetCapabilities:
    """Return the capabilities of a target, given its state and the host's response to ``GET /``."""
    return TargetCapabilities(target.name, target.label, info, target.profile or OPENWHISK, error)


def max_timeout_of(client: Client) -> int:
    """Return the largest time limit in ms of a client's target, by the kind of its host."""
    return limits_of(None, client.target.name, client.target.profile).max_timeout


def limits_of(info: HostInfo | None, target: str, profile: str = OPENWHISK) -> SystemLimits:
    """Return the limits of the target named ``target``.

    If ``info`` is None, return the default limits for this kind of host.
    """
    if info is None and target == PLAYGROUND:
        return _PLAYGROUND_LIMITS
    return profile_of(profile).limits(info.limits if info is not None else None)

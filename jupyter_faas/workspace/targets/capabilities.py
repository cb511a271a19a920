"""Limits and runtimes of a target, as far as they are known before an upload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_faas.whisk import SystemLimits
from jupyter_faas.whisk.profiles import OPENWHISK, profile_of
from jupyter_faas.workspace.settings import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.client import HostInfo
    from jupyter_faas.workspace.results import TargetState

# The limits that every playground reports. A stopped one cannot report them, so they are repeated
# here.
_PLAYGROUND_LIMITS = SystemLimits(max_memory=4096)


@dataclass(frozen=True)
class TargetCapabilities:
    """The limits and runtimes of a target.

    ``info`` is the host's description of itself (``GET /``). It is None when it was not requested
    or the request failed; ``error`` is then the reason, or empty.
    """

    name: str
    label: str
    info: HostInfo | None = None
    profile: str = OPENWHISK
    error: str = ""

    @property
    def limits_known(self) -> bool:
        """Whether ``limits`` are those of this target; the playground's limits are always known."""
        return self.info is not None or self.name == PLAYGROUND

    @property
    def limits(self) -> SystemLimits:
        """The limits that the host reports, else the default limits of this kind of host."""
        return limits_of(self.info, self.name, self.profile)


def capabilities_of(
    target: TargetState, info: HostInfo | None, error: str = ""
) -> TargetCapabilities:
    """Return the capabilities of a target from its state and the description of its host."""
    return TargetCapabilities(target.name, target.label, info, target.profile or OPENWHISK, error)


def limits_of(info: HostInfo | None, target: str, profile: str = OPENWHISK) -> SystemLimits:
    """Return the limits of the target named ``target``; ``info`` may be None."""
    if info is None and target == PLAYGROUND:
        return _PLAYGROUND_LIMITS
    return profile_of(profile).limits(info.limits if info is not None else None)

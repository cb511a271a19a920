"""What can be told before the upload: a package against what a target has and allows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.whisk import SystemLimits
from jupyter_faas.whisk.profiles import OPENWHISK, profile_of
from jupyter_faas.workspace import text
from jupyter_faas.workspace.preflight.composition_checks import composition_checks
from jupyter_faas.workspace.preflight.kinds import kind_checks
from jupyter_faas.workspace.preflight.report import Check, Preflight
from jupyter_faas.workspace.preflight.requirements import requirements_checks
from jupyter_faas.workspace.preflight.sizes import dependency_sizes, sent_bytes
from jupyter_faas.workspace.targets.targets import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.client import HostInfo
    from jupyter_faas.workspace.results import TargetState

_MB = 1024 * 1024
# What the playground allows when it is not running to be asked (DESIGN §4).
_PLAYGROUND_LIMITS = SystemLimits(max_memory=4096)
# A cold start that takes this part of the timeout is worth a warning, as on the card.
_RISKY_SHARE = 0.5


@dataclass(frozen=True)
class Place:
    """A target as a preflight sees it. ``info`` None: not asked, or no answer (``trouble``)."""

    name: str
    label: str
    info: HostInfo | None = None
    profile: str = OPENWHISK
    trouble: str = ""

    @property
    def told(self) -> bool:
        """Whether its limits are known; those of the playground always are."""
        return self.info is not None or self.name == PLAYGROUND

    @property
    def limits(self) -> SystemLimits:
        """The bounds that it has told, else those that its kind of host is delivered with."""
        return limits_of(self.info, self.name, self.profile)


def place_for(target: TargetState, info: HostInfo | None, trouble: str = "") -> Place:
    """A target as its state is known, with what its host said of itself."""
    return Place(target.name, target.label, info, target.profile or OPENWHISK, trouble)


def limits_of(info: HostInfo | None, target: str, profile: str = OPENWHISK) -> SystemLimits:
    """The bounds of a target, asked or not."""
    if info is None and target == PLAYGROUND:
        return _PLAYGROUND_LIMITS
    return profile_of(profile).limits(info.limits if info is not None else None)


def preflight(
    record: PackageRecord, bundle: Bundle, place: Place, *, cold_ms: int | None = None
) -> Preflight:
    """Judge a package for a target. ``cold_ms`` is its measured cold start.

    Of a target that did not answer only what follows from the package is judged; the upload asks
    it again.
    """
    rows = [
        *([_host(place)] if place.trouble else []),
        _size(bundle, place),
        _memory(record, place),
        _timeout(record, place, cold_ms),
        *kind_checks(record, bundle, place),
        *requirements_checks(record, bundle, place),
        *composition_checks(bundle, place),
        _parameters(record, place),
    ]
    return Preflight(place.name, place.label, tuple(row for row in rows if row is not None))


def _host(place: Place) -> Check:
    return Check(
        "Host",
        "no answer",
        "its kinds and limits are checked when it is deployed",
        warn=True,
        says=f"{place.label} did not answer ({place.trouble.rstrip('.')})",
    )


def _size(bundle: Bundle, place: Place) -> Check:
    sent, most = sent_bytes(len(bundle.data)), place.limits.max_code_bytes
    fits = sent <= most
    vendored = bundle.manifest.vendored is not None
    return Check(
        "Package size",
        text.size(sent),
        f"of {most // _MB} MB, as it is sent",
        ok=fits,
        says="" if fits else f"{text.size(sent)} are sent, and {most // _MB} MB are allowed",
        hint=""
        if fits
        else "Import less, or use an image that has the requirements: --image NAME"
        if vendored
        else "Include fewer or smaller files, arrays and models.",
        parts=tuple((name, text.size(size)) for name, size in dependency_sizes(bundle)),
    )


def _memory(record: PackageRecord, place: Place) -> Check:
    value, limits = f"{record.memory_mb:,} MB", place.limits
    if not place.told and place.profile == OPENWHISK:
        return Check("Memory", value, "checked when it is deployed")
    least, most = limits.min_memory, limits.max_memory
    note = f"{least:,} – {most:,} MB allowed"
    if least <= record.memory_mb <= most:
        return Check("Memory", value, note)
    nearest = min(max(record.memory_mb, least), most)
    return Check(
        "Memory",
        value,
        note,
        ok=False,
        says=f"{value} of memory, and {least:,} to {most:,} MB are allowed",
        fix=f"--memory {nearest}",
    )


def _timeout(record: PackageRecord, place: Place, cold_ms: int | None) -> Check | None:
    value, limits = text.duration(record.timeout_ms), place.limits
    if place.told and not limits.min_timeout <= record.timeout_ms <= limits.max_timeout:
        least, most = text.duration(limits.min_timeout), text.duration(limits.max_timeout)
        nearest = min(max(record.timeout_ms, limits.min_timeout), limits.max_timeout)
        return Check(
            "Timeout",
            value,
            f"{least} – {most} allowed",
            ok=False,
            says=f"a timeout of {value}, and {least} to {most} are allowed",
            fix=f"--timeout {_seconds(nearest)}",
        )
    if cold_ms is None or cold_ms < record.timeout_ms * _RISKY_SHARE:
        return None
    cold, fix = text.duration(cold_ms), _longer(cold_ms, limits.max_timeout)
    return Check(
        "Timeout",
        value,
        f"a cold start takes {cold}",
        ok=cold_ms < record.timeout_ms,
        warn=True,
        says=f"a cold start takes {cold} here, and the timeout is {value}",
        hint="" if fix else "Make it start sooner: import less, load less.",
        fix=fix,
    )


def _longer(cold_ms: int, most_ms: int) -> str:
    """A timeout of which the cold start takes less than half, in whole half minutes."""
    wanted = -(-cold_ms * 2 // 30_000) * 30
    return f"--timeout {wanted}" if wanted * 1000 <= most_ms else ""


def _seconds(ms: int) -> str:
    return str(ms // 1000) if ms % 1000 == 0 else f"{ms}ms"


def _parameters(record: PackageRecord, place: Place) -> Check | None:
    """Those that travel with the action; what a call adds is not known before it is made."""
    if not record.parameters:
        return None
    most = place.limits.max_parameter_bytes
    count = len(_compact(record.parameters))
    return Check(
        "Payload",
        text.size(count),
        f"of {most // _MB} MB: preset parameters; each call's own are added",
        ok=count <= most,
        says=""
        if count <= most
        else f"{text.size(count)} of preset parameters, and {most // _MB} MB are allowed",
        hint="" if count <= most else "Send it along as a file (--include) or a constant instead.",
    )


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )

"""What can be told before the upload: size, memory, time and kind against the target's bounds."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.whisk import SystemLimits, resolve_kind
from jupyter_faas.whisk.kinds import runtimes_with_python
from jupyter_faas.workspace import text
from jupyter_faas.workspace.deploy import sent_bytes
from jupyter_faas.workspace.storing import memory_for
from jupyter_faas.workspace.targets import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.bundle import PackageRecord, StoredModel
    from jupyter_faas.client import HostInfo
    from jupyter_faas.whisk.kinds import Runtimes
    from jupyter_faas.workspace.modelsetting import ModelStoreSetting

_MB = 1024 * 1024
_OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# What the playground allows when it is not running to be asked (DESIGN §4).
_PLAYGROUND_LIMITS = SystemLimits(max_memory=4096)


def limits_of(info: HostInfo | None, target: str) -> SystemLimits:
    """The bounds a target has told, else those that its kind of host is delivered with."""
    if info is not None:
        return info.limits
    return _PLAYGROUND_LIMITS if target == PLAYGROUND else SystemLimits()


def preflight(
    record: PackageRecord, size: int, info: HostInfo | None, target: str
) -> list[dict[str, Any]]:
    """The card's rows ``{check, ok, value, note}``; ``size`` is the zip's in bytes.

    Of a target that was not asked yet only the size is judged; the upload asks it.
    """
    limits = limits_of(info, target)
    told = info is not None or target == PLAYGROUND
    sent = sent_bytes(size)
    rows = [
        _row(
            "Package size",
            sent <= limits.max_code_bytes,
            text.size(sent),
            f"of {limits.max_code_bytes // _MB} MB, as it is sent",
        ),
        _row(
            "Memory",
            not told or limits.min_memory <= record.memory_mb <= limits.max_memory,
            f"{record.memory_mb:,} MB",
            f"{limits.min_memory:,} – {limits.max_memory:,} MB allowed"
            if told
            else "checked when it is deployed",
        ),
    ]
    if told and not limits.min_timeout <= record.timeout_ms <= limits.max_timeout:
        bounds = f"{text.duration(limits.min_timeout)} – {text.duration(limits.max_timeout)}"
        rows.append(_row("Timeout", False, text.duration(record.timeout_ms), f"{bounds} allowed"))
    rows.append(_kind_row(record.kind, _runtimes(info, target), target))
    return rows


def model_rows(
    record: PackageRecord, models: Sequence[StoredModel], store: ModelStoreSetting | None
) -> list[dict[str, Any]]:
    """The rows of models that do not travel in the package."""
    rows = [
        _row(
            f"Model {model.name}",
            store is not None,
            text.size(model.size),
            f"→ {store.words}" if store else "this target has no model store",
        )
        for model in models
    ]
    needed = memory_for(sum(model.size for model in models)) if models else 0
    if record.memory_mb < needed:
        note = f"to load it takes about {needed:,} MB: --memory {needed}"
        rows.append(_row("Memory for models", False, f"{record.memory_mb:,} MB", note))
    return rows


def _runtimes(info: HostInfo | None, target: str) -> Runtimes | None:
    if info is not None:
        return info.runtimes
    if target == PLAYGROUND:
        return runtimes_with_python(_OWN_VERSION)
    return None


def _kind_row(kind: str, runtimes: Runtimes | None, target: str) -> dict[str, Any]:
    if runtimes is None:
        return _row("Kind", True, kind, "checked when it is deployed")
    try:
        resolved = resolve_kind(kind, runtimes)
    except KindNotSupported:
        return _row("Kind", False, kind, "not available on this target")
    version = resolved.removeprefix("python:")
    if target == PLAYGROUND and version != _OWN_VERSION and not shutil.which(f"python{version}"):
        # The playground lists every kind that OpenWhisk has, and runs those it finds.
        return _row("Kind", False, kind, f"this machine has no python{version}")
    return _row("Kind", True, kind, "available on this target")


def _row(check: str, ok: bool, value: str, note: str) -> dict[str, Any]:
    return {"check": check, "ok": ok, "value": value, "note": note}

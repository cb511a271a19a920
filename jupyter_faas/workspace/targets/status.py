"""What the sidebar shows at its top: version, targets, and the bounds of the one in use."""

from __future__ import annotations

from typing import Any

from jupyter_faas.version import __version__
from jupyter_faas.whisk.profiles import OPENWHISK
from jupyter_faas.workspace.preflight.preflight import limits_of
from jupyter_faas.workspace.targets.targets import Targets


def status(targets: Targets, *, check: bool, now_ms: int) -> dict[str, Any]:
    """status.json. ``check`` asks the target in use; the others are shown as they are known."""
    current = targets.checked_state() if check else targets.state(targets.current())
    states = [current if one.name == current.name else one for one in targets.states()]
    limits = limits_of(targets.known_info(), current.name, current.profile or OPENWHISK)
    return {
        "version": __version__,
        "target": current.to_json(),
        "targets": [one.to_json() for one in states],
        "limits": {
            "memory_mb": {"min": limits.min_memory, "max": limits.max_memory},
            "timeout_ms": {"min": limits.min_timeout, "max": limits.max_timeout},
            "code_bytes": limits.max_code_bytes,
        },
        "as_of": now_ms,
    }

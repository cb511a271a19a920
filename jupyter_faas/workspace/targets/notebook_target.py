"""The target that a notebook records in its metadata, as ``{"faas": {"target": "fra"}}``.

It is separate from ``targets.py``, because the kernel reads it before a target is known, and the
CLI before it runs the notebook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from jupyter_faas.errors import TargetNotConfigured


def recorded_target(metadata: object) -> str | None:
    """Return the target that a notebook's metadata names, or None if it follows the default.

    A value that is not text is returned as text. No target has such a name, so the error about the
    unknown target then shows the value.
    """
    faas = metadata.get("faas") if isinstance(metadata, Mapping) else None
    name = faas.get("target") if isinstance(faas, Mapping) else None
    return None if name in (None, "") else str(name)


def target_in_file(path: Path | None) -> str | None:
    """Return the target that a notebook file names, or None if there is no such file."""
    if path is None:
        return None
    try:
        text = path.read_bytes()
        # Notebooks with large outputs take a while to parse, and most do not name a target.
        if b'"faas"' not in text:
            return None
        notebook = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return None
    return recorded_target(notebook.get("metadata") if isinstance(notebook, dict) else None)


def not_configured(name: str, names: tuple[str, ...]) -> TargetNotConfigured:
    """Return the error for a notebook whose target does not exist in this data directory."""
    return TargetNotConfigured(
        f"This notebook uses the target {name!r}, which is not configured on this machine.",
        hint=f"To add it: %faas target add {name} --wskprops FILE\nOr use another target in this "
        f"notebook: %faas target use NAME\nTargets: {', '.join(names)}",
    )

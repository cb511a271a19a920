"""Options that no package can have, refused before any work."""

from __future__ import annotations

import json

from jupyter_faas.errors import InputError, KindNotSupported
from jupyter_faas.whisk import RUNTIMES, check_name
from jupyter_faas.workspace.adapting import check_either
from jupyter_faas.workspace.environment import this_kind
from jupyter_faas.workspace.request import MODEL_FORMATS, CompositionRequest, PackageRequest


def check_options(request: PackageRequest | CompositionRequest, family: str = "python") -> None:
    """Raises InputError, which names the option. ``family`` of runtimes is what the code is for."""
    check_name(request.name)
    if request.package is not None:
        check_name(request.package, "package")
    for what, value in (("memory", request.memory_mb), ("timeout", request.timeout_ms)):
        if value < 1:
            raise InputError(f"The {what} of {request.name!r} must be more than nothing.")
    _check_kind(request.kind, family)
    check_either(request.name, vendor=request.vendor, image=request.image)
    for what, values in (("parameter", request.parameters), ("annotation", request.annotations)):
        for key in (key for key, value in values.items() if not _is_json(value)):
            # Without the value, which may be a secret.
            raise InputError(
                f"The {what} {key!r} of {request.name!r} is not JSON.",
                hint="Use text, numbers, true, false, null, lists and dictionaries.",
            )


def check_model_format(request: PackageRequest) -> None:
    """Raises InputError when models cannot travel in that form."""
    if request.model_format not in MODEL_FORMATS:
        raise InputError(
            f"There is no model format {request.model_format!r}.",
            hint=f"Write --model-format {' or '.join(MODEL_FORMATS)}.",
        )


def _check_kind(kind: str | None, wanted: str) -> None:
    # A family that nobody has heard of may be one of the host's own.
    family = (kind or "").lower().partition(":")[0]
    if family not in RUNTIMES or family == wanted:
        return
    if wanted != "python":
        raise KindNotSupported(
            f"The kind {kind!r} does not run JavaScript, which this composition's functions are.",
            hint="Leave --kind out, or name a Node.js kind: --kind nodejs:20",
        )
    raise KindNotSupported(
        f"The kind {kind!r} does not run Python, and a notebook's function is Python.",
        hint=f"Leave --kind out, or name a Python kind: --kind {this_kind()}",
    )


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True

"""The operations of a widget's buttons, and errors as JSON for front ends.

This is not in widget.py because the kernel's comm needs it at ``%load_ext``, which must not import
ipywidgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jupyter_faas.errors import FaasError, InputError

# Takes the parameters of a run (an empty mapping for other operations). Returns a reply or None.
Action = Callable[[Mapping[str, Any]], "dict[str, Any] | None"]


def answer(actions: Mapping[str, Action], message: Mapping[str, Any]) -> dict[str, Any] | None:
    """Run the operation that ``{"op", "params"}`` names and return its reply, or None.

    A FaasError becomes an error reply.
    """
    operation = str(message.get("op"))
    try:
        if operation not in actions:
            raise InputError(f"This kernel knows no operation {operation!r}.")
        return actions[operation](message.get("params") or {})
    except FaasError as error:
        return {"event": "error", "op": operation, "error": error_json(error)}


def error_json(error: BaseException) -> dict[str, str]:
    """Return ``{"code", "message", "hint"}``. For an unexpected error only its class is named."""
    if isinstance(error, FaasError):
        return {"code": error.code, "message": error.message, "hint": error.hint}
    return {
        # The text of an unexpected error helps developers only, and the kernel's log has it.
        "code": "internal_error",
        "message": f"jupyter_faas failed in the kernel ({type(error).__name__}).",
        "hint": "The log of the kernel says why.",
    }

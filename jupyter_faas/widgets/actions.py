"""Answers to a widget's buttons, and errors as JSON for front ends.

These functions are not in widget.py, because the kernel's comm needs them at ``%load_ext``, which
must not import ipywidgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jupyter_faas.errors import FaasError, InputError

# An Action takes the parameters of a run, or an empty mapping for other operations. It returns a
# reply or None.
Action = Callable[[Mapping[str, Any]], "dict[str, Any] | None"]


def answer(actions: Mapping[str, Action], message: Mapping[str, Any]) -> dict[str, Any] | None:
    """Run the operation ``op`` of a message with its ``params``, and return the reply or None.

    A FaasError, also for an unknown operation, becomes an error reply.
    """
    operation = str(message.get("op"))
    try:
        if operation not in actions:
            raise InputError(f"This kernel does not support the operation {operation!r}.")
        return actions[operation](message.get("params") or {})
    except FaasError as error:
        return {"event": "error", "op": operation, "error": error_json(error)}


def error_json(error: BaseException) -> dict[str, str]:
    """Return an error as ``{"code", "message", "hint"}``.

    For an unexpected error, the message contains only the class name.
    """
    if isinstance(error, FaasError):
        return error.to_json()
    return {
        # The message of an unexpected error helps only developers, who find it in the kernel's log.
        "code": "internal_error",
        "message": f"jupyter_faas failed in the kernel ({type(error).__name__}).",
        "hint": "The log of the kernel shows the cause.",
    }

"""The buttons of a widget: what a front end without our extension asks, and what it hears."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jupyter_faas.errors import FaasError, InputError

# Takes the parameters of a run (empty for others) and gives the reply, if there is one.
Action = Callable[[Mapping[str, Any]], "dict[str, Any] | None"]


def answer(actions: Mapping[str, Action], message: Mapping[str, Any]) -> dict[str, Any] | None:
    """Do what ``{"op", "params"}`` asks; an error is a reply too."""
    operation = str(message.get("op"))
    try:
        if operation not in actions:
            raise InputError(f"This kernel knows no operation {operation!r}.")
        return actions[operation](message.get("params") or {})
    except FaasError as error:
        return {"event": "error", "op": operation, "error": error_json(error)}


def error_json(error: BaseException) -> dict[str, str]:
    """``{"code", "message", "hint"}``; nothing of an unexpected error but its class."""
    if isinstance(error, FaasError):
        return {"code": error.code, "message": error.message, "hint": error.hint}
    return {
        "code": "internal_error",
        "message": f"jupyter_faas failed in the kernel ({type(error).__name__}).",
        "hint": "The log of the kernel says why.",
    }

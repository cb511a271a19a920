"""Conversion of a target's HTTP error responses to exceptions, without revealing the API key."""

from __future__ import annotations

import base64

from jupyter_faas.client.target import Target
from jupyter_faas.client.transport import Reply
from jupyter_faas.errors import (
    ActionConflict,
    FaasError,
    NotAuthorized,
    TargetError,
    TargetFailed,
    TargetNotReachable,
    TargetRefused,
)
from jupyter_faas.playground_proof import RESTART_HINT

# The maximum length of a server's message in characters. Some servers send a whole stack trace.
_MAX_LENGTH = 1000

_PACKAGE_TOO_LARGE = (
    "Reduce the size of the package: include fewer or smaller files, arrays and models."
)
_REFUSAL_HINTS = {
    429: "The target limits calls per minute and concurrent calls. Wait a moment and try again.",
}


def error_for(
    reply: Reply,
    target: Target,
    *,
    missing: FaasError | None = None,
    too_large: str = _PACKAGE_TOO_LARGE,
) -> FaasError:
    """Return the error for a reply whose status is 400 or higher.

    ``missing`` is the error to return for a 404, and ``too_large`` is the hint for a 413. The
    error's message contains the server's message, but never the API key, even if the server repeats
    it. Its ``status`` is that of the reply.
    """
    error = _error_for(reply, target, missing, too_large)
    if isinstance(error, TargetError):
        error.status = reply.status
    return error


def _error_for(
    reply: Reply, target: Target, missing: FaasError | None, too_large: str
) -> FaasError:
    words = server_message(reply, target)
    status = reply.status
    # A 404 without OpenWhisk's error body comes from another web server, because the configured API
    # host is wrong.
    if status == 404 and missing is not None and words:
        return missing
    if status == 401:
        return NotAuthorized(
            f"{target.label} does not accept the key: {words or 'no reason given'}",
            hint=_key_hint(target),
        )
    if status == 403:
        return NotAuthorized(
            f"{target.label} does not allow this request: {words or 'no reason given'}",
            hint=f"The key of target {target.name!r} does not have the required permission, or "
            "its quota is used up. Ask the host's operator to change this, or use another target: "
            "%faas target use playground",
        )
    if not words:
        return TargetNotReachable(
            f"{target.label} did not return a valid OpenWhisk response (status {status}).",
            hint=f"Check that {target.apihost} is the API host, or use another target: %faas "
            "target use playground",
        )
    if status == 409:
        conflict = ActionConflict(f"{target.label} rejected the request: {words}")
        taken = conflict.is_name_of_another_kind or "already exists" in words
        conflict.hint = "Choose another name." if taken else "Try again."
        return conflict
    if status >= 500:
        return TargetFailed(
            f"{target.label} failed: {words}",
            hint="The error occurred on the target. Try again, or look at the target's own logs.",
        )
    hint = too_large if status == 413 else _REFUSAL_HINTS.get(status, "")
    return TargetRefused(f"{target.label} rejected the request: {words}", hint=hint)


def server_message(reply: Reply, target: Target) -> str:
    """Return the ``error`` field of an OpenWhisk error body, shortened and without the API key.

    Returns an empty string if the body does not have this field.
    """
    words = reply.body.get("error") if isinstance(reply.body, dict) else None
    return redacted(words, target) if isinstance(words, str) else ""


def redacted(words: str, target: Target) -> str:
    """Return a server's message, shortened and with the API key replaced by dots."""
    # The whole ``uuid:key`` is replaced first. If the second half were replaced first, the first
    # half would remain in the message.
    whole, key = target.auth, target.auth.partition(":")[2]
    for secret in (whole, base64.b64encode(whole.encode()).decode(), key):
        if secret:
            words = words.replace(secret, "•••")
    words = words.strip()
    return words if len(words) <= _MAX_LENGTH else words[:_MAX_LENGTH] + " …"


def _key_hint(target: Target) -> str:
    return RESTART_HINT if target.kind == "playground" else target.key_hint

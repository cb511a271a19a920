"""The errors of a request that gets no valid response: what failed, and what to do about it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from jupyter_faas.client.target import PLAYGROUND, WSKPROPS, Target
from jupyter_faas.errors import ConnectionBroken, TargetNotReachable
from jupyter_faas.playground_proof import RESTART_HINT, NotProved

if TYPE_CHECKING:
    import requests

_CERTIFICATE_HINTS = {
    PLAYGROUND: "Restart the playground, which replaces an invalid ca.pem: jupyter faas playground "
    "stop, then jupyter faas playground start --tls",
    WSKPROPS: "Set JUPYTER_FAAS_CA to the PEM file of the authority that signed the certificate. "
    "For a host that you trust, you can set JUPYTER_FAAS_INSECURE=1 instead.",
}


def tls_error(exc: requests.exceptions.SSLError, target: Target) -> TargetNotReachable:
    """Return the error for a failed TLS connection, including the reason from OpenSSL."""
    cause = _cause(exc)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TargetNotReachable(
            f"The certificate of {target.label} is not accepted: {cause.verify_message}.",
            hint=_CERTIFICATE_HINTS.get(
                target.name,
                f"Run %faas target remove {target.name}, and add the target again with --ca FILE, "
                "the PEM file of the authority that signed the certificate. For a host that you "
                "trust, you can use --insecure instead.",
            ),
        )
    reason = getattr(cause, "reason", None)
    words = f": {reason.replace('_', ' ').lower()}" if isinstance(reason, str) else ""
    return TargetNotReachable(
        f"The TLS connection to {target.label} failed{words}.",
        hint="An API host without a scheme is called over HTTPS. If the host does not support "
        f"HTTPS, use {target.apihost.replace('https:', 'http:', 1)} as the API host of the "
        "target.",
    )


def _cause(exc: BaseException) -> ssl.SSLError | None:
    """Return the ``ssl.SSLError`` that requests and urllib3 have wrapped, or None.

    Depending on the versions of both libraries, the SSLError is a context, a cause, an argument or
    the attribute ``reason``, so all of these are searched.
    """
    seen: set[int] = set()
    wrapped: list[object] = [exc]
    while wrapped:
        one = wrapped.pop()
        if isinstance(one, ssl.SSLError):
            return one
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            wrapped += [one.__context__, getattr(one, "reason", None), *one.args, one.__cause__]
    return None


NO_JSON_HINTS = {
    413: "The request is too large for the host or for a proxy in front of it. Send less in one "
    "call, such as half of the values in each of two calls.",
    500: "Try again later. If the error occurs again, the request may be too large for the host: "
    "look at the host's logs.",
    502: "A proxy cannot reach the host. Try again later.",
    503: "The host is not ready. Try again later.",
    504: "A proxy timed out while it waited for the host. Try again later.",
}


def not_json(target: Target, status: int, content_type: str) -> TargetNotReachable:
    """Return the error for a response that is not JSON, such as a proxy's."""
    error = TargetNotReachable(
        f"{target.label} did not return a valid OpenWhisk response (status {status}, "
        f"{content_type}).",
        hint=NO_JSON_HINTS.get(
            status, f"Check that {target.apihost} is the API host, not a web page."
        ),
    )
    error.status = status
    return error


def unreachable(
    target: Target,
    reason: str,
    kind: type[TargetNotReachable] = TargetNotReachable,
    *,
    proved: bool = True,
) -> TargetNotReachable:
    """Return the error for a target that does not respond. ``reason`` is `` (text)`` or empty.

    ``proved`` is false if another program responds, which does not know the playground's key.
    """
    hint = "Check the network and the API host, or use another target: %faas target use playground"
    if target.kind == "playground":
        hint = "Start it with: %faas playground start" if proved else RESTART_HINT
    return kind(f"{target.label} is not reachable at {target.apihost}{reason}.", hint=hint)


def repeat_hint(method: str) -> str:
    """Return what to do if the host may have processed a request.

    A POST may run a function a second time. The other methods change nothing the second time.
    """
    if method == "GET":
        return "Wait a moment and try again."
    if method == "POST":
        return (
            "The request may have been processed. Look for its run before you repeat it: "
            "%faas activations"
        )
    return "The request may have been processed. Wait a moment and try again."


def connection_broken(target: Target, method: str) -> ConnectionBroken:
    """Return the error for a connection that broke after a request was sent."""
    return ConnectionBroken(
        f"The connection to {target.label} was lost before a response arrived.",
        hint=repeat_hint(method),
    )


def is_retryable(exc: requests.RequestException, method: str) -> bool:
    """Return whether a failed request is sent again: if it was not sent, or is a broken GET."""
    import requests

    # An SSLError is a ConnectionError too, but another attempt would fail in the same way. After a
    # read timeout, the host may still be processing the request.
    if isinstance(exc, requests.exceptions.SSLError | requests.ReadTimeout):
        return False
    if is_unsent(exc):
        return True
    broken = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    return method == "GET" and isinstance(exc, broken)


def is_unsent(exc: requests.RequestException) -> bool:
    """Return whether the request was certainly not sent, because no connection was established.

    If a kept-alive connection breaks, the server may already have read the request.
    """
    import requests
    from urllib3.exceptions import NewConnectionError

    if isinstance(exc, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = exc.args[0] if exc.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def system_reason(exc: requests.RequestException) -> str:
    """Return the operating system's reason, such as ``" (connection refused)"``, or ``""``.

    The message of the exception is not used, because it contains the URL of the request.
    """
    import requests

    if isinstance(exc, requests.ConnectTimeout):
        return " (no connection in time)"
    found = _system_error(exc)
    return f" ({found.strerror.lower()})" if found is not None and found.strerror else ""


def is_not_proved(exc: requests.RequestException) -> bool:
    """Return whether another program responded, which does not know the playground's key."""
    return isinstance(_system_error(exc), NotProved)


def _system_error(exc: requests.RequestException) -> OSError | None:
    cause: object = exc.args[0] if exc.args else None
    cause = getattr(cause, "reason", cause)
    while cause is not None and not isinstance(cause, OSError):
        cause = getattr(cause, "__cause__", None) or getattr(cause, "__context__", None)
    return cause if isinstance(cause, OSError) else None

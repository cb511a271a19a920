"""What goes wrong with TLS, in words: why, and what to do about it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from jupyter_faas.client.config import PLAYGROUND, WSKPROPS, Target
from jupyter_faas.errors import TargetNotReachable

if TYPE_CHECKING:
    import requests

_WAYS_OUT = {
    PLAYGROUND: "Its ca.pem beside wskprops is made anew when it is stopped and started again: "
    "jupyter faas playground stop, then jupyter faas playground start --tls",
    WSKPROPS: "Name the PEM file of the authority that signed it in JUPYTER_FAAS_CA, "
    "or, for a host you trust, set JUPYTER_FAAS_INSECURE=1.",
}


def tls_error(exc: requests.exceptions.SSLError, target: Target) -> TargetNotReachable:
    """The error for a connection that TLS has ended, with the reason in OpenSSL's own words."""
    cause = _cause(exc)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TargetNotReachable(
            f"The certificate of {target.label} is not accepted: {cause.verify_message}.",
            hint=_WAYS_OUT.get(
                target.name,
                "Add the target again with --ca FILE (the PEM file of the authority that signed "
                "it), or, for a host you trust, with --insecure.",
            ),
        )
    reason = getattr(cause, "reason", None)
    words = f": {reason.replace('_', ' ').lower()}" if isinstance(reason, str) else ""
    return TargetNotReachable(
        f"There is no TLS connection with {target.label}{words}.",
        hint=f"Check that {target.apihost} speaks https; an API host without a scheme means https.",
    )


def _cause(exc: BaseException) -> ssl.SSLError | None:
    """The error of the ssl module that requests and urllib3 have wrapped."""
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

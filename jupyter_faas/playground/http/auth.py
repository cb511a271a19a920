"""HTTP Basic authentication with API keys (contract §1.2), and the checks of browsers' headers."""

from __future__ import annotations

import base64
import binascii
import re

from starlette.datastructures import Headers

from jupyter_faas.playground.entities.namespaces import Caller, Namespaces
from jupyter_faas.playground.errors import Unauthenticated

CHALLENGE = 'Basic realm="OpenWhisk secure realm",charset=UTF-8'
MISSING = "The resource requires authentication, which was not supplied with the request"
INVALID = "The supplied authentication is invalid"

# The allowed values of the Host header. An attacker could make any other name resolve to this
# machine (DNS rebinding).
_LOOPBACK = re.compile(rb"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{0,5})?", re.IGNORECASE)


def is_loopback_host(host: bytes) -> bool:
    """Return whether a Host header names this machine."""
    return _LOOPBACK.fullmatch(host) is not None


def is_from_other_site(headers: Headers) -> bool:
    """Return whether a browser sent a request for a page that is not of this machine.

    Only browsers send these headers, and pages cannot change them. For requests without ``Origin``,
    such as those for images, a page can hide ``Referer`` but not ``Sec-Fetch-Site``. A link that a
    user follows is not refused, because the page with the link does not see the response.
    """
    origins = headers.getlist("origin")
    if origins:
        return not all(map(_is_own_page, origins))
    is_embedded = headers.get("sec-fetch-mode", "navigate") != "navigate"
    is_cross_site = headers.get("sec-fetch-site") == "cross-site"
    return is_embedded and is_cross_site and not _is_own_page(headers.get("referer", ""))


def _is_own_page(url: str) -> bool:
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    return scheme in ("http", "https") and is_loopback_host(host.encode("latin-1", "replace"))


class Authenticator:
    """Identifies the caller of a request by the API key in the ``Authorization`` header."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces

    def check(self, header: str | None) -> Caller:
        """Return the caller who owns the API key in an ``Authorization`` header.

        Raises Unauthenticated if the header is None or malformed, or if the key is unknown.
        """
        scheme, _, credentials = (header or "").strip().partition(" ")
        if scheme.lower() != "basic":
            raise Unauthenticated(MISSING)
        try:
            given = base64.b64decode(credentials.strip(), validate=True)
        except (binascii.Error, ValueError):
            given = b""
        # As in OpenWhisk, what cannot be decoded counts as not sent.
        if not given:
            raise Unauthenticated(MISSING)
        caller = self._namespaces.by_auth(given)
        if caller is None:
            raise Unauthenticated(INVALID)
        return caller

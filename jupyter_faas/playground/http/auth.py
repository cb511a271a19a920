"""HTTP Basic with the playground's key (contract §1.2)."""

from __future__ import annotations

import base64
import binascii
import hmac

from jupyter_faas.playground.refusals import Unauthenticated

CHALLENGE = 'Basic realm="OpenWhisk secure realm"'
MISSING = "The resource requires authentication, which was not supplied with the request"
INVALID = "The supplied authentication is invalid"


class Authenticator:
    """Compares in constant time. Raises Unauthenticated in the contract's words."""

    def __init__(self, auth: str) -> None:
        """``auth`` is ``uuid:key``."""
        self._auth = auth.encode()

    def check(self, header: str | None) -> None:
        scheme, _, credentials = (header or "").strip().partition(" ")
        if scheme.lower() != "basic":
            raise Unauthenticated(MISSING)
        try:
            given = base64.b64decode(credentials.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise Unauthenticated(INVALID) from None
        if not hmac.compare_digest(given, self._auth):
            raise Unauthenticated(INVALID)

"""HTTP Basic with the key of a namespace (contract §1.2)."""

from __future__ import annotations

import base64
import binascii

from jupyter_faas.playground.identities import Identities
from jupyter_faas.playground.refusals import Unauthenticated
from jupyter_faas.playground.run import Caller

CHALLENGE = 'Basic realm="OpenWhisk secure realm"'
MISSING = "The resource requires authentication, which was not supplied with the request"
INVALID = "The supplied authentication is invalid"


class Authenticator:
    """Raises Unauthenticated in the contract's words."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    def check(self, header: str | None) -> Caller:
        """Whose key the ``Authorization`` header carries."""
        scheme, _, credentials = (header or "").strip().partition(" ")
        if scheme.lower() != "basic":
            raise Unauthenticated(MISSING)
        try:
            given = base64.b64decode(credentials.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise Unauthenticated(INVALID) from None
        caller = self._identities.by_auth(given)
        if caller is None:
            raise Unauthenticated(INVALID)
        return caller

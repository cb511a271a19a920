"""HTTP Basic authentication with the key of a namespace (contract §1.2), and the Host check."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from jupyter_faas.playground.entities.namespaces import Caller, Namespaces
from jupyter_faas.playground.errors import Unauthenticated

CHALLENGE = 'Basic realm="OpenWhisk secure realm"'
MISSING = "The resource requires authentication, which was not supplied with the request"
# More keys than that are not in use at a time.
_REMEMBERED = 1024

INVALID = "The supplied authentication is invalid"


# The names by which this machine is reached from itself; any other name was pointed here by someone
# else's DNS (DNS rebinding). Nothing but the host and its port may stand there.
_LOOPBACK = re.compile(rb"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{0,5})?", re.IGNORECASE)


def is_loopback_host(host: bytes) -> bool:
    """Whether a Host header names this machine."""
    return _LOOPBACK.fullmatch(host) is not None


class Authenticator:
    """Raises Unauthenticated in the contract's words."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._generation = -1
        self._checked: dict[bytes, Caller] = {}

    def recall(self, header: bytes) -> Caller | None:
        """Whose key a header carries that ``check`` has found to be right before.

        Headers are remembered by their digest: to compare digests tells nothing of a key.
        """
        if not self._namespaces.is_current(self._generation):
            self._generation = self._namespaces.generation
            self._checked.clear()
        return self._checked.get(hashlib.sha256(header).digest())

    def remember(self, header: bytes, caller: Caller) -> None:
        """``check`` has given ``caller`` for it since ``recall`` did not know it."""
        if len(self._checked) >= _REMEMBERED:
            self._checked.clear()
        self._checked[hashlib.sha256(header).digest()] = caller

    def check(self, header: str | None) -> Caller:
        """Whose key the ``Authorization`` header carries."""
        scheme, _, credentials = (header or "").strip().partition(" ")
        if scheme.lower() != "basic":
            raise Unauthenticated(MISSING)
        try:
            given = base64.b64decode(credentials.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise Unauthenticated(INVALID) from None
        caller = self._namespaces.by_auth(given)
        if caller is None:
            raise Unauthenticated(INVALID)
        return caller

"""The proof that a playground knows its own API key, which clients ask for before they send it.

When a playground has stopped, another user's program can listen on its port. A client therefore
begins each connection with ``GET /ping`` and a random challenge, and the playground responds with
what only a holder of the key can compute from it. Over HTTPS, the certificate proves the same.
"""

from __future__ import annotations

import hmac
import secrets
import socket
import time
from collections.abc import Mapping

PATH = "/ping"
CHALLENGE_HEADER = "X-Faas-Challenge"
PROOF_HEADER = "X-Faas-Proof"
ANSWER = b"pong"

RESTART_HINT = "Restart the playground: %faas playground stop, then %faas playground start"

_MAX_BYTES = 65_536
_TIMEOUT_S = 5.0
_HEAD_END = b"\r\n\r\n"


class NotProved(OSError):
    """Raised for a connection to a program that does not know the playground's API key."""

    def __init__(self) -> None:
        super().__init__(0, "another program uses its port, or its key file has changed")


def proof_of(key: str, challenge: str, port: int) -> str:
    """Return what only a holder of the API key can answer to a challenge on a port.

    With the port, a program that listens on another port cannot pass the challenge on to the real
    playground.
    """
    return hmac.new(key.encode(), f"{challenge}:{port}".encode(), "sha256").hexdigest()


class Challenge:
    """One challenge to the program that listens on a port of 127.0.0.1."""

    def __init__(self, key: str, port: int) -> None:
        challenge = secrets.token_hex(16)
        self._proof = proof_of(key, challenge, port)
        head = (
            f"GET {PATH} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"{CHALLENGE_HEADER}: {challenge}",
        )
        self.request = "\r\n".join((*head, "", "")).encode("ascii")

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check a response, whose header names are in lower case. Raises NotProved."""
        proof = headers.get(PROOF_HEADER.lower(), "")
        if body != ANSWER or not hmac.compare_digest(proof.encode(), self._proof.encode()):
            raise NotProved

    def put_to(self, connection: socket.socket) -> None:
        """Send the challenge on a new connection, and check the response.

        The timeout of the connection limits the whole exchange. Raises NotProved, and
        OSError if the connection breaks or the timeout passes.
        """
        timeout_s = connection.gettimeout() or _TIMEOUT_S
        ends = time.monotonic() + timeout_s
        connection.sendall(self.request)
        data = b""
        # The server sends nothing more, so the response ends with its body.
        while not data.endswith(_HEAD_END + ANSWER):
            connection.settimeout(max(0.001, ends - time.monotonic()))
            piece = connection.recv(4096)
            data += piece
            if not piece or len(data) > _MAX_BYTES:
                raise NotProved
        connection.settimeout(timeout_s)
        lines = data.partition(_HEAD_END)[0].decode("latin-1").split("\r\n")[1:]
        fields = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        self.check(headers, ANSWER)

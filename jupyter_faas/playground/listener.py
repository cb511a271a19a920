"""The port that the playground listens to, on this machine only."""

from __future__ import annotations

import socket

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.folder import Folder
from jupyter_faas.playground.options import DEFAULT_PORT


def listen(wanted: int | None, folder: Folder) -> socket.socket:
    """The port that was asked for, else the last one, the usual one, or any.

    Raises PlaygroundError when the one that was asked for is taken.
    """
    last = folder.read_state().get("port")
    for port in [wanted] if wanted is not None else [last, DEFAULT_PORT, 0]:
        if not isinstance(port, int):
            continue
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            # At once: until one listens, Linux lets another bind it, who would think it his own.
            listener.listen()
        except OSError:
            listener.close()
            continue
        return listener
    raise PlaygroundError(
        f"Port {wanted} is taken.", hint="Choose another with --port, or leave it out."
    )

"""The playground: an OpenWhisk-compatible backend on this machine, in a separate process.

Other packages start, find and stop the playground with the functions below. They communicate with
it over HTTP only, as with any OpenWhisk host. It does not depend on notebooks, bundles or models.
"""

from __future__ import annotations

from jupyter_faas.playground.control import (
    PlaygroundInfo,
    PlaygroundStop,
    record_host_python,
    register_environment,
    repair,
    start,
    status,
    stop,
)

__all__ = [
    "PlaygroundInfo",
    "PlaygroundStop",
    "record_host_python",
    "register_environment",
    "repair",
    "start",
    "status",
    "stop",
]

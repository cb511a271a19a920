"""The playground: an OpenWhisk-compatible backend on this machine, in a process of its own.

Other packages start, find and stop it with the functions below. They talk to it over HTTP only, as
to any OpenWhisk host. It knows nothing of notebooks, bundles or models.
"""

from __future__ import annotations

from jupyter_faas.playground.control import (
    PlaygroundInfo,
    register_environment,
    start,
    status,
    stop,
)

__all__ = ["PlaygroundInfo", "register_environment", "start", "status", "stop"]

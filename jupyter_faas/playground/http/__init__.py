"""The HTTP API of the playground: routes, request parsing and responses.

This package contains no business logic. Its handlers call the other packages of the playground.
"""

from __future__ import annotations

from jupyter_faas.playground.http.api_gateway import PREFIX as GATEWAY
from jupyter_faas.playground.http.app import make_app
from jupyter_faas.playground.http.services import Services

__all__ = ["GATEWAY", "Services", "make_app"]

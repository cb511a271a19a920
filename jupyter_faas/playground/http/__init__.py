"""The HTTP face of the playground: requests in, the contract's answers out. No logic of its own."""

from __future__ import annotations

from jupyter_faas.playground.http.api_gateway import PREFIX as GATEWAY
from jupyter_faas.playground.http.app import make_app
from jupyter_faas.playground.http.services import Services

__all__ = ["GATEWAY", "Services", "make_app"]

"""The ASGI application, which combines routes, error handlers and middleware."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.http.errors import (
    on_client_gone,
    on_faas_error,
    on_http_error,
    on_other_error,
)
from jupyter_faas.playground.http.middleware import Envelope
from jupyter_faas.playground.http.routes import routes
from jupyter_faas.playground.http.services import Services
from jupyter_faas.playground.http.web_actions import WithoutRouter, web_action


def make_app(services: Services) -> ASGIApp:
    app = Starlette(
        routes=routes(),
        exception_handlers={
            FaasError: on_faas_error,
            HTTPException: on_http_error,
            ClientDisconnect: on_client_gone,
            Exception: on_other_error,
        },
    )
    app.router.redirect_slashes = False
    app.state.services = services
    return Envelope(app, services, WithoutRouter(web_action, app))

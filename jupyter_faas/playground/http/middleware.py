"""Middleware for all requests: Host check, transaction id, CORS, authentication (contract §1)."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.http import web_actions as web
from jupyter_faas.playground.http.auth import Authenticator, is_loopback_host
from jupyter_faas.playground.http.errors import error_response, faas_error
from jupyter_faas.playground.http.invocations import DirectInvocations
from jupyter_faas.playground.http.routes import API, API_DOCS, KEYED
from jupyter_faas.playground.http.services import Services

_READING = ("GET", "HEAD", "OPTIONS")

_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Allow-Headers",
        "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent",
    ),
    ("Access-Control-Allow-Methods", "GET, DELETE, POST, PUT, HEAD"),
)


class Envelope:
    """The outermost ASGI middleware of the application."""

    def __init__(self, app: ASGIApp, services: Services, web_actions: ASGIApp) -> None:
        self._app = app
        self._web_actions = web_actions
        self._services = services
        self._authenticator = Authenticator(services.namespaces)
        cors = tuple((name.lower().encode(), value.encode()) for name, value in _CORS)
        # The connection calls this method by its name (see ``webserver.connection.DIRECT``).
        self.find_direct_handler = DirectInvocations(
            services, self._authenticator, cors
        ).find_handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        headers = Headers(scope=scope)
        # Web actions set CORS headers and respond to OPTIONS themselves.
        rest = path.startswith(KEYED) or path == API
        rest = rest and not path.startswith(web.PREFIX)
        transaction_id = _transaction_id(headers) or self._services.new_id()
        scope["transaction_id"] = transaction_id
        if path != "/ping":
            reads = scope["method"] in _READING and not path.startswith(web.PREFIX)
            (self._services.look if reads else self._services.touch)()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = MutableHeaders(scope=message)
                more["X-Request-ID"] = transaction_id
                if rest:
                    for name, value in _CORS:
                        more[name] = value
            await send(message)

        app = self._app
        if path.startswith(web.PREFIX) and scope["method"] in web.METHODS:
            app = self._web_actions
        response = self._early_response(scope, path, rest, headers, transaction_id)
        await (response or app)(scope, receive, send_with_headers)

    def _early_response(
        self, scope: Scope, path: str, rest: bool, headers: Headers, transaction_id: str
    ) -> Response | None:
        """Return a response if the request must not reach its handler, and None otherwise.

        If the request needs an API key and has a valid one, this sets ``caller`` in ``scope``.
        """
        if not _is_for_this_machine(scope):
            message = "The Host header does not name this machine."
            return error_response(403, message, transaction_id)
        if not rest:
            return None
        if scope["method"] == "OPTIONS":
            return Response(status_code=200)
        if path.rstrip("/") != API and not path.startswith(API_DOCS):
            try:
                scope["caller"] = self._authenticator.check(headers.get("authorization"))
            except FaasError as error:
                return faas_error(error, transaction_id)
        return None


def _transaction_id(headers: Headers) -> str | None:
    """Return the transaction id that the client has sent, or None if it cannot be used.

    An id cannot be used if it looks like a system id or is not a valid header value.
    """
    given = headers.get("x-request-id", "")
    usable = given.isascii() and given.isprintable() and 0 < len(given) <= 128
    return given if usable and not given.startswith("sid_") else None


def _is_for_this_machine(scope: Scope) -> bool:
    """Return whether the Host header rules out DNS rebinding.

    A request without this header is accepted, because all browsers send it and DNS rebinding
    affects only browsers.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return not hosts or (len(hosts) == 1 and is_loopback_host(hosts[0]))

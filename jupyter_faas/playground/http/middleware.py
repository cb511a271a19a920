"""Middleware for all requests: Host check, transaction id, CORS, authentication (contract §1)."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.http import api_gateway as gateway
from jupyter_faas.playground.http import web_actions as web
from jupyter_faas.playground.http.auth import Authenticator, is_loopback_host
from jupyter_faas.playground.http.errors import (
    API,
    BARE,
    OWN_PATHS,
    OWN_TYPE,
    STATUS_ONLY,
    WITHOUT_CORS,
    error_response,
    faas_error,
    is_below,
)
from jupyter_faas.playground.http.invocations import DirectInvocations
from jupyter_faas.playground.http.paths import normalize_path
from jupyter_faas.playground.http.routes import API_DOCS, KEYED
from jupyter_faas.playground.http.services import Services
from jupyter_faas.playground.webserver.negotiation import NOT_ACCEPTABLE, accepts

_READING = ("GET", "HEAD", "OPTIONS")

_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Allow-Headers",
        "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent",
    ),
    ("Access-Control-Allow-Methods", "GET, DELETE, POST, PUT, HEAD"),
)
# Outside the API's path, OpenWhisk names other methods.
_CORS_OUTSIDE = (*_CORS[:2], ("Access-Control-Allow-Methods", "GET, OPTIONS, POST"))
_INVOKERS = "/invokers"
_PLAIN = "text/plain"
# OpenWhisk redirects this path to a page that the playground does not have.
_DOCS = f"{API}/docs"
_DOCS_PAGE = "docs/index.html?url=/api/v1/api-docs"


class Envelope:
    """The outermost ASGI middleware of the application."""

    def __init__(self, app: ASGIApp, services: Services, web_actions: ASGIApp) -> None:
        self._app = app
        self._web_actions = web_actions
        self._services = services
        self._authenticator = Authenticator(services.namespaces)
        cors = tuple((name.lower().encode(), value.encode()) for name, value in _CORS)
        # The connection calls this method by its name (see ``webserver.direct_request.DIRECT``).
        self.find_direct_handler = DirectInvocations(
            services, self._authenticator, cors
        ).find_handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        normalize_path(scope)
        path: str = scope["path"]
        headers = Headers(scope=scope)
        # Web actions set CORS headers and respond to OPTIONS themselves. Below their prefix, a path
        # that names no action is one of the API.
        is_web = web.names_action(path)
        rest = (path.startswith(KEYED) or path == API) and not is_web
        transaction_id = _transaction_id(headers) or self._services.new_id()
        scope["transaction_id"] = transaction_id
        cors = _CORS if rest else _CORS_OUTSIDE if path.startswith(_INVOKERS) else ()
        if path != "/ping":
            reads = scope["method"] in _READING and not is_web
            (self._services.look if reads else self._services.touch)()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = MutableHeaders(scope=message)
                if not scope.get(BARE):
                    more["X-Request-ID"] = transaction_id
                if cors and not scope.get(WITHOUT_CORS):
                    for name, value in cors:
                        more[name] = value
            await send(message)

        if _negotiates(headers) and not path.startswith(OWN_PATHS):
            send_with_headers = _Negotiation(scope, headers, send_with_headers).send
        app = self._app
        if is_web and scope["method"] in web.METHODS:
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
        if path == _DOCS:
            return _moved(_DOCS_PAGE)
        # Web actions and the gateway respond to OPTIONS themselves.
        has_own_options = path.startswith(gateway.PREFIX) or web.names_action(path)
        if scope["method"] == "OPTIONS" and not has_own_options:
            scope[STATUS_ONLY] = True
            response = PlainTextResponse("OK")
            if not rest:
                for name, value in _CORS if is_below(path, API) else _CORS_OUTSIDE:
                    response.headers[name] = value
            return response
        if not rest:
            return None
        if path.rstrip("/") != API and not path.startswith(API_DOCS):
            try:
                scope["caller"] = self._authenticator.check(headers.get("authorization"))
            except FaasError as error:
                scope[WITHOUT_CORS] = True
                return faas_error(error, transaction_id)
        return None


class _Negotiation:
    """Replaces a response that the client does not accept by an error, as OpenWhisk does."""

    def __init__(self, scope: Scope, headers: Headers, send: Send) -> None:
        self._scope = scope
        self._ranges = tuple(headers.getlist("accept")), tuple(headers.getlist("accept-charset"))
        self._send = send
        self._refusal: Response | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            name = self._type_name(_content_type(message))
            negotiated = name and not self._scope.get(STATUS_ONLY)
            if negotiated and 200 <= message["status"] < 400 and not accepts(*self._ranges, name):
                self._scope[WITHOUT_CORS] = True
                error = NOT_ACCEPTABLE.format(name)
                self._refusal = error_response(406, error, self._scope["transaction_id"])
                return
        if self._refusal is None:
            await self._send(message)
        elif not message.get("more_body"):
            await self._refusal(self._scope, _no_body, self._send)

    def _type_name(self, content_type: str) -> str:
        """Return the name of a response's type, without a charset if the client may choose it."""
        chosen = self._scope.get(OWN_TYPE) or not content_type.startswith(_PLAIN)
        return content_type if chosen else _PLAIN


def _content_type(message: Message) -> str:
    # The names of a web action's headers keep their case.
    names = ((bytes(name).lower(), value) for name, value in message["headers"])
    return next((value.decode("latin-1") for name, value in names if name == b"content-type"), "")


async def _no_body() -> Message:
    return {"type": "http.disconnect"}


def _negotiates(headers: Headers) -> bool:
    """Return whether a request says which responses it accepts."""
    return headers.get("accept", "*/*") != "*/*" or "accept-charset" in headers


def _moved(location: str) -> Response:
    """Return OpenWhisk's permanent redirect."""
    text = (
        "The request, and all future requests should be repeated using "
        f'<a href="{location}">this URI</a>.'
    )
    return HTMLResponse(text, 308, {"Location": location})


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

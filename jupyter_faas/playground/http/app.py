"""The routes, and what is the same for every request."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.http import (
    actions,
    activations,
    info,
    inputs,
    invocations,
    models,
    packages,
    sessions,
    triggers,
    usage,
)
from jupyter_faas.playground.http import api_gateway as gateway
from jupyter_faas.playground.http import info as adobe
from jupyter_faas.playground.http import triggers as rules
from jupyter_faas.playground.http import web_actions as web
from jupyter_faas.playground.http.auth import Authenticator
from jupyter_faas.playground.http.errors import (
    error_response,
    faas_error,
    on_client_gone,
    on_faas_error,
    on_http_error,
    on_other_error,
)
from jupyter_faas.playground.http.fast_invocations import Lane
from jupyter_faas.playground.http.invocations import Asked
from jupyter_faas.playground.http.services import Services
from jupyter_faas.playground.http.web_actions import Direct

API = "/api/v1"
_NAMESPACES = f"{API}/namespaces/"
_NS = f"{_NAMESPACES}{{namespace}}"

# Below these a key is needed.
_KEYED = (*(f"{API}/", adobe.PREFIX, models.PREFIX, inputs.PREFIX, sessions.PREFIX, usage.PREFIX),)

# Below this, upstream asks for no key.
_OPEN = f"{API}/api-docs"

# The request names a host by which this machine is reached from itself; any other name was
# pointed here by someone else's DNS. Nothing but the host and its port may stand there.
_LOOPBACK = re.compile(rb"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{0,5})?", re.IGNORECASE)

_READING = ("GET", "HEAD", "OPTIONS")

_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Allow-Headers",
        "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent",
    ),
    ("Access-Control-Allow-Methods", "GET, DELETE, POST, PUT, HEAD"),
)

Handler = Callable[[Request], Awaitable[Response]]


def make_app(known: Services) -> ASGIApp:
    """The whole application."""
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
    app.state.services = known
    return Envelope(app, known, Direct(web.web_action, app))


def routes() -> list[Route]:
    """Where each request goes. What is here is told in the room ``apidocs`` too."""
    action = Resource(
        GET=actions.get_action,
        PUT=actions.put_action,
        DELETE=actions.delete_action,
        POST=invocations.invoke_action,
    )
    package = Resource(
        GET=packages.get_package, PUT=packages.put_package, DELETE=packages.delete_package
    )
    trigger = Resource(
        GET=triggers.get_trigger,
        PUT=triggers.put_trigger,
        DELETE=triggers.delete_trigger,
        POST=triggers.fire_trigger,
    )
    rule = Resource(
        GET=rules.get_rule,
        PUT=rules.put_rule,
        DELETE=rules.delete_rule,
        POST=rules.set_rule_status,
    )
    model = Resource(GET=models.get_model, PUT=models.put_model, DELETE=models.delete_model)
    readable = {
        f"{_NS}/actions": actions.list_actions,
        f"{_NS}/actions/": actions.list_actions,
        f"{_NS}/actions/{{package}}/": actions.list_package,
        f"{_NS}/packages": packages.list_packages,
        f"{_NS}/packages/": packages.list_packages,
        f"{_NS}/triggers": triggers.list_triggers,
        f"{_NS}/triggers/": triggers.list_triggers,
        f"{_NS}/rules": rules.list_rules,
        f"{_NS}/rules/": rules.list_rules,
        f"{_NS}/activations": activations.list_activations,
        f"{_NS}/activations/": activations.list_activations,
        f"{_NS}/activations/{{activation_id}}": activations.get_activation,
        f"{_NS}/activations/{{activation_id}}/result": activations.get_result,
        f"{_NS}/activations/{{activation_id}}/logs": activations.get_logs,
        f"{_NS}/limits": info.namespace_limits,
        f"{API}/namespaces": info.namespaces,
        f"{API}/namespaces/": info.namespaces,
        f"{adobe.PREFIX}namespaces/{{namespace}}/logForwarding": adobe.log_forwarding,
        models.PREFIX: models.list_models,
        inputs.PREFIX: inputs.list_inputs,
        f"{inputs.PREFIX}/{{activation_id}}": inputs.get_input,
        sessions.PREFIX: sessions.list_sessions,
        f"{sessions.PREFIX}/{{activation_id}}": sessions.get_session,
        usage.PREFIX: usage.get_usage,
        f"{usage.PREFIX}/days": usage.get_days,
        API: info.api_info,
        f"{API}/": info.api_info,
        _OPEN: info.api_docs,
        "/ping": info.ping,
        "/": info.host_info,
    }
    return [
        # The one that must be quick is looked at first.
        Route(f"{_NS}/actions/{{name}}", action),
        Route(f"{_NS}/actions/{{package}}/{{name}}", action),
        # aio and others send the namespace of a list's entry back as one segment: ns%2Fpkg
        Route(f"{_NS}/{{package}}/actions/{{name}}", action),
        Route(f"{_NS}/packages/{{package}}", package),
        Route(f"{_NS}/triggers/{{name}}", trigger),
        Route(f"{_NS}/rules/{{name}}", rule),
        Route(f"{web.PREFIX}{{rest:path}}", Resource(**dict.fromkeys(web.METHODS, web.web_action))),
        Route(
            f"{gateway.PREFIX}{{rest:path}}",
            Resource(**dict.fromkeys(web.METHODS, gateway.call_api)),
        ),
        Route(f"{models.PREFIX}/{{sha256}}", model),
        Route(f"{models.READ}{{sha256}}", Resource(GET=models.read_model)),
        *(Route(path, Resource(GET=handler)) for path, handler in readable.items()),
    ]


class Resource:
    """One handler for each method of a path; the others are refused, these named."""

    def __init__(self, **handlers: Handler) -> None:
        self._handlers = handlers

    @property
    def methods(self) -> tuple[str, ...]:
        return tuple(self._handlers)

    @property
    def handlers(self) -> dict[str, Handler]:
        """By method."""
        return dict(self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get(scope["method"])
        if handler is None:
            raise HTTPException(405, headers={"Allow": ", ".join(self._handlers)})
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)


class Envelope:
    """Outside of everything: host, transaction id, CORS, authentication (contract §1)."""

    def __init__(self, app: ASGIApp, known: Services, web_actions: ASGIApp) -> None:
        self._app = app
        self._web_actions = web_actions
        self._known = known
        self._authenticator = Authenticator(known.namespaces)
        cors = tuple((name.lower().encode(), value.encode()) for name, value in _CORS)
        self._lane = Lane(known, cors)
        # See ``taking.TAKE``.
        self.take = self._lane.shortcut.take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if scope["method"] == "POST" and path.startswith(_NAMESPACES):
            short = self._short_way(scope)
            if short is not None:
                self._known.touch()
                await self._lane.run(scope, receive, send, *short)
                return
        headers = Headers(scope=scope)
        # Web actions answer browsers in their own words, OPTIONS included.
        rest = path.startswith(_KEYED) or path == API
        rest = rest and not path.startswith(web.PREFIX)
        transaction_id = _transaction_id(headers) or self._known.new_id()
        scope["transaction_id"] = transaction_id
        if path != "/ping":
            reads = scope["method"] in _READING and not path.startswith(web.PREFIX)
            (self._known.look if reads else self._known.touch)()

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
        answer = self._answer_at_once(scope, path, rest, headers, transaction_id)
        await (answer or app)(scope, receive, send_with_headers)

    def _short_way(self, scope: Scope) -> tuple[Asked, dict[bytes, bytes], Caller] | None:
        """For an invocation of the common kind: what is asked for, the headers, the caller."""
        headers = dict(scope["headers"])
        if len(headers) != len(scope["headers"]) or b"x-request-id" in headers:
            return None
        credentials = headers.get(b"authorization")
        if credentials is None or not _from_here(scope["headers"]):
            return None
        caller = self._authenticator.recall(credentials)
        if caller is None:
            return None
        asked = self._lane.way(scope, headers, caller)
        if asked is None:
            return None
        scope["transaction_id"] = self._known.new_id()
        return asked, headers, caller

    def _answer_at_once(
        self, scope: Scope, path: str, rest: bool, headers: Headers, transaction_id: str
    ) -> Response | None:
        """None when the request may go on to its handler, with its caller in the scope."""
        if not _from_here(scope["headers"]):
            message = "The Host header does not name this machine."
            return error_response(403, message, transaction_id)
        if not rest:
            return None
        if scope["method"] == "OPTIONS":
            return Response(status_code=200)
        if path.rstrip("/") != API and not path.startswith(_OPEN):
            try:
                credentials = headers.get("authorization")
                scope["caller"] = self._authenticator.check(credentials)
                if credentials is not None:
                    self._authenticator.remember(credentials.encode("latin-1"), scope["caller"])
            except FaasError as error:
                return faas_error(error, transaction_id)
        return None


def _transaction_id(headers: Headers) -> str | None:
    """The request's own, unless it pretends to be of the system or could not be a header again."""
    given = headers.get("x-request-id", "")
    usable = given.isascii() and given.isprintable() and 0 < len(given) <= 128
    return given if usable and not given.startswith("sid_") else None


def _from_here(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Without a Host it is no browser, which alone could be led astray; two are a trick."""
    hosts = [value for name, value in headers if name == b"host"]
    return not hosts or (len(hosts) == 1 and _LOOPBACK.fullmatch(hosts[0]) is not None)

"""Web actions: ``/api/v1/web/{ns}/{package|default}/{action}[.ext][/path…]`` (contract §4).

``respond`` first finds the action, and returns 404 unless the action has the annotation
``web-export``. It refuses pages of other sites unless the action is open to them (contract §9). It
answers preflight requests (OPTIONS), and checks ``require-whisk-auth`` (401). Then it runs the
action with the request as arguments (``webactions.request``), and converts the result to a response
(``webactions.response``).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    FaasError,
    InputError,
    NameNotAllowed,
)
from jupyter_faas.playground.entities.actions import NOT_FOUND
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.errors import NotEntitled, OtherSite, Unauthenticated
from jupyter_faas.playground.http.auth import MISSING, Authenticator, is_from_other_site
from jupyter_faas.playground.http.errors import (
    OWN_TYPE,
    WEB_ACTIONS,
    bare_error,
    error_response,
    faas_error,
    is_router_error,
    on_client_gone,
    on_faas_error,
    on_http_error,
    on_other_error,
)
from jupyter_faas.playground.http.invocations import ACTIVATION_ID
from jupyter_faas.playground.http.parsing import whole_body
from jupyter_faas.playground.http.services import Services, origin_of, services_of
from jupyter_faas.playground.webactions.request import WebRequest
from jupyter_faas.playground.webactions.response import (
    EXTENSIONS,
    ListResult,
    WebResponse,
    pretty_json,
    web_response,
)
from jupyter_faas.telemetry import Origin, TraceContext
from jupyter_faas.whisk import FullName, check_name
from jupyter_faas.whisk.entities import WEB_OPEN
from jupyter_faas.whisk.names import RESERVED_PACKAGE

NOT_READY = "Response not yet ready."
UNAUTHORIZED = "Authentication is possible but has failed or not yet been provided."
METHODS = ("GET", "DELETE", "POST", "PUT", "HEAD", "OPTIONS", "PATCH")

PREFIX = WEB_ACTIONS

_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"),
)
_ALLOWED_HEADERS = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"

log = logging.getLogger(__name__)

Headers = Sequence[tuple[str, str]]


class WebActionAddress(NamedTuple):
    """The parts of a web action's URL.

    ``extension`` is the requested type, such as ``.json``, and ``rest`` is the path after the
    action's name.
    """

    name: FullName
    extension: str
    rest: str

    @classmethod
    def parse(cls, raw_path: bytes) -> WebActionAddress:
        """Parse a path that begins with PREFIX.

        Raises HTTPException (404) if it is invalid, and InvalidActionName if only the part before
        the extension is.
        """
        segments = raw_path.decode("latin-1").removeprefix(PREFIX).split("/", 3)
        try:
            namespace, package, last = (
                check_name(unquote(each, errors="strict")) for each in segments[:3]
            )
        except (NameNotAllowed, ValueError):
            raise HTTPException(404) from None
        extension = next((each for each in EXTENSIONS if last.endswith(each)), "")
        try:
            name = check_name(last.removesuffix(extension))
        except NameNotAllowed as error:
            raise InvalidActionName from error
        rest = f"/{segments[3]}" if len(segments) > 3 else ""
        own = None if package == RESERVED_PACKAGE else package
        return cls(FullName(namespace, own, name), extension or ".http", rest)


class InvalidActionName(Exception):
    """Raised for a name that is legal with its extension only. OpenWhisk fails for these."""


def names_action(path: str) -> bool:
    """Return whether a path below PREFIX has the segments of a web action's name."""
    return path.startswith(PREFIX) and len(list(filter(None, path.split("/", 6)))) == 6


async def web_action(request: Request) -> Response:
    try:
        address = WebActionAddress.parse(request.scope["raw_path"])
    except InvalidActionName:
        return bare_error(request)
    except HTTPException:
        # As in OpenWhisk, a path without a web action's name is one of the API, which needs a key.
        if _user(services_of(request), request) is None:
            raise Unauthenticated(MISSING) from None
        raise
    return await respond(request, address)


async def respond(
    request: Request,
    address: WebActionAddress,
    *,
    method: str | None = None,
    headers: Headers = (),
) -> Response:
    """Run a web action, and return its response.

    ``method`` replaces the method of the request, and ``headers`` replace its headers with the same
    names.
    """
    services = services_of(request)
    body = await whole_body(request, services.bounds.max_payload_bytes)
    owner, resolved = _find_web_action(services, address.name)
    is_open = services.opens_web or resolved.action.annotation(WEB_OPEN) is True
    if not is_open and is_from_other_site(request.headers):
        raise OtherSite(address.name.local)
    services.rates.count_invocation(owner.namespace)
    web_request = WebRequest(
        method=method or request.method,
        headers=(*_headers(request, {name for name, _ in headers}), *headers),
        path=address.rest,
        query=request.scope["query_string"].decode("latin-1"),
        body=bytes(body),
        user=_user(services, request),
    )
    options = web_request.method == "OPTIONS"
    custom = resolved.action.annotation("web-custom-options") is True
    if options and not custom:
        return preflight(request)
    is_authorized = (options and custom) or _is_authorized(resolved, web_request)
    transaction_id: str = request.scope["transaction_id"]
    request.scope[OWN_TYPE] = address.extension == ".http"
    try:
        if is_authorized:
            # The rest of the path is a parameter of the action.
            origin = origin_of(request, request.url.path.removesuffix(unquote(address.rest)))
            trace = TraceContext.of_headers(request.headers)
            response = await _run(
                services, address, owner, resolved, web_request, transaction_id, trace, origin
            )
            origin.answered(response.status_code)
        else:
            response = error_response(401, UNAUTHORIZED, transaction_id, pretty_json)
            # The header is removed, because it would make browsers ask for a password.
            del response.headers["WWW-Authenticate"]
    except ListResult:
        return bare_error(request)
    except FaasError as error:
        response = faas_error(error, transaction_id, pretty_json)
        if is_router_error(error):
            return response
    return response if custom else with_headers(response, _cors(request))


def with_cors(response: Response, request: Request) -> Response:
    """Add CORS headers that allow all origins, unless the response already has CORS headers."""
    names = {bytes(name).lower() for name, _ in response.raw_headers}
    has_cors = b"access-control-allow-origin" in names
    return response if has_cors else with_headers(response, _cors(request))


def preflight(request: Request) -> Response:
    """Respond to a CORS preflight request."""
    return with_headers(Response(), _cors(request))


async def _run(
    services: Services,
    address: WebActionAddress,
    owner: Caller,
    resolved: ResolvedAction,
    web_request: WebRequest,
    transaction_id: str,
    trace: TraceContext | None,
    origin: Origin,
) -> Response:
    raw = resolved.action.annotation("raw-http") is True
    arguments = web_request.arguments(raw=raw, immutable=resolved.immutable)
    services.rates.check_concurrency(owner.namespace)
    answer = await services.invoker.invoke(
        address.name,
        arguments,
        caller=owner,
        transaction_id=transaction_id,
        wait_s=services.bounds.max_blocking / 1000,
        trace=trace,
        origin=origin,
    )
    if isinstance(answer, str):
        response = error_response(202, NOT_READY, transaction_id, pretty_json)
        return with_headers(response, [(ACTIVATION_ID, answer)])
    try:
        response = _response(web_response(answer.activation.response, address.extension))
    except (InputError, ActionNotFound) as error:
        response = faas_error(error, transaction_id, pretty_json)
    return with_headers(response, [(ACTIVATION_ID, answer.activation.activation_id)])


def _response(answer: WebResponse) -> Response:
    response = Response(answer.body, answer.status)
    if answer.content_type is not None:
        with_headers(response, [("Content-Type", answer.content_type)])
    return with_headers(response, answer.headers)


def with_headers(response: Response, headers: Headers) -> Response:
    """Append headers without replacing existing ones. The case of their names is kept."""
    for name, value in headers:
        response.raw_headers.append(
            (HeaderName(name.encode("latin-1")), value.encode("latin-1", errors="replace"))
        )
    return response


class HeaderName(bytes):
    """A header name that keeps its case although the server calls ``lower`` on every name."""

    def lower(self) -> HeaderName:
        return self


def _headers(request: Request, excluded: set[str]) -> Headers:
    raw = ((name.decode("latin-1"), _text(value)) for name, value in request.headers.raw)
    return [(name, value) for name, value in raw if name not in excluded]


def _cors(request: Request) -> Headers:
    requested = request.headers.get("access-control-request-headers", _ALLOWED_HEADERS)
    return (*_CORS, ("Access-Control-Allow-Headers", requested))


def _is_authorized(resolved: ResolvedAction, web_request: WebRequest) -> bool:
    """Return whether a request satisfies the action's annotation ``require-whisk-auth``.

    The value true requires a valid API key. A string or number must be the value of the header
    ``X-Require-Whisk-Auth``.
    """
    required: Any = next(
        (each.value for each in resolved.action.annotations if each.key == "require-whisk-auth"),
        False,
    )
    if required is False:
        return True
    if required is True:
        return web_request.user is not None
    if isinstance(required, (str, int, float)):
        secret = required if isinstance(required, str) else orjson.dumps(required).decode()
        given = web_request.header("x-require-whisk-auth")
        return given is not None and hmac.compare_digest(given.encode(), secret.encode())
    return False


def _text(value: bytes) -> str:
    """Decode the value of a header as UTF-8, as OpenWhisk does, or else as Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _find_web_action(services: Services, name: FullName) -> tuple[Caller, ResolvedAction]:
    """Return a web action and its owner, on whose behalf the action runs.

    Raises ActionNotFound for every failure, so that clients cannot find out which other actions
    exist.
    """
    owner = services.namespaces.by_namespace(name.namespace)
    if owner is None:
        raise ActionNotFound(NOT_FOUND)
    try:
        resolved = services.invoker.lookup(name, owner)
    except (ActionNotFound, ActionConflict, NotEntitled):
        raise ActionNotFound(NOT_FOUND) from None
    if resolved.action.annotation("web-export") is not True:
        raise ActionNotFound(NOT_FOUND)
    return owner, resolved


def _user(services: Services, request: Request) -> str | None:
    """Return the namespace of the request's API key, or None without a valid key."""
    try:
        caller = Authenticator(services.namespaces).check(request.headers.get("authorization"))
    except Unauthenticated:
        return None
    return caller.namespace


class WithoutRouter:
    """An ASGI application that calls one handler and handles errors like ``app``.

    It takes only a third of the time of Starlette's router and middleware.
    """

    def __init__(self, handler: Callable[[Request], Awaitable[Response]], app: Starlette) -> None:
        self._handler = handler
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._app
        request = Request(scope, receive, send)
        try:
            response = await self._handler(request)
        except FaasError as error:
            response = await on_faas_error(request, error)
        except HTTPException as error:
            response = await on_http_error(request, error)
        except ClientDisconnect as error:
            response = await on_client_gone(request, error)
        except Exception as error:
            log.exception("A request failed.")
            response = await on_other_error(request, error)
        await response(scope, receive, send)

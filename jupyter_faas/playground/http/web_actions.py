"""``/api/v1/web/{ns}/{package|default}/{action}[.ext][/path…]``: web actions (contract §4)."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
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
from jupyter_faas.playground.errors import NotEntitled, Unauthenticated
from jupyter_faas.playground.http.auth import Authenticator
from jupyter_faas.playground.http.errors import (
    error_response,
    faas_error,
    on_client_gone,
    on_faas_error,
    on_http_error,
    on_other_error,
)
from jupyter_faas.playground.http.invocations import ACTIVATION_ID
from jupyter_faas.playground.http.parsing import whole_body
from jupyter_faas.playground.http.services import Services, services_of
from jupyter_faas.playground.webactions.request import WebRequest
from jupyter_faas.playground.webactions.response import EXTENSIONS, WebResponse, web_response
from jupyter_faas.whisk import FullName, check_name
from jupyter_faas.whisk.names import RESERVED_PACKAGE

NOT_READY = "Response not yet ready."
UNAUTHORIZED = "Authentication is possible but has failed or not yet been provided."
METHODS = ("GET", "DELETE", "POST", "PUT", "HEAD", "OPTIONS", "PATCH")

PREFIX = "/api/v1/web/"

_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"),
)
_ALLOWED_HEADERS = "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Address:
    """Where a request goes. ``rest`` is the path behind the action, as it was written."""

    name: FullName
    extension: str
    rest: str

    @classmethod
    def parse(cls, raw_path: bytes) -> Address:
        """Raises HTTPException: there is no such route."""
        segments = raw_path.decode("latin-1").removeprefix(PREFIX).split("/", 3)
        try:
            namespace, package, last = (
                check_name(unquote(each, errors="strict")) for each in segments[:3]
            )
            extension = next((each for each in EXTENSIONS if last.endswith(each)), "")
            name = check_name(last.removesuffix(extension))
        except (NameNotAllowed, ValueError):
            raise HTTPException(404) from None
        rest = f"/{segments[3]}" if len(segments) > 3 else ""
        own = None if package == RESERVED_PACKAGE else package
        return cls(FullName(namespace, own, name), extension or ".http", rest)


async def web_action(request: Request) -> Response:
    return await respond(request, Address.parse(request.scope["raw_path"]))


async def respond(
    request: Request,
    address: Address,
    *,
    method: str | None = None,
    headers: Headers = (),
) -> Response:
    """The action's answer to a request, or to one with another ``method`` and more ``headers``."""
    services = services_of(request)
    body = await whole_body(request, services.bounds.max_payload_bytes)
    owner, plan = _exported(services, address.name)
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
    custom = plan.action.annotation("web-custom-options") is True
    if options and not custom:
        return preflight(request)
    may = (options and custom) or _may(plan, web_request)
    transaction_id: str = request.scope["transaction_id"]
    try:
        if may:
            response = await _run(services, address, owner, plan, web_request, transaction_id)
        else:
            response = error_response(401, UNAUTHORIZED, transaction_id)
            # A challenge would have browsers ask their users for a key.
            del response.headers["WWW-Authenticate"]
    except FaasError as error:
        response = faas_error(error, transaction_id)
    return response if custom else with_headers(response, _cors(request))


def with_cors(response: Response, request: Request) -> Response:
    """The same, open to the pages of all sites, unless the action has said to which."""
    names = {bytes(name).lower() for name, _ in response.raw_headers}
    open_ = b"access-control-allow-origin" in names
    return response if open_ else with_headers(response, _cors(request))


def preflight(request: Request) -> Response:
    """What a browser wants to know before it sends what it is about to send."""
    return with_headers(Response(), _cors(request))


async def _run(
    services: Services,
    address: Address,
    owner: Caller,
    plan: ResolvedAction,
    web_request: WebRequest,
    transaction_id: str,
) -> Response:
    raw = plan.action.annotation("raw-http") is True
    arguments = web_request.arguments(raw=raw, immutable=plan.immutable)
    services.rates.check_concurrency(owner.namespace)
    done = await services.invoker.invoke(
        address.name,
        arguments,
        caller=owner,
        transaction_id=transaction_id,
        wait_s=services.bounds.max_blocking / 1000,
    )
    if isinstance(done, str):
        response = error_response(202, NOT_READY, transaction_id)
        return with_headers(response, [(ACTIVATION_ID, done)])
    try:
        response = _response(web_response(done.activation.response, address.extension))
    except (InputError, ActionNotFound) as error:
        response = faas_error(error, transaction_id)
    return with_headers(response, [(ACTIVATION_ID, done.activation.activation_id)])


def _response(answer: WebResponse) -> Response:
    response = Response(answer.body, answer.status)
    if answer.content_type is not None:
        with_headers(response, [("Content-Type", answer.content_type)])
    return with_headers(response, answer.headers)


def with_headers(response: Response, headers: Headers) -> Response:
    """Add headers, also of names that are there already, in the case in which they are written."""
    for name, value in headers:
        response.raw_headers.append(
            (HeaderName(name.encode("latin-1")), value.encode("latin-1", errors="replace"))
        )
    return response


class HeaderName(bytes):
    """A name that the server, which writes all of them in lower case, leaves as it is."""

    def lower(self) -> HeaderName:
        return self


def _headers(request: Request, besides: set[str]) -> Headers:
    raw = ((name.decode("latin-1"), _text(value)) for name, value in request.headers.raw)
    return [(name, value) for name, value in raw if name not in besides]


def _cors(request: Request) -> Headers:
    asked = request.headers.get("access-control-request-headers")
    return (*_CORS, ("Access-Control-Allow-Headers", asked or _ALLOWED_HEADERS))


def _may(plan: ResolvedAction, web_request: WebRequest) -> bool:
    """What ``require-whisk-auth`` asks for: a key of this host, or a word of the action's own."""
    wanted: Any = next(
        (each.value for each in plan.action.annotations if each.key == "require-whisk-auth"), False
    )
    if wanted is False:
        return True
    if wanted is True:
        return web_request.user is not None
    if isinstance(wanted, (str, int, float)):
        word = wanted if isinstance(wanted, str) else orjson.dumps(wanted).decode()
        given = web_request.header("x-require-whisk-auth")
        return given is not None and hmac.compare_digest(given.encode(), word.encode())
    return False


def _text(value: bytes) -> str:
    """The value of a header: upstream reads UTF-8; what is none is of the old kind."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _exported(services: Services, name: FullName) -> tuple[Caller, ResolvedAction]:
    """The action, and on whose behalf it runs, whoever asks.

    Raises ActionNotFound whatever the reason, so that nobody learns what else is there.
    """
    owner = services.namespaces.by_namespace(name.namespace)
    if owner is None:
        raise ActionNotFound(NOT_FOUND)
    try:
        plan = services.invoker.lookup(name, owner)
    except (ActionNotFound, ActionConflict, NotEntitled):
        raise ActionNotFound(NOT_FOUND) from None
    if plan.action.annotation("web-export") is not True:
        raise ActionNotFound(NOT_FOUND)
    return owner, plan


def _user(services: Services, request: Request) -> str | None:
    """The namespace of the key that came along; one that is not valid is as good as none."""
    try:
        caller = Authenticator(services.namespaces).check(request.headers.get("authorization"))
    except Unauthenticated:
        return None
    return caller.namespace


# -- A handler without the router and its layers, where the beginning of a path tells all.


log = logging.getLogger(__name__)


class Direct:
    """What ``app`` would do with the handler, in a third of the time."""

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

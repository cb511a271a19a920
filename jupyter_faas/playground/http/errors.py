"""Conversion of errors to HTTP responses with a status and a JSON body."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    ActivationNotFound,
    FaasError,
    InputError,
    ModelNotFound,
    NameNotAllowed,
    PlaygroundError,
)
from jupyter_faas.playground.errors import (
    IllegalForm,
    IllegalPath,
    Malformed,
    MalformedQuery,
    NotEntitled,
    NotJson,
    OtherSite,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
)
from jupyter_faas.playground.http.auth import CHALLENGE

API = "/api/v1"
WEB_ACTIONS = f"{API}/web/"
# The paths that only the playground has.
OWN_PATHS = ("/faas/", "/api/gw/", "/runtime/")

NO_ROUTE = "The requested resource could not be found."
INCOMPLETE = "The connection was closed before the request was complete."
INTERNAL = "There was an internal server error."

# The HTTP status of each error class. The first class that matches an error determines its status.
_STATUS = MappingProxyType(
    {
        TooLarge: 413,
        NotJson: 415,
        TooManyRequests: 429,
        InputError: 400,
        Unauthenticated: 401,
        NotEntitled: 403,
        OtherSite: 403,
        ActionNotFound: 404,
        ActivationNotFound: 404,
        ModelNotFound: 404,
        ActionConflict: 409,
        PlaygroundError: 500,
    }
)


# OpenWhisk's router refuses these requests before the API's own checks, whose responses have CORS
# headers.
_ROUTER_ERRORS = (
    Unauthenticated,
    Malformed,
    MalformedQuery,
    NotJson,
    NameNotAllowed,
    OtherSite,
    IllegalForm,
    IllegalPath,
)

# Keys of the ASGI scope: whether the response has no CORS headers, whether it has no X-Request-ID
# either, and whether the action chose its content type.
WITHOUT_CORS = "jupyter_faas.without_cors"
BARE = "jupyter_faas.bare"
OWN_TYPE = "jupyter_faas.own_type"
# The scope has this key if the response consists of its status. OpenWhisk sends such a response as
# text without negotiating its type, so every client accepts it.
STATUS_ONLY = "jupyter_faas.status_only"


def is_router_error(error: Exception) -> bool:
    """Return whether OpenWhisk's router, and not the API, would refuse the request."""
    return isinstance(error, _ROUTER_ERRORS)


def error_response(
    status: int, message: str, transaction_id: str, to_json: Callable[[Any], bytes] = orjson.dumps
) -> Response:
    """Return a response with the body ``{"error": "…", "code": "<transaction id>"}``."""
    headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else None
    content = to_json({"error": message, "code": transaction_id})
    return Response(content, status, headers, "application/json")


def faas_error(
    error: FaasError, transaction_id: str, to_json: Callable[[Any], bytes] = orjson.dumps
) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    return error_response(status, error.message, transaction_id, to_json)


def invocation_error(error: Exception, transaction_id: str) -> Response:
    """Return the response to an invocation that failed without a record.

    The response does not reveal details of internal errors.
    """
    if isinstance(error, FaasError):
        return faas_error(error, transaction_id)
    return error_response(500, INTERNAL, transaction_id)


async def on_faas_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, FaasError):
        raise error
    request.scope[WITHOUT_CORS] = is_router_error(error)
    return faas_error(error, request.scope["transaction_id"])


async def on_http_error(request: Request, error: Exception) -> Response:
    """Respond to a request that the router rejects because of an unknown path or method.

    As in OpenWhisk, a wrong method below the API's path is a 404, except for web actions, and an
    unknown path outside it is a 405, because it supports the method OPTIONS. On the playground's
    own paths, an unknown path is a 404 and a wrong method a 405.
    """
    if not isinstance(error, HTTPException):
        raise error
    request.scope[WITHOUT_CORS] = True
    transaction_id = request.scope["transaction_id"]
    path = request.scope["path"]
    unknown = error.status_code == 404 and path.startswith(OWN_PATHS)
    web = error.status_code == 405 and path.startswith(WEB_ACTIONS)
    if unknown or (is_below(path, API) and not web):
        return error_response(404, NO_ROUTE, transaction_id)
    methods = (error.headers or {}).get("Allow", "").split(", ")
    allowed = ", ".join(sorted({*filter(None, methods), "OPTIONS"}))
    message = f"HTTP method not allowed, supported methods: {allowed}"
    response = error_response(405, message, transaction_id)
    response.headers["Allow"] = allowed
    return response


def is_below(path: str, prefix: str) -> bool:
    """Return whether ``path`` is ``prefix`` or continues it with a slash."""
    return path == prefix or path.startswith(f"{prefix}/")


async def on_client_gone(request: Request, error: Exception) -> Response:
    """Respond to a client that closed its sending side before the request was complete."""
    return error_response(400, INCOMPLETE, request.scope["transaction_id"])


def bare_error(request: Request) -> Response:
    """Return the response that OpenWhisk's HTTP library sends if a web action's handler fails."""
    request.scope[WITHOUT_CORS] = request.scope[BARE] = True
    return PlainTextResponse(INTERNAL, 500)


async def on_other_error(request: Request, error: Exception) -> Response:
    """Respond to an internal error. The server logs the traceback."""
    return error_response(500, INTERNAL, request.scope["transaction_id"])

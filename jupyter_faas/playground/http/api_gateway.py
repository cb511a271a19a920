"""``/api/gw/{namespace}/{base path}/{path}``: the routes of the API gateway."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.playground.http.services import services_of
from jupyter_faas.playground.http.web_actions import WebActionAddress, preflight, respond, with_cors

PREFIX = "/api/gw/"


async def call_api(request: Request) -> Response:
    """Call the web action of a route."""
    raw_path: str = request.scope["raw_path"].decode("latin-1")
    namespace, slash, rest = raw_path.removeprefix(PREFIX).partition("/")
    path = f"{slash}{rest}"
    route = services_of(request).gateway.match_route(unquote(namespace), path)
    if request.method == "OPTIONS" and route.has_cors and "options" not in route.operations:
        return preflight(request)
    target = route.target(request.method)
    address = WebActionAddress.parse(
        (target.path + (path if target.shows_path else "")).encode("latin-1")
    )
    response = await respond(request, address, method=target.method, headers=target.headers)
    return with_cors(response, request) if route.has_cors else response

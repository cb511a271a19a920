"""Functions for the Swagger document of an API: edit its routes, match requests, find targets."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.names import RESERVED_PACKAGE

Document = dict[str, Any]
Settings = Mapping[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
CONFIGURATION = "x-ibm-configuration"

# A variable in a target URL that is replaced with the path of the request.
REQUEST_PATH = "$(request.path)"


class Endpoint(NamedTuple):
    """A route to add to an API.

    ``path``: the path below the base path.
    ``method``: the HTTP method in lower case.
    ``extension``: the extension of the web action, without the dot.
    ``parameters``: Swagger descriptions of the parameters in the path.
    ``secret``: the value that the action requires in the header ``X-Require-Whisk-Auth``, or None.
    """

    path: str
    method: str
    action: FullName
    extension: str = "json"
    parameters: tuple[Mapping[str, Any], ...] = ()
    secret: str | int | float | None = None

    @property
    def operation_id(self) -> str:
        """The id of the operation: ``getBooksIsbn`` for ``GET /books/{isbn}``."""
        words = re.split(r"[^0-9A-Za-z_-]+", self.path)
        return self.method + "".join(word.capitalize() for word in words)


def new_document(base_path: str, name: str | None) -> Document:
    """Return a document without routes. Its title is ``name``, or the base path if it is empty."""
    return {
        "swagger": "2.0",
        "info": {"title": name or base_path, "version": "1.0.0"},
        "basePath": base_path,
        "paths": {},
        CONFIGURATION: {"assembly": {"execute": []}, "cors": {"enabled": True}},
    }


def with_endpoint(document: Document, endpoint: Endpoint, apihost: str) -> Document:
    """Return a copy of the document with a route added or replaced."""
    # Copy the document, because the gateway uses the old document until the new document is
    # committed.
    found = copy.deepcopy(document)
    name, operation_id = endpoint.action, endpoint.operation_id
    segments = (name.namespace, name.package or RESERVED_PACKAGE, name.name)
    url = f"{apihost}/api/v1/web/{'/'.join(map(quote, segments))}.{endpoint.extension}"
    operation: dict[str, Any] = {
        "operationId": operation_id,
        "x-openwhisk": {
            "url": url,
            "namespace": name.namespace,
            "package": name.package or "",
            "action": name.name,
        },
        "responses": {"default": {"description": "Default response"}},
    }
    if endpoint.parameters:
        operation["parameters"] = [dict(each) for each in endpoint.parameters]
    found["paths"].setdefault(endpoint.path, {})[endpoint.method] = operation
    # Only web actions with the extension .http get the path of the request.
    called = REQUEST_PATH if endpoint.extension == "http" else ""
    execute: list[dict[str, Any]] = [{"invoke": {"target-url": url + called, "verb": "keep"}}]
    # The gateway sends the secret, so that callers of the API do not need it.
    if endpoint.secret is not None:
        header = {"set": "message.headers.X-Require-Whisk-Auth", "value": endpoint.secret}
        execute.append({"set-variable": {"actions": [header]}})
    _set_case(found, operation_id, execute)
    return found


def without_endpoint(document: Document, path: str, method: str | None) -> Document:
    """Return a copy of the document without the route of ``path`` and ``method``.

    If ``method`` is None, all routes of the path are removed. Raises ActionNotFound if the document
    does not have the path or route.
    """
    found = copy.deepcopy(document)
    operations = found["paths"].get(path)
    if operations is None:
        raise ActionNotFound(f"path '{path}' does not exist in the API")
    if method is not None and method not in operations:
        raise ActionNotFound(f"path '{path}' with operation '{method}' does not exist in the API")
    for each in [method] if method else list(operations):
        removed = operations.pop(each)
        if isinstance(removed, Mapping) and "operationId" in removed:
            _set_case(found, removed["operationId"], [])
    if not operations:
        del found["paths"][path]
    return found


def policies(document: Mapping[str, Any], operation_id: object) -> Iterator[tuple[str, Settings]]:
    """Yield the name and settings of each gateway policy of an operation, in order.

    Example: ``("invoke", {"target-url": …})``.
    """
    for policy, settings in _steps(_execution(document)):
        if policy == "operation-switch":
            for case in _list(settings.get("case")):
                if isinstance(case, Mapping) and operation_id in _list(case.get("operations")):
                    yield from _steps(_list(case.get("execute")))
        else:
            yield policy, settings


def configuration(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the gateway configuration of a document, or {} if it does not have any."""
    # Clients use either of these two keys.
    found = document.get("x-gateway-configuration", document.get(CONFIGURATION))
    return found if isinstance(found, Mapping) else {}


def _execution(document: Mapping[str, Any]) -> list[Any]:
    assembly = configuration(document).get("assembly")
    return _list(assembly.get("execute")) if isinstance(assembly, Mapping) else []


def _steps(execute: list[Any]) -> Iterator[tuple[str, Settings]]:
    for step in execute:
        if isinstance(step, Mapping):
            for policy, settings in step.items():
                if isinstance(settings, Mapping):
                    yield policy, settings


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _set_case(document: Document, operation_id: str, execute: list[dict[str, Any]]) -> None:
    """Set the policies of an operation in the document, or remove them if ``execute`` is empty."""
    switches = [
        settings
        for policy, settings in _steps(_execution(document))
        if policy == "operation-switch" and isinstance(settings, dict)
    ]
    for switch in switches:
        # Keep a case with several operations, which comes from an uploaded document.
        switch["case"] = [
            case
            for case in _list(switch.get("case"))
            if not isinstance(case, Mapping) or case.get("operations") != [operation_id]
        ]
    if not execute:
        return
    if not switches:
        switches.append({"case": []})
        # If an uploaded document has a value here that is not an object, replace it.
        settings = {**configuration(document)}
        assembly = settings.get("assembly")
        settings["assembly"] = {
            **(assembly if isinstance(assembly, Mapping) else {}),
            "execute": [*_execution(document), {"operation-switch": switches[0]}],
        }
        document.pop("x-gateway-configuration", None)
        document[CONFIGURATION] = settings
    switches[0]["case"].append({"operations": [operation_id], "execute": execute})


# Matching requests to routes

NO_ROUTE = "The API does not have this path."
NO_METHOD = "This path of the API does not have this method. It has: {}."
ELSEWHERE = (
    "The route refers to {}, which is not a web action of this playground. A route must refer "
    "to /api/v1/web/NAMESPACE/PACKAGE/ACTION.EXTENSION."
)

_WEB = "/api/v1/web/"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADER = "message.headers."


class RouteTarget(NamedTuple):
    """The web action that a route calls.

    ``path``: the URL path of the web action, percent-encoded.
    ``shows_path``: whether the path of the request is appended to ``path``.
    ``method``: the HTTP method to use, or None to use the method of the request.
    ``headers``: headers to add to the request.
    """

    path: str
    shows_path: bool = False
    method: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class RouteMatch(NamedTuple):
    """A path of an API that matches a request.

    ``operations`` maps HTTP methods in lower case to Swagger operations.
    """

    document: Mapping[str, Any]
    operations: Mapping[str, Any]

    @property
    def has_cors(self) -> bool:
        """Whether the gateway answers CORS preflight requests itself."""
        cors = configuration(self.document).get("cors")
        return not isinstance(cors, Mapping) or cors.get("enabled") is not False

    def target(self, method: str) -> RouteTarget:
        """Return the target of the route for an HTTP method.

        Raises ActionNotFound if the path does not have the method, and InputError if the target is
        not a web action of this playground.
        """
        operation = self.operations.get(method.lower())
        if not isinstance(operation, Mapping):
            there = ", ".join(each.upper() for each in self.operations if each in METHODS)
            raise ActionNotFound(NO_METHOD.format(there))
        return route_target(self.document, operation)


def match_route(document: Mapping[str, Any], path: str) -> RouteMatch | None:
    """Return the path of the API that matches a request, or None if no path matches.

    ``path`` is percent-encoded and does not include the namespace: ``/club/books/978%2D3``. If
    several paths match, the path with the fewest parameters is returned.
    """
    segments = _segments(path)
    base = _segments(document["basePath"])
    if segments[: len(base)] != base:
        return None
    rest = segments[len(base) :]
    matches = [
        (sum(map(_is_parameter, pattern)), operations)
        for template, operations in document["paths"].items()
        if _matches(pattern := _segments(template), rest) and isinstance(operations, Mapping)
    ]
    if not matches:
        return None
    return RouteMatch(document, min(matches, key=lambda each: each[0])[1])


def route_target(document: Mapping[str, Any], operation: Mapping[str, Any]) -> RouteTarget:
    """Return the target of an operation. Raises InputError if it is not a local web action."""
    # The gateway's policies take precedence over the description of the operation.
    url, method = _described_url(operation), None
    headers: list[tuple[str, str]] = []
    for policy, settings in policies(document, operation.get("operationId")):
        if policy == "invoke":
            url, verb = settings.get("target-url", url), settings.get("verb")
            method = verb.upper() if isinstance(verb, str) and verb.lower() in METHODS else None
        elif policy == "set-variable":
            headers.extend(_headers(settings.get("actions")))
    if not isinstance(url, str):
        raise InputError(ELSEWHERE.format("no address"))
    shows_path = url.endswith(REQUEST_PATH)
    url = url.removesuffix(REQUEST_PATH)
    # serverless-openwhisk adds a scheme even if the host already has a scheme.
    if url.startswith(("https://http://", "https://https://")):
        url = url.removeprefix("https://")
    try:
        parts = urlsplit(url)
        is_local = parts.hostname in _LOOPBACK
    except ValueError:
        raise InputError(ELSEWHERE.format(url)) from None
    # Do not compare the port, because the playground may have had another port when the route was
    # created.
    if not is_local or not parts.path.startswith(_WEB):
        raise InputError(ELSEWHERE.format(url))
    return RouteTarget(quote(parts.path, safe="/%"), shows_path, method, tuple(headers))


def _described_url(operation: Mapping[str, Any]) -> Any:
    described = operation.get("x-openwhisk")
    return described.get("url") if isinstance(described, Mapping) else None


def _headers(actions: object) -> Iterator[tuple[str, str]]:
    for each in actions if isinstance(actions, list) else ():
        name, value = (
            (each.get("set"), each.get("value")) if isinstance(each, Mapping) else ("", "")
        )
        if isinstance(name, str) and name.startswith(_HEADER) and value is not None:
            yield name.removeprefix(_HEADER).lower(), str(value)


def _segments(path: str) -> list[str]:
    """Split a path into decoded segments: ``["a", "b"]`` for ``/a/b/``."""
    # Split the path before decoding, because an encoded slash is part of a segment.
    return [unquote(each) for each in path.strip("/").split("/")] if path.strip("/") else []


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _matches(pattern: list[str], segments: list[str]) -> bool:
    # A parameter matches any non-empty segment.
    return len(pattern) == len(segments) and all(
        (bool(there) if _is_parameter(wanted) else wanted == there)
        for wanted, there in zip(pattern, segments, strict=True)
    )

"""The document of an API, and how routes come into it and leave it. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.names import RESERVED_PACKAGE

Document = dict[str, Any]
Settings = Mapping[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
CONFIGURATION = "x-ibm-configuration"

# In an address: stands for the path by which the API was called.
CALLED_PATH = "$(request.path)"


@dataclass(frozen=True)
class Endpoint:
    """A route to be: ``method`` in lower case, ``path`` below the base path.

    ``extension`` is that of the web action (``json``). ``parameters`` describe those of the path.
    ``secret`` is what the action asks for in ``X-Require-Whisk-Auth``.
    """

    path: str
    method: str
    action: FullName
    extension: str = "json"
    parameters: tuple[Mapping[str, Any], ...] = ()
    secret: str | int | float | None = None

    @property
    def operation_id(self) -> str:
        """``getBooksIsbn`` for ``GET /books/{isbn}``"""
        words = re.split(r"[^0-9A-Za-z_-]+", self.path)
        return self.method + "".join(word.capitalize() for word in words)


def new_document(base_path: str, name: str | None) -> Document:
    """One without routes. Its name is the base path unless it gets another."""
    return {
        "swagger": "2.0",
        "info": {"title": name or base_path, "version": "1.0.0"},
        "basePath": base_path,
        "paths": {},
        CONFIGURATION: {"assembly": {"execute": []}, "cors": {"enabled": True}},
    }


def with_endpoint(document: Document, endpoint: Endpoint, apihost: str) -> Document:
    """The document with a route more, or with another in its place."""
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
    # Only such an action can look at the path.
    called = CALLED_PATH if endpoint.extension == "http" else ""
    execute: list[dict[str, Any]] = [{"invoke": {"target-url": url + called, "verb": "keep"}}]
    if endpoint.secret is not None:
        header = {"set": "message.headers.X-Require-Whisk-Auth", "value": endpoint.secret}
        execute.append({"set-variable": {"actions": [header]}})
    _set_case(found, operation_id, execute)
    return found


def without_endpoint(document: Document, path: str, method: str | None) -> Document:
    """Without the route, or without all of a path. Raises ActionNotFound when there is none."""
    found = copy.deepcopy(document)
    operations = found["paths"].get(path)
    if operations is None:
        raise ActionNotFound(f"path '{path}' does not exist in the API")
    if method is not None and method not in operations:
        raise ActionNotFound(f"path '{path}' with operation '{method}' does not exist in the API")
    for each in [method] if method else list(operations):
        gone = operations.pop(each)
        if isinstance(gone, Mapping) and "operationId" in gone:
            _set_case(found, gone["operationId"], [])
    if not operations:
        del found["paths"][path]
    return found


def policies(document: Mapping[str, Any], operation_id: object) -> Iterator[tuple[str, Settings]]:
    """What is to be done for an operation, in order: ``("invoke", {"target-url": …})``."""
    for policy, settings in _steps(_execution(document)):
        if policy == "operation-switch":
            for case in _list(settings.get("case")):
                if isinstance(case, Mapping) and operation_id in _list(case.get("operations")):
                    yield from _steps(_list(case.get("execute")))
        else:
            yield policy, settings


def configuration(document: Mapping[str, Any]) -> Mapping[str, Any]:
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
    """Say what is to be done for an operation, and forget what was; nothing: only forget."""
    switches = [
        settings
        for policy, settings in _steps(_execution(document))
        if policy == "operation-switch" and isinstance(settings, dict)
    ]
    for switch in switches:
        switch["case"] = [
            case
            for case in _list(switch.get("case"))
            if not isinstance(case, Mapping) or case.get("operations") != [operation_id]
        ]
    if not execute:
        return
    if not switches:
        switches.append({"case": []})
        # What a document has of its own there, and is no object, says nothing.
        settings = {**configuration(document)}
        assembly = settings.get("assembly")
        settings["assembly"] = {
            **(assembly if isinstance(assembly, Mapping) else {}),
            "execute": [*_execution(document), {"operation-switch": switches[0]}],
        }
        document.pop("x-gateway-configuration", None)
        document[CONFIGURATION] = settings
    switches[0]["case"].append({"operations": [operation_id], "execute": execute})


# -- Where a request to an API is to go. Pure.


NO_ROUTE = "The API has no such path."
NO_METHOD = "The API's path has no such method; it has: {}."
ELSEWHERE = (
    "The route leads to {}, which is no web action of this playground: "
    "a route has to lead to /api/v1/web/NAMESPACE/PACKAGE/ACTION.EXTENSION."
)

_WEB = "/api/v1/web/"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADER = "message.headers."


@dataclass(frozen=True)
class RouteTarget:
    """``path`` is the address of a web action, as it stands in a request line.

    ``shows_path``: the path by which the API was called is to be put behind it. ``method`` None:
    the one of the request. ``headers`` are to be set.
    """

    path: str
    shows_path: bool = False
    method: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RouteMatch:
    """A path of an API that a request is for. ``operations`` go by methods in lower case."""

    document: Mapping[str, Any]
    operations: Mapping[str, Any]

    @property
    def has_cors(self) -> bool:
        """Whether the gateway answers the questions of browsers itself."""
        cors = configuration(self.document).get("cors")
        return not isinstance(cors, Mapping) or cors.get("enabled") is not False

    def target(self, method: str) -> RouteTarget:
        """Raises ActionNotFound for a method that is not there, InputError: it leads elsewhere."""
        operation = self.operations.get(method.lower())
        if not isinstance(operation, Mapping):
            there = ", ".join(each.upper() for each in self.operations if each in METHODS)
            raise ActionNotFound(NO_METHOD.format(there))
        return route_target(self.document, operation)


def match_route(document: Mapping[str, Any], path: str) -> RouteMatch | None:
    """``path`` is what follows the namespace, as it was written: ``/club/books/978%2D3``.

    A path without parameters goes first, then the one with the fewest.
    """
    asked = _segments(path)
    base = _segments(document["basePath"])
    if asked[: len(base)] != base:
        return None
    rest = asked[len(base) :]
    fits = [
        (sum(map(_is_parameter, pattern)), operations)
        for template, operations in document["paths"].items()
        if _matches(pattern := _segments(template), rest) and isinstance(operations, Mapping)
    ]
    if not fits:
        return None
    return RouteMatch(document, min(fits, key=lambda each: each[0])[1])


def route_target(document: Mapping[str, Any], operation: Mapping[str, Any]) -> RouteTarget:
    """Where an operation leads. Raises InputError when it is not to a web action of ours."""
    url, method = _described(operation), None
    headers: list[tuple[str, str]] = []
    for policy, settings in policies(document, operation.get("operationId")):
        if policy == "invoke":
            url, verb = settings.get("target-url", url), settings.get("verb")
            method = verb.upper() if isinstance(verb, str) and verb.lower() in METHODS else None
        elif policy == "set-variable":
            headers.extend(_headers(settings.get("actions")))
    if not isinstance(url, str):
        raise InputError(ELSEWHERE.format("no address"))
    shows_path = url.endswith(CALLED_PATH)
    url = url.removesuffix(CALLED_PATH)
    # serverless-openwhisk puts a scheme before the host that has one.
    if url.startswith(("https://http://", "https://https://")):
        url = url.removeprefix("https://")
    try:
        parts = urlsplit(url)
        ours = parts.hostname in _LOOPBACK
    except ValueError:
        raise InputError(ELSEWHERE.format(url)) from None
    if not ours or not parts.path.startswith(_WEB):
        raise InputError(ELSEWHERE.format(url))
    return RouteTarget(quote(parts.path, safe="/%"), shows_path, method, tuple(headers))


def _described(operation: Mapping[str, Any]) -> Any:
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
    """``/a/b/`` is ``a``, ``b``."""
    return [unquote(each) for each in path.strip("/").split("/")] if path.strip("/") else []


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _matches(pattern: list[str], asked: list[str]) -> bool:
    return len(pattern) == len(asked) and all(
        (bool(there) if _is_parameter(wanted) else wanted == there)
        for wanted, there in zip(pattern, asked, strict=True)
    )

"""What clients ask of the gateway, read and checked (contract §4, last item)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import InputError
from jupyter_faas.playground.gateway.documents import METHODS, Document, Endpoint
from jupyter_faas.playground.gateway.routes import target_of
from jupyter_faas.playground.jsontext import read_json
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.names import OWN_NAMESPACE, check_name

_EXTENSIONS = ("json", "http", "html", "text", "svg")

# What a gateway would have to enforce.
_NOT_OFFERED = {
    "security": "client keys or OAuth",
    "securityDefinitions": "client keys or OAuth",
    "x-ibm-rate-limit": "rate limits",
    "x-gateway-rate-limit": "rate limits",
}


@dataclass(frozen=True)
class NewRoute:
    """A route to add to the API of ``base_path``, which is made when it is not there."""

    base_path: str
    name: str | None
    endpoint: Endpoint


def read_creation(arguments: Mapping[str, Any], own_namespace: str) -> NewRoute | Document:
    """What ``createApi`` is given: one route, or a whole document. Raises InputError.

    ``own_namespace`` is the caller's, for which ``_`` stands.
    """
    doc = _object(arguments.get("apidoc"), "apidoc")
    if "swagger" not in doc:
        return _route(doc, own_namespace, arguments.get("responsetype"))
    if "gatewayBasePath" in doc:
        raise InputError("apidoc has either swagger or gatewayBasePath, not both.")
    return _document(_object(doc["swagger"], "swagger"))


def read_method(arguments: Mapping[str, Any]) -> str | None:
    """``operation``, in lower case; None when there is none. Raises InputError."""
    given = arguments.get("operation")
    return None if given is None or given == "" else _method(given, "operation")


def _route(doc: Mapping[str, Any], own_namespace: str, extension: object) -> NewRoute:
    base_path, path = (_path(doc, f"gateway{which}Path") for which in ("Base", ""))
    if "{" in base_path:
        raise InputError("gatewayBasePath cannot have parameters; gatewayPath can.")
    extension = extension or "json"
    if not isinstance(extension, str) or extension not in _EXTENSIONS:
        raise InputError(f"responsetype is one of {', '.join(_EXTENSIONS)}, not {extension!r}.")
    action = _object(doc.get("action"), "action")
    parameters = doc.get("pathParameters") or []
    if not isinstance(parameters, list) or not all(isinstance(each, dict) for each in parameters):
        raise InputError("pathParameters is a list of objects.")
    name = doc.get("apiName")
    if name is not None and not isinstance(name, str):
        raise InputError("apiName is a text.")
    secret = action.get("secureKey")
    if secret is not None and not isinstance(secret, (str, int, float)):
        raise InputError("secureKey of the action is a text or a number.")
    return NewRoute(
        base_path,
        name,
        Endpoint(
            path=path,
            method=_method(doc.get("gatewayMethod"), "gatewayMethod"),
            action=_action_name(action, own_namespace),
            extension=extension,
            parameters=tuple(parameters),
            # True asks for a key of the caller's, which no gateway has.
            secret=None if isinstance(secret, bool) else secret,
        ),
    )


def _action_name(action: Mapping[str, Any], own_namespace: str) -> FullName:
    name, namespace = action.get("name"), action.get("namespace")
    if not isinstance(name, str) or not isinstance(namespace, str) or not name:
        raise InputError("action is missing its name or namespace.")
    segments = name.removeprefix("/").split("/")
    if name.startswith("/") and len(segments) > 1:
        namespace, *segments = segments
    if len(segments) > 2:
        raise InputError(f"{name!r} is no name of an action.")
    if namespace == OWN_NAMESPACE:
        namespace = own_namespace
    return FullName(
        check_name(namespace, "namespace"),
        check_name(segments[0], "package") if len(segments) == 2 else None,
        check_name(segments[-1]),
    )


def _document(doc: Mapping[str, Any]) -> Document:
    document = dict(doc)
    base_path = document.get("basePath")
    if not isinstance(base_path, str) or not base_path.startswith("/") or "{" in base_path:
        raise InputError("swagger needs a basePath that begins with / and has no parameters.")
    info, paths = document.get("info"), document.get("paths")
    if not isinstance(info, Mapping) or not isinstance(info.get("title"), str):
        raise InputError("swagger needs an info with a title.")
    if not isinstance(paths, Mapping) or not paths:
        raise InputError("swagger needs paths.")
    for key, what in _NOT_OFFERED.items():
        if document.get(key):
            raise InputError(f"This playground has no {what} for APIs: take {key} out of swagger.")
    for path, operations in paths.items():
        if not isinstance(operations, Mapping):
            raise InputError(f"swagger's path {path!r} is no object.")
        for method, operation in operations.items():
            if method in METHODS:
                _check_operation(document, f"{method.upper()} {path}", operation)
    return document


def _check_operation(document: Document, what: str, operation: object) -> None:
    if not isinstance(operation, Mapping):
        raise InputError(f"swagger's {what} is no object.")
    try:
        target_of(document, operation)
    except InputError as error:
        raise InputError(f"{what}: {error.message}") from error


def _path(doc: Mapping[str, Any], key: str) -> str:
    path = doc.get(key)
    if not isinstance(path, str) or not path:
        raise InputError(f"apidoc is missing its {key}.")
    if not path.startswith("/"):
        raise InputError(f"{key} begins with /: {path!r} does not.")
    return path


def _method(given: object, what: str) -> str:
    method = given.lower() if isinstance(given, str) else ""
    if method not in METHODS:
        raise InputError(f"{what} is one of {', '.join(sorted(METHODS))}, not {given!r}.")
    return method


def _object(given: object, what: str) -> Mapping[str, Any]:
    """An object, which may come as JSON text."""
    if isinstance(given, str):
        try:
            given = read_json(given)
        except ValueError:
            raise InputError(f"{what} is no JSON.") from None
    if not isinstance(given, Mapping):
        raise InputError(f"{what} is needed, and is an object or the JSON of one.")
    return given

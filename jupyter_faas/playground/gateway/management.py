"""The web actions of ``/whisk.system/apimgmt``: createApi, getApi and deleteApi.

Parameters and results have the same format as in OpenWhisk. The gateway token that clients send is
ignored, because the API key of the request determines the namespace.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.gateway.document import (
    METHODS,
    Document,
    Endpoint,
    new_document,
    route_target,
    with_endpoint,
    without_endpoint,
)
from jupyter_faas.playground.gateway.gateway import Gateway
from jupyter_faas.playground.invocation.builtin_actions import BuiltinActions
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.entities import ApiStore
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.strict_json import read_json
from jupyter_faas.whisk import FullName, PackageName
from jupyter_faas.whisk.names import OWN_NAMESPACE, check_name

# Parsing the requests of clients (contract §4, last item)

_EXTENSIONS = ("json", "http", "html", "text", "svg")

# Settings that a gateway must enforce, but that this gateway does not support.
_UNSUPPORTED = {
    "security": "client keys or OAuth",
    "securityDefinitions": "client keys or OAuth",
    "x-ibm-rate-limit": "rate limits",
    "x-gateway-rate-limit": "rate limits",
}


class NewRoute(NamedTuple):
    """A route to add to the API of ``base_path``, which is created if it does not exist."""

    base_path: str
    name: str | None
    endpoint: Endpoint


def parse_create_request(arguments: Mapping[str, Any], own_namespace: str) -> NewRoute | Document:
    """Parse the arguments of ``createApi``, which describe a route or a whole document.

    ``own_namespace``, the caller's namespace, replaces ``_``. Raises InputError for invalid
    arguments.
    """
    doc = _object(arguments.get("apidoc"), "apidoc")
    if "swagger" not in doc:
        return _route(doc, own_namespace, arguments.get("responsetype"))
    if "gatewayBasePath" in doc:
        raise InputError("apidoc can contain either swagger or gatewayBasePath, but not both.")
    return _document(_object(doc["swagger"], "swagger"))


def parse_method(arguments: Mapping[str, Any]) -> str | None:
    """Return the argument ``operation`` in lower case, or None if it is missing or empty.

    Raises InputError if it is not an HTTP method.
    """
    value = arguments.get("operation")
    return None if value is None or value == "" else _method(value, "operation")


def _route(doc: Mapping[str, Any], own_namespace: str, extension: object) -> NewRoute:
    base_path, path = (_path(doc, f"gateway{which}Path") for which in ("Base", ""))
    if "{" in base_path:
        raise InputError("gatewayBasePath cannot have parameters; gatewayPath can.")
    extension = extension or "json"
    if not isinstance(extension, str) or extension not in _EXTENSIONS:
        raise InputError(
            f"responsetype must be one of {', '.join(_EXTENSIONS)}, not {extension!r}."
        )
    action = _object(doc.get("action"), "action")
    parameters = doc.get("pathParameters") or []
    if not isinstance(parameters, list) or not all(isinstance(each, dict) for each in parameters):
        raise InputError("pathParameters must be a list of objects.")
    name = doc.get("apiName")
    if name is not None and not isinstance(name, str):
        raise InputError("apiName must be a string.")
    secret = action.get("secureKey")
    if secret is not None and not isinstance(secret, (str, int, float)):
        raise InputError("secureKey of the action must be a string or a number.")
    return NewRoute(
        base_path,
        name,
        Endpoint(
            path=path,
            method=_method(doc.get("gatewayMethod"), "gatewayMethod"),
            action=_action_name(action, own_namespace),
            extension=extension,
            parameters=tuple(parameters),
            # True means the caller's API key, which the gateway does not have.
            secret=None if isinstance(secret, bool) else secret,
        ),
    )


def _action_name(action: Mapping[str, Any], own_namespace: str) -> FullName:
    name, namespace = action.get("name"), action.get("namespace")
    if not isinstance(name, str) or not isinstance(namespace, str) or not name:
        raise InputError("action must have a name and a namespace.")
    segments = name.removeprefix("/").split("/")
    if name.startswith("/") and len(segments) > 1:
        namespace, *segments = segments
    if len(segments) > 2:
        raise InputError(f"{name!r} is not a valid action name.")
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
        raise InputError(
            "swagger must have a basePath that begins with / and does not contain parameters."
        )
    info, paths = document.get("info"), document.get("paths")
    if not isinstance(info, Mapping) or not isinstance(info.get("title"), str):
        raise InputError("swagger must have an info object with a title.")
    if not isinstance(paths, Mapping) or not paths:
        raise InputError("swagger must have paths.")
    for key, what in _UNSUPPORTED.items():
        if document.get(key):
            raise InputError(
                f"The playground does not support {what} for APIs. Remove {key} from swagger."
            )
    for path, operations in paths.items():
        if not isinstance(operations, Mapping):
            raise InputError(f"swagger's path {path!r} is not an object.")
        for method, operation in operations.items():
            if method in METHODS:
                _check_operation(document, f"{method.upper()} {path}", operation)
    return document


def _check_operation(document: Document, what: str, operation: object) -> None:
    # Report an invalid target at the upload. Otherwise, only a request would reveal it.
    if not isinstance(operation, Mapping):
        raise InputError(f"swagger's {what} is not an object.")
    try:
        route_target(document, operation)
    except InputError as error:
        raise InputError(f"{what}: {error.message}") from error


def _path(doc: Mapping[str, Any], key: str) -> str:
    path = doc.get(key)
    if not isinstance(path, str) or not path:
        raise InputError(f"apidoc must have the key {key}.")
    if not path.startswith("/"):
        raise InputError(f"{key} must begin with /, but is {path!r}.")
    return path


def _method(value: object, what: str) -> str:
    method = value.lower() if isinstance(value, str) else ""
    if method not in METHODS:
        raise InputError(f"{what} must be one of {', '.join(sorted(METHODS))}, not {value!r}.")
    return method


def _object(value: object, what: str) -> Mapping[str, Any]:
    """Return ``value``, parsed from JSON if it is a string.

    Raises InputError if the result is not an object.
    """
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError:
            raise InputError(f"{what} is not JSON.") from None
    if not isinstance(value, Mapping):
        raise InputError(f"{what} is required, and must be an object or the JSON of an object.")
    return value


CREATE, GET, DELETE = "createApi", "getApi", "deleteApi"
CALLS = (CREATE, GET, DELETE)

_PACKAGE = PackageName("whisk.system", "apimgmt")

NO_KEY = "A valid auth key is required."
_JSON = {"Content-Type": "application/json"}

Arguments = Mapping[str, Any]
Handler = Callable[[Caller, Arguments], Awaitable[Mapping[str, Any]]]


def call_name(call: str) -> FullName:
    """Return the full name of a management action: ``/whisk.system/apimgmt/getApi``."""
    return FullName(_PACKAGE.namespace, _PACKAGE.name, call)


class ApiManagement:
    """The three management actions.

    ``apihost``: the URL of the playground.
    ``prefix``: the path with which the URL paths of all APIs begin.
    """

    def __init__(self, gateway: Gateway, apihost: str, prefix: str) -> None:
        self._gateway = gateway
        self._apihost = apihost
        self._prefix = prefix
        self._calls = {CREATE: self._create, GET: self._get, DELETE: self._delete}

    def handler(self, call: str) -> Handler:
        """Return the handler of the management action ``call``, which must be in ``CALLS``."""
        perform = self._calls[call]

        async def handle(_: Caller, arguments: Arguments) -> Mapping[str, Any]:
            # The caller of a web action is the action's owner. The sender of the request is in
            # ``__ow_user``, the namespace of the request's API key.
            user = arguments.get("__ow_user")
            # The aio CLI sends the string "undefined" for options without a value.
            arguments = {key: each for key, each in arguments.items() if each != "undefined"}
            if not isinstance(user, str):
                return {"error": _web_result(502, {"error": NO_KEY})}
            try:
                return _web_result(200, await perform(user, arguments))
            except (InputError, ActionNotFound) as error:
                message = f"{_FAILED[call]}{error.message}"
                return {"error": _web_result(502, {"error": message})}

        return handle

    async def _create(self, user: str, arguments: Arguments) -> dict[str, Any]:
        requested = parse_create_request(arguments, user)

        def make(old: Document | None) -> Document:
            if isinstance(requested, dict):
                return requested
            api = old or new_document(requested.base_path, requested.name)
            return with_endpoint(api, requested.endpoint, self._apihost)

        base_path = requested["basePath"] if isinstance(requested, dict) else requested.base_path
        return self._api_json(user, await self._gateway.put(user, base_path, make))

    async def _get(self, user: str, arguments: Arguments) -> dict[str, Any]:
        found = self._gateway.apis(user, _base_path_or_name(arguments))
        skip = _number(arguments, "skip") or 0
        limit = _number(arguments, "limit") or len(found)
        return {
            "apis": [
                {"id": _UNUSED, "key": _UNUSED, "value": self._api_json(user, each)}
                for each in found[skip : skip + limit]
            ]
        }

    async def _delete(self, user: str, arguments: Arguments) -> dict[str, Any]:
        wanted, path = _base_path_or_name(arguments), arguments.get("relpath") or None
        method = parse_method(arguments)
        if wanted is None:
            raise InputError("basepath is required.")
        if path is None and method is not None:
            raise InputError("An operation requires relpath, its path.")

        def cut(old: Document) -> Document | None:
            if path is None:
                return None
            remaining = without_endpoint(old, path, method)
            return remaining if remaining["paths"] else None

        await self._gateway.remove(user, wanted, cut)
        return {}

    def _api_json(self, user: str, document: Document) -> dict[str, Any]:
        # Remove a slash at the end, because clients append paths that begin with a slash.
        base_path = document["basePath"].rstrip("/")
        return {
            "namespace": _UNUSED,
            "gwApiActivated": True,
            "tenantId": _UNUSED,
            "gwApiUrl": f"{self._apihost}{self._prefix}{quote(user)}{base_path}",
            "apidoc": document,
        }


# The value of fields that clients require but do not use.
_UNUSED = "Not Used"

_FAILED = {CREATE: "API creation failure: ", GET: "", DELETE: "API deletion failure: "}


def _web_result(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": _JSON, "body": body}


def _base_path_or_name(arguments: Arguments) -> str | None:
    """Return the argument ``basepath``, or None if it is missing or empty.

    The argument is the base path or the name of an API. Raises InputError if it is not a string.
    """
    wanted = arguments.get("basepath")
    if wanted is not None and not isinstance(wanted, str):
        raise InputError("basepath must be a string.")
    return wanted or None


def _number(arguments: Arguments, key: str) -> int | None:
    """Parse a number from the query, or return None if it is missing. Raises InputError."""
    value = arguments.get(key)
    if value is None:
        return None
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InputError(f"{key} must be a whole number, not {value!r}.")
    return int(text)


def make_gateway(
    store: Database,
    threads: DatabaseThreads,
    *,
    builtin_actions: BuiltinActions,
    apihost: str,
    prefix: str,
) -> Gateway:
    """Create the gateway and register its management actions. Blocking: reads all APIs.

    ``apihost``, ``prefix``: the URL of the playground and the path with which the URLs of all APIs
    begin.
    """
    gateway = Gateway(ApiStore(store), threads)
    management = ApiManagement(gateway, apihost, prefix)
    for call in CALLS:
        builtin_actions.add(call_name(call), management.handler(call))
    return gateway

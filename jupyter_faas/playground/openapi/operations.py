"""The table of all operations of the API (contract §1.1, §2, §3.2, §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jupyter_faas.playground.openapi.schemas import (
    BOOLEAN,
    INTEGER,
    STRING,
    Schema,
    any_of,
    array_of,
    map_of,
    object_of,
    ref,
    with_description,
)

JSON = "application/json"
TEXT = "text/plain"

_NS = "/api/v1/namespaces/{namespace}"
_WEB = "/api/v1/web/{namespace}/{package}/{action}"
_GATEWAY = "/api/gw/{namespace}/{path}"

# Status codes of the errors of every operation that needs an API key and has a namespace.
_COMMON_ERRORS = (400, 401, 403)


class Response(NamedTuple):
    """A response of an operation. ``schema`` is None if the response does not have a body."""

    description: str
    schema: Schema | None = None
    media_type: str = JSON
    headers: tuple[str, ...] = ()


class Operation(NamedTuple):
    """An operation of the API, which is one HTTP method of a path.

    ``query``: names of query parameters, as in QUERY.
    ``errors``: status codes of error responses.
    ``open``: whether the operation can be called without an API key.
    """

    id: str
    method: str
    path: str
    summary: str
    tag: str
    responses: Mapping[int, Response]
    body: Schema | None = None
    query: tuple[str, ...] = ()
    errors: tuple[int, ...] = _COMMON_ERRORS
    open: bool = False
    headers: tuple[str, ...] = ()


def _ok(description: str, schema: Schema) -> dict[int, Response]:
    return {200: Response(description, schema)}


def _list(tag: str, *schemas: str, path: str = "", query: tuple[str, ...] = ()) -> Operation:
    """Return the operation that lists or counts a collection.

    ``schemas`` are the names of the schemas that an element of the list may have.
    """
    one = tag.removesuffix("s").capitalize()
    return Operation(
        f"list{one}s" if not path else f"list{one}sOfPackage",
        "GET",
        path or f"{_NS}/{tag}",
        f"List {tag}, newest first." if not path else "List the actions of a package.",
        tag,
        _ok(
            "The list, or with count, the number of entries.",
            any_of(*(array_of(ref(each)) for each in schemas), object_of({tag: INTEGER})),
        ),
        query=("limit", "skip", "count", *query),
        errors=(*_COMMON_ERRORS, *((404, 409) if path else ())),
    )


def _entity(tag: str, path: str, suffix: str = "") -> Iterator[Operation]:
    """Yield the operations GET, PUT and DELETE of an action, package, trigger or rule."""
    one = tag.removesuffix("s")
    name, schema = f"{one.capitalize()}{suffix}", ref(one.capitalize())
    get_query = ("code",) if tag == "actions" else ()
    delete_query = ("force",) if tag == "packages" else ()
    yield Operation(
        f"get{name}",
        "GET",
        path,
        f"Get {_with_article(one)}.",
        tag,
        _ok(f"The {one}.", schema),
        query=get_query,
        errors=(*_COMMON_ERRORS, 404, 409),
    )
    yield Operation(
        f"put{name}",
        "PUT",
        path,
        f"Create or update {_with_article(one)}.",
        tag,
        _ok(f"The {one} after the change.", schema),
        body=ref(f"{one.capitalize()}Put"),
        query=("overwrite",),
        errors=(*_COMMON_ERRORS, 404, 409, 413, 415),
    )
    yield Operation(
        f"delete{name}",
        "DELETE",
        path,
        f"Delete {_with_article(one)}.",
        tag,
        _ok(f"The {one} before it was deleted.", schema),
        query=delete_query,
        errors=(*_COMMON_ERRORS, 404, 409),
    )


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _invoke(path: str, suffix: str = "") -> Operation:
    full = any_of(
        ref("Activation"),
        with_description({}, "Only the result, if result=true or the result is an array."),
    )
    return Operation(
        f"invokeAction{suffix}",
        "POST",
        path,
        "Invoke an action.",
        "actions",
        {
            200: Response("The action succeeded.", full, headers=("x-openwhisk-activation-id",)),
            202: Response(
                "The action is running, or was still running after the maximum waiting time.",
                ref("ActivationId"),
                headers=("x-openwhisk-activation-id",),
            ),
            500: Response(
                "An error occurred in the playground, or it could not run the action.", {}
            ),
            502: Response("The action failed.", full, headers=("x-openwhisk-activation-id",)),
        },
        body=with_description({"type": "object"}, "The arguments."),
        query=("blocking", "result", "timeout"),
        errors=(*_COMMON_ERRORS, 404, 409, 413, 415, 429),
    )


def _web(method: str, path: str, id_: str, what: str, headers: tuple[str, ...] = ()) -> Operation:
    return Operation(
        f"{method.lower()}{id_}",
        method,
        path,
        f"Call {what} with {method}.",
        "web",
        {
            200: Response("The action's result, in the format of the extension.", {}),
            202: Response(
                "The action did not finish within the maximum waiting time.", ref("Error")
            ),
        },
        body={} if method in ("POST", "PUT", "PATCH", "DELETE") else None,
        errors=(400, 401, 404, 413, 429, 500),
        open=True,
        headers=headers,
    )


def _operations() -> Iterator[Operation]:
    yield _list("actions", "ActionSummary")
    yield _list("actions", "ActionSummary", path=f"{_NS}/actions/{{package}}/")
    for path, suffix in (
        (f"{_NS}/actions/{{name}}", ""),
        (f"{_NS}/actions/{{package}}/{{name}}", "OfPackage"),
    ):
        yield from _entity("actions", path, suffix)
        yield _invoke(path, suffix)
    yield _list("packages", "PackageSummary")
    yield from _entity("packages", f"{_NS}/packages/{{package}}")
    yield _list("triggers", "TriggerSummary")
    yield from _entity("triggers", f"{_NS}/triggers/{{name}}")
    yield Operation(
        "fireTrigger",
        "POST",
        f"{_NS}/triggers/{{name}}",
        "Fire a trigger.",
        "triggers",
        {
            202: Response(
                "The trigger's active rules run their actions.",
                ref("ActivationId"),
                headers=("x-openwhisk-activation-id",),
            ),
            204: Response("The trigger has no active rule."),
        },
        body=with_description({"type": "object"}, "The parameters for the actions."),
        errors=(*_COMMON_ERRORS, 404, 409, 413, 415, 429),
    )
    yield _list("rules", "RuleSummary")
    yield from _entity("rules", f"{_NS}/rules/{{name}}")
    yield Operation(
        "setRuleStatus",
        "POST",
        f"{_NS}/rules/{{name}}",
        "Enable or disable a rule.",
        "rules",
        {200: Response("OK", STRING, TEXT)},
        body=ref("RuleStatus"),
        errors=(*_COMMON_ERRORS, 404, 409, 413, 415),
    )
    yield _list(
        "activations",
        "ActivationSummary",
        "Activation",
        query=("docs", "activation_name", "since", "upto"),
    )
    for part, name, what, schema in (
        ("", "Activation", "an activation's record", "Activation"),
        ("/result", "ActivationResult", "the result of an activation", "ActivationResponse"),
        ("/logs", "ActivationLogs", "the logs of an activation", "ActivationLogs"),
    ):
        yield Operation(
            f"get{name}",
            "GET",
            f"{_NS}/activations/{{activation_id}}{part}",
            f"Get {what}.",
            "activations",
            _ok("OK.", ref(schema)),
            errors=(*_COMMON_ERRORS, 404),
        )
    yield Operation(
        "listNamespaces",
        "GET",
        "/api/v1/namespaces",
        "List the namespace of the key.",
        "namespaces",
        _ok("Its name.", array_of(STRING)),
        errors=(401,),
    )
    yield Operation(
        "getLimits",
        "GET",
        f"{_NS}/limits",
        "Get the limits of a namespace.",
        "namespaces",
        _ok("Timeouts in milliseconds, memory and logs in MB.", ref("Limits")),
    )
    yield Operation(
        "getLimit",
        "GET",
        f"{_NS}/limits/{{entity}}",
        "Get a single limit. Like OpenWhisk, the playground does not support this.",
        "namespaces",
        {},
        errors=(400, 401),
    )
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        yield _web(method, _WEB, "WebAction", "a web action", ("X-Require-Whisk-Auth",))
        yield _web(method, _GATEWAY, "Route", "a route of the API gateway")
    for name, path, summary, body_schema in (
        ("getHost", "/", "Describe the host and its kinds.", ref("HostInfo")),
        ("getApi", "/api/v1", "Describe the API.", ref("ApiInfo")),
        ("getApiDocs", "/api/v1/api-docs", "Get this document.", map_of()),
        (
            "getInvokers",
            "/invokers",
            "List the invokers of the host. The list is always empty.",
            map_of(),
        ),
    ):
        yield Operation(
            name, "GET", path, summary, "host", _ok(summary, body_schema), errors=(), open=True
        )
    yield Operation(
        "ping",
        "GET",
        "/ping",
        "Check whether the host responds.",
        "host",
        {200: Response("pong", STRING, TEXT)},
        errors=(),
        open=True,
    )


OPERATIONS: tuple[Operation, ...] = tuple(_operations())

# Query parameters, by the names in ``Operation.query``. Clients send ``activation_name`` as
# ``name``. The key is different because other operations have a path parameter ``name``.
QUERY: Mapping[str, tuple[str, Schema]] = {
    "limit": (
        "The maximum number of entries. 0 means the largest number allowed.",
        {"type": "integer", "minimum": 0, "maximum": 200, "default": 30},
    ),
    "skip": (
        "The number of entries to skip.",
        {"type": "integer", "minimum": 0, "default": 0},
    ),
    "count": ("Return only the number of entries.", {**BOOLEAN, "default": False}),
    "code": ("Include the code.", {**BOOLEAN, "default": True}),
    "overwrite": ("Update it if it exists.", {**BOOLEAN, "default": False}),
    "force": ("Delete it even if it is not empty.", {**BOOLEAN, "default": False}),
    "blocking": ("Wait until the run ends.", {**BOOLEAN, "default": False}),
    "result": ("Return only the result, if blocking.", {**BOOLEAN, "default": False}),
    "timeout": (
        "The maximum waiting time in milliseconds.",
        {"type": "integer", "minimum": 1, "maximum": 60000, "default": 60000},
    ),
    "docs": ("Return complete records.", {**BOOLEAN, "default": False}),
    "activation_name": ("Only activations of this action, as name or package/name.", STRING),
    "since": ("Started at this time or later, in epoch milliseconds.", INTEGER),
    "upto": ("Started at this time or before, in epoch milliseconds.", INTEGER),
}

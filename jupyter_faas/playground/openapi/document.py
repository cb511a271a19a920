"""The OpenAPI 3.0 document, built from the tables of operations and schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from jupyter_faas.playground.openapi.operations import JSON, OPERATIONS, QUERY, Operation, Response
from jupyter_faas.playground.openapi.schemas import SCHEMAS, STRING, Schema, ref

_KEY = "key"

_PATH_PARAMETERS = MappingProxyType(
    {
        "namespace": "The name of a namespace. _ means the namespace of the key.",
        "package": "The name of a package.",
        "name": "The name of the action, trigger or rule.",
        "activation_id": "32 hexadecimal digits.",
        "entity": "Anything.",
        "action": "The name of the action, which may end in .http, .json, .html, .svg or .text; "
        "a path may follow it.",
        "path": "The base path of an API and a path in it, including slashes.",
    }
)
_STATUS_DESCRIPTIONS = MappingProxyType(
    {
        400: "The request is invalid or not allowed.",
        401: "The key is missing or wrong.",
        403: "The key does not permit this request.",
        404: "Not found.",
        409: "It already exists, or its name is in use.",
        413: "A part of the request is larger than allowed.",
        415: "The body is not JSON.",
        429: "The namespace has exceeded its rate limits.",
        500: "An error occurred in the playground.",
    }
)
_HEADERS = MappingProxyType(
    {
        "X-Request-ID": "The id of the request, which is the client's own id if it sent one.",
        "x-openwhisk-activation-id": "The id of the activation.",
    }
)


def document(version: str) -> dict[str, Any]:
    """Return the OpenAPI document as a dict. ``version`` is the version of the playground."""
    paths: dict[str, Any] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "The playground of jupyter_faas",
            "description": "An embedded backend with OpenWhisk's REST API.",
            "version": version,
            "license": {"name": "Apache-2.0"},
        },
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in OPERATIONS)],
        "security": [{_KEY: []}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "parameters": _parameters(),
            "headers": {
                name: {"description": description, "schema": STRING}
                for name, description in _HEADERS.items()
            },
            "responses": {
                f"Status{status}": _response(Response(why, ref("Error")))
                for status, why in _STATUS_DESCRIPTIONS.items()
            },
            "securitySchemes": {
                _KEY: {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The key of a namespace, uuid:key, as user name and password.",
                }
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    in_path = re.findall(r"\{(\w+)\}", operation.path)
    names = [*in_path, *operation.query, *operation.headers]
    responses: Mapping[int, Any] = {
        **{status: ref(f"Status{status}", "responses") for status in operation.errors},
        **{status: _response(response) for status, response in operation.responses.items()},
    }
    result: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {str(status): responses[status] for status in sorted(responses)},
    }
    if names:
        result["parameters"] = [ref(name, "parameters") for name in names]
    if operation.body is not None:
        # An empty schema means that the body may have any media type.
        media_type = JSON if operation.body else "*/*"
        result["requestBody"] = {"content": {media_type: {"schema": operation.body}}}
    # An empty list overrides the document's default, which requires an API key.
    if operation.open:
        result["security"] = []
    return result


def _response(response: Response) -> dict[str, Any]:
    headers = ("X-Request-ID", *response.headers)
    result: dict[str, Any] = {
        "description": response.description,
        "headers": {name: ref(name, "headers") for name in headers},
    }
    if response.schema is not None:
        media_type = response.media_type if response.schema else "*/*"
        result["content"] = {media_type: {"schema": response.schema}}
    return result


def _parameters() -> dict[str, Any]:
    in_path = {
        name: _parameter(name, "path", description, STRING)
        for name, description in _PATH_PARAMETERS.items()
    }
    # The key ``activation_name`` in QUERY stands for the parameter ``name``; see QUERY.
    in_query = {
        name: _parameter(name.removeprefix("activation_"), "query", description, schema)
        for name, (description, schema) in QUERY.items()
    }
    secret = _parameter(
        "X-Require-Whisk-Auth", "header", "The value that some web actions require.", STRING
    )
    return {**in_path, **in_query, "X-Require-Whisk-Auth": secret}


def _parameter(name: str, where: str, description: str, schema: Schema) -> dict[str, Any]:
    result = {"name": name, "in": where, "description": description, "schema": schema}
    return {**result, "required": True} if where == "path" else result

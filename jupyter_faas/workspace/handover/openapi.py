"""Build the OpenAPI 3.1 document of web actions. This module does not perform I/O."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from jupyter_faas.workspace.functions import Access
from jupyter_faas.workspace.handover.web_actions import WebAction

Schema = dict[str, Any]

_JSON = "application/json"
_SCHEMES: Mapping[Access, Schema] = MappingProxyType(
    {
        "key": {
            "type": "http",
            "scheme": "basic",
            "description": "The API key of a namespace, uuid:key, as user name and password.",
        },
        "word": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Require-Whisk-Auth",
            "description": "The value of the function's annotation require-whisk-auth. Ask the "
            "function's owner for the value.",
        },
    }
)
_ERRORS = MappingProxyType(
    {
        202: "The call takes longer than the maximum waiting time, so its result is not returned.",
        400: "The function failed, or the request overrides a preset parameter.",
        404: "The function does not exist.",
        413: "The body is too large.",
        429: "The namespace has exceeded its rate limits.",
        500: "An error occurred on the host.",
    }
)
_UNAUTHORIZED = "The API key or the value of require-whisk-auth is missing or wrong."
_ERROR: Schema = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "The cause of the error."},
        "code": {"type": "string", "description": "The ID of the request."},
    },
    "required": ["error"],
}
# This is the response of action_main.py to invalid parameters. With the extension .json, OpenWhisk
# returns the whole object with status 200.
_REFUSAL: Schema = {
    "type": "object",
    "description": "The parameters are invalid. The property `error` lists each invalid "
    "parameter and the reason.",
    "properties": {
        "statusCode": {"type": "integer", "enum": [400]},
        "body": {
            "type": "object",
            "properties": {"error": {"type": "string"}},
            "required": ["error"],
        },
    },
    "required": ["statusCode", "body"],
}


def document(
    functions: Iterable[WebAction], *, title: str, server: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the OpenAPI document of ``functions``.

    ``server`` is the document's Server Object, whose URL is the base of all paths. The version of
    the document is a digest of its contents, so a changed interface has a new version.
    """
    names = _Identifiers()
    paths: dict[str, Any] = {}
    schemas: dict[str, Schema] = {}
    found = list(functions)
    for each in found:
        word = names.word(each.name)
        paths[f"/{each.path}"] = {"post": _operation(each, word, schemas)}
    schemas["Error"] = _ERROR
    if any(each.checks for each in found):
        schemas["Refusal"] = _REFUSAL
    schemes = {access: _SCHEMES[access] for access in _accesses(found)}
    contents = {
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": _responses(found),
            **({"securitySchemes": schemes} if schemes else {}),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": _version(contents)},
        "servers": [dict(server)],
        **contents,
    }


def _operation(function: WebAction, word: str, schemas: dict[str, Schema]) -> dict[str, Any]:
    given, answered = f"{_camel(word)}Parameters", f"{_camel(word)}Result"
    schemas[given] = _with_place(function.parameters, f"#/components/schemas/{given}/$defs/")
    schemas[answered] = function.result
    result: Schema = _ref(answered)
    if function.checks:
        # Clients use the first schema that matches, so the narrower schema comes first.
        result = {"anyOf": [_ref("Refusal"), result]}
    statuses = [*_ERRORS, *([401] if function.access != "open" else [])]
    responses: dict[str, Any] = {
        "200": {
            "description": "The result of the function.",
            "content": {_JSON: {"schema": result}},
        }
    }
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/Status{status}"}
    needed = bool(function.parameters.get("required"))
    operation = {
        "operationId": word,
        "summary": function.name,
        "description": function.description,
        "tags": [function.path.partition("/")[0]],
        "requestBody": {"required": needed, "content": {_JSON: {"schema": _ref(given)}}},
        "responses": responses,
        "security": [] if function.access == "open" else [{function.access: []}],
    }
    # Only an empty description is left out. ``security: []`` must stay, because it means that no
    # API key is needed.
    return {key: value for key, value in operation.items() if value != ""}


def _with_place(schema: Any, place: str) -> Any:
    """Return a schema whose references point to its own ``$defs``, which are at ``place``."""
    if isinstance(schema, list):
        return [_with_place(one, place) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _with_place(value, place) for key, value in schema.items()}
    reference = found.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        found["$ref"] = f"{place}{reference.removeprefix('#/$defs/')}"
    return found


def _responses(functions: list[WebAction]) -> dict[str, Any]:
    content = {_JSON: {"schema": _ref("Error")}}
    known = dict(_ERRORS)
    if _accesses(functions):
        known[401] = _UNAUTHORIZED
    return {
        f"Status{status}": {"description": known[status], "content": content}
        for status in sorted(known)
    }


def _accesses(functions: list[WebAction]) -> list[Access]:
    return sorted({each.access for each in functions} & _SCHEMES.keys())


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _version(contents: Mapping[str, Any]) -> str:
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False)
    # Python strings may contain lone surrogates, which strict UTF-8 encoding rejects.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


class _Identifiers:
    """A generator of unique identifiers from action names, such as ``models_iris_2``."""

    def __init__(self) -> None:
        # These names are reserved for the two schemas that all functions share.
        self._taken = {"error", "refusal"}

    def word(self, name: str) -> str:
        word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "function"
        # Generated clients in Python or Java need names that do not begin with a digit.
        word = f"function_{word}" if word[0].isdigit() else word
        # Generators turn the names into class names, and into file names on file systems that
        # ignore case. So two names must not differ only in case or underscores.
        found, number = word, 1
        while _camel(found).lower() in self._taken:
            number += 1
            found = f"{word}_{number}"
        self._taken.add(_camel(found).lower())
        return found


def _camel(word: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in word.split("_"))

"""Holding replies against the document that tells what they look like."""

from __future__ import annotations

from typing import Any

import requests
from openapi_schema_validator import OAS30Validator


class Document:
    """The document of a host, as it serves it."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def check(self, method: str, path: str, response: requests.Response) -> None:
        """Fails unless the operation has such a reply: its status, its type, every field of it."""
        operation = self.content["paths"][path][method.lower()]
        status = str(response.status_code)
        assert status in operation["responses"], f"{method} {path} answers {status}"
        reply = self._resolved(operation["responses"][status])
        if "content" not in reply:
            assert response.content == b""
            return
        ((media_type, content),) = reply["content"].items()
        assert media_type == response.headers["Content-Type"].partition(";")[0]
        schema = {**_closed(content["schema"]), "components": _closed(self.content["components"])}
        value = response.json() if media_type == "application/json" else response.text
        OAS30Validator(schema).validate(value)

    def _resolved(self, found: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in found:
            return found
        node: Any = self.content
        for part in found["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        assert isinstance(node, dict)
        return node


def _closed(schema: Any) -> Any:
    """The same, with no other properties than those named."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed

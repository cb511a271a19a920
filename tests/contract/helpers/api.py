"""Talking to an OpenWhisk as any client does: over plain HTTP."""

from __future__ import annotations

import base64
import io
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

# Longer than any request here takes; a hang must not hang the tests.
TIMEOUT_S = 70

# What comes with 401.
CHALLENGE = 'Basic realm="OpenWhisk secure realm",charset=UTF-8'

HELLO = "def main(args):\n    return {'greeting': 'Hello ' + args.get('name', 'stranger')}\n"


@dataclass(frozen=True)
class Target:
    """``is_playground``: what is ours alone may be tested (its words, its limits, its files)."""

    apihost: str
    auth: str
    is_playground: bool


class Api:
    """The REST API of one namespace; every method gives the raw response."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.session = requests.Session()
        user, _, key = target.auth.partition(":")
        self.session.auth = (user, key)
        self.session.trust_env = False
        self.root = f"{target.apihost}/api/v1/namespaces/_"

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.root}/{path}", timeout=TIMEOUT_S, **options)

    # -- actions -------------------------------------------------------------------------------

    def put(
        self, name: str, body: Mapping[str, Any], overwrite: object = False
    ) -> requests.Response:
        params = {"overwrite": str(overwrite)}
        return self.request("PUT", f"actions/{quote(name)}", json=body, params=params)

    def get(self, name: str, **query: object) -> requests.Response:
        return self.request("GET", f"actions/{quote(name)}", params=_text(query))

    def delete(self, name: str) -> requests.Response:
        return self.request("DELETE", f"actions/{quote(name)}")

    def invoke(
        self, name: str, payload: Mapping[str, Any] | None = None, **query: object
    ) -> requests.Response:
        """Blocking unless ``blocking=False``."""
        params = _text({"blocking": True, **query})
        return self.request("POST", f"actions/{quote(name)}", json=payload or {}, params=params)

    # -- packages ------------------------------------------------------------------------------

    def put_package(
        self, name: str, body: Mapping[str, Any] | None = None, overwrite: object = False
    ) -> requests.Response:
        params = {"overwrite": str(overwrite)}
        return self.request("PUT", f"packages/{quote(name)}", json=body or {}, params=params)

    def get_package(self, name: str) -> requests.Response:
        return self.request("GET", f"packages/{quote(name)}")

    def delete_package(self, name: str, **query: object) -> requests.Response:
        return self.request("DELETE", f"packages/{quote(name)}", params=_text(query))

    def elsewhere(
        self, method: str, namespace: str, path: str, **options: Any
    ) -> requests.Response:
        """A request to another namespace with the key of this one."""
        url = f"{self.target.apihost}/api/v1/namespaces/{quote(namespace)}/{path}"
        return self.session.request(method, url, timeout=TIMEOUT_S, **options)

    # -- activations ---------------------------------------------------------------------------

    def activations(self, **query: object) -> requests.Response:
        return self.request("GET", "activations", params=_text(query))

    def activation(self, activation_id: str, part: str = "") -> requests.Response:
        return self.request("GET", f"activations/{activation_id}{part}")

    def record(self, activation_id: str, patience_s: float = 30) -> dict[str, Any]:
        """The record, as soon as it is there."""
        deadline = time.monotonic() + patience_s
        while True:
            response = self.activation(activation_id)
            if response.status_code == 200:
                found: dict[str, Any] = response.json()
                return found
            assert response.status_code == 404, response.text
            assert time.monotonic() < deadline, f"no record of {activation_id}"
            time.sleep(0.02)


def python(code: str = HELLO, **more: Any) -> dict[str, Any]:
    """The body of a PUT for a Python action."""
    return {"exec": {"kind": "python:default", "code": code}, **more}


def node(code: str, **more: Any) -> dict[str, Any]:
    """The body of a PUT for a Node.js action."""
    return {"exec": {"kind": "nodejs:default", "code": code}, **more}


def zipped(files: Mapping[str, str | bytes]) -> str:
    """An archive as clients send it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return base64.b64encode(buffer.getvalue()).decode()


def annotated(record: Mapping[str, Any]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in record["annotations"]}


def _text(query: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in query.items()}

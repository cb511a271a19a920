"""Calling web actions as a browser does: without a key."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.contract.helpers.api import TIMEOUT_S, Target

ECHO = "def main(args):\n    return {'body': args}\n"
EXPORTED = {"web-export": True}


class Web:
    """``package`` and ``namespace`` of the path; every method gives the raw response."""

    def __init__(self, target: Target, namespace: str) -> None:
        self.target = target
        self.namespace = namespace
        self.session = requests.Session()
        self.session.trust_env = False

    def url(self, path: str, package: str = "default") -> str:
        return f"{self.target.apihost}/api/v1/web/{self.namespace}/{package}/{path}"

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url(path), timeout=TIMEOUT_S, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.request("POST", path, **options)

    def auth(self) -> tuple[str, str]:
        user, _, key = self.target.auth.partition(":")
        return user, key


def exported(**more: Any) -> dict[str, Any]:
    """Those of a web action; ``_`` stands for ``-``. To be given to ``deploy``."""
    given = {**EXPORTED, **{key.replace("_", "-"): value for key, value in more.items()}}
    return {"annotations": [{"key": key, "value": value} for key, value in given.items()]}


def answering(result: Any, **more: Any) -> dict[str, Any]:
    """A web action that returns just this."""
    return {"code": f"def main(args):\n    return {result!r}\n", **exported(**more)}


def raw(target: Target, head: str, body: bytes = b"") -> bytes:
    """The answer, byte for byte, to a request that a client library would put otherwise."""
    where = urlsplit(target.apihost)
    with socket.create_connection((where.hostname, where.port or 80), TIMEOUT_S) as connection:
        lines = [*head.splitlines(), "Connection: close"]
        if "Host: " not in head:
            lines.append("Host: 127.0.0.1")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
        return data

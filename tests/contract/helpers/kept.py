"""A client that keeps its connection and sends each request in one piece, as quick clients do."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from tests.contract.helpers.api import Api


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: Any


class Kept:
    def __init__(self, api: Api, connection: socket.socket) -> None:
        self.key = base64.b64encode(api.target.auth.encode()).decode()
        self.connection = connection
        self._data = b""

    def request(self, name: str, body: bytes = b"{}", query: str = "blocking=true") -> bytes:
        head = (
            f"POST /api/v1/namespaces/_/actions/{quote(name)}?{query} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Basic {self.key}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def invoke(self, name: str, query: str = "blocking=true", **params: object) -> Answer:
        self.connection.sendall(self.request(name, json.dumps(params).encode(), query))
        return self.answer()

    def becomes_known(self, name: str, query: str = "blocking=true", **params: object) -> None:
        """From now on the playground has seen the head of such a request."""
        for _ in range(2):
            assert self.invoke(name, query, **params).status == 200

    def answer(self) -> Answer:
        head = self._until(lambda data: data.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in data else 0)
        first, *lines = head.decode().strip().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (each.partition(": ") for each in lines)
        }
        length = int(headers["content-length"])
        body = self._until(lambda data: length if len(data) >= length else 0) if length else b""
        return Answer(int(first.split()[1]), headers, json.loads(body) if body else None)

    def _until(self, size_of: Any) -> bytes:
        while not (size := size_of(self._data)):
            piece = self.connection.recv(65536)
            assert piece, f"the connection was closed behind {self._data!r}"
            self._data += piece
        found, self._data = self._data[:size], self._data[size:]
        return found


@contextmanager
def kept(api: Api) -> Iterator[Kept]:
    port = urlsplit(api.target.apihost).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        yield Kept(api, connection)

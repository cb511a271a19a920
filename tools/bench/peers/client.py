"""One request over and over, with as little of our own in the measurement as Python allows."""

from __future__ import annotations

import base64
import json
import select
import socket
import time
from dataclasses import dataclass
from typing import Any

import requests

from jupyter_faas.client import read_wskprops
from jupyter_faas.playground import PlaygroundInfo

_CHUNK = 1 << 16
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Call:
    """An HTTP request to this machine. ``headers`` come besides the usual ones."""

    port: int
    path: str
    payload: Any
    headers: tuple[tuple[str, str], ...] = ()

    def raw(self) -> bytes:
        body = json.dumps(self.payload).encode()
        head = [
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/json",
            "Accept: application/json",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def blocking_call(info: PlaygroundInfo, action: str, payload: Any) -> Call:
    """Return the request that invokes an action of a playground and waits for its result."""
    key = read_wskprops(info.wskprops).auth
    headers = (("Authorization", f"Basic {base64.b64encode(key.encode()).decode()}"),)
    path = f"/api/v1/namespaces/_/actions/{action}?blocking=true&result=true"
    return Call(info.port, path, payload, headers)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


class BadAnswer(Exception):
    """Raised for an answer that is none, or not of the status 200."""


def ask(call: Call) -> Answer:
    """Once, over a connection of its own. Raises OSError and BadAnswer."""
    with _connect(call.port) as connection:
        connection.sendall(call.raw())
        return _answer(connection)


def first_answer(call: Call, *, began: float) -> tuple[float, float, Answer]:
    """Ask until it answers with 200.

    Give the ms from ``began`` (of ``time.perf_counter``), those from the moment that the port took
    connections, and the answer. Raises TimeoutError.
    """
    opened = None
    while time.perf_counter() - began < PATIENCE_S:
        try:
            with _connect(call.port) as connection:
                opened = opened or time.perf_counter()
                connection.sendall(call.raw())
                answer = _answer(connection)
        except (OSError, BadAnswer):
            time.sleep(0.002)
            continue
        if answer.status == 200:
            now = time.perf_counter()
            return (now - began) * 1000, (now - opened) * 1000, answer
        time.sleep(0.002)
    raise TimeoutError(f"no response from port {call.port} within {PATIENCE_S:.0f} s")


def session_latencies(call: Call, count: int) -> list[float]:
    """Milliseconds of each of so many calls with one ``requests.Session``, as most people write it.

    Such a client takes most of the time, and sends head and body in two pieces.
    """
    url, samples = f"http://127.0.0.1:{call.port}{call.path}", []
    with requests.Session() as session:
        session.headers.update(dict(call.headers))
        for _ in range(count):
            began = time.perf_counter()
            response = session.post(url, json=call.payload, timeout=PATIENCE_S)
            samples.append((time.perf_counter() - began) * 1000)
            if response.status_code != 200:
                raise BadAnswer(f"{response.status_code}: {response.text[:300]!r}")
    return samples


def latencies(call: Call, count: int) -> list[float]:
    """Milliseconds of each of so many requests, one after the other over one connection."""
    request, samples = call.raw(), []
    with _connect(call.port) as connection:
        for _ in range(count):
            began = time.perf_counter()
            connection.sendall(request)
            answer = _answer(connection)
            samples.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise BadAnswer(f"{answer.status}: {answer.body[:300]!r}")
    return samples


def requests_per_second(call: Call, *, connections: int, seconds: float) -> float:
    """Answers a second while each of so many connections always has one request on its way."""
    request, poll = call.raw(), select.poll()
    open_: dict[int, socket.socket] = {}
    received: dict[int, bytes] = {}
    try:
        for _ in range(connections):
            connection = _connect(call.port)
            open_[connection.fileno()] = connection
            received[connection.fileno()] = b""
            poll.register(connection, select.POLLIN)
            connection.sendall(request)
        began, answers = time.perf_counter(), 0
        while (now := time.perf_counter()) - began < seconds:
            for descriptor, _ in poll.poll(1000):
                data = open_[descriptor].recv(_CHUNK)
                if not data:
                    raise BadAnswer("The connection was closed.")
                received[descriptor] += data
                answer, rest = _parse(received[descriptor])
                if answer is None:
                    continue
                if answer.status != 200:
                    raise BadAnswer(f"{answer.status}: {answer.body[:300]!r}")
                received[descriptor] = rest
                answers += 1
                open_[descriptor].sendall(request)
        return answers / (now - began)
    finally:
        for connection in open_.values():
            connection.close()


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _answer(connection: socket.socket) -> Answer:
    data = b""
    while True:
        chunk = connection.recv(_CHUNK)
        if not chunk:
            raise BadAnswer("The connection was closed.")
        data += chunk
        answer, _ = _parse(data)
        if answer is not None:
            return answer


def _parse(data: bytes) -> tuple[Answer | None, bytes]:
    """The answer at the beginning of ``data`` once it is whole, and what follows it."""
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        return None, data
    lines = head.split(b"\r\n")
    status = int(lines[0].split(None, 2)[1])
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
            if len(rest) < length:
                return None, data
            return Answer(status, rest[:length]), rest[length:]
    raise BadAnswer("The response does not state its length.")

"""A small HTTP server in threads that answers by script, and notes what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jupyter_faas.playground_proof import ANSWER, CHALLENGE_HEADER, PROOF_HEADER, proof_of


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: object = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # instead of `body`
    close: bool = False  # end the connection after the answer, without saying so
    reset: bool = False  # no answer at all: a hard reset
    hold: threading.Event | None = None  # answer only when set


Script = Callable[[Asked], Answer]


class FakeHost:
    """``url`` to ask, ``asked`` what came; each request is answered by ``script(asked)``."""

    def __init__(
        self, script: Script, port: int, tls: ssl.SSLContext | None, address: str = "127.0.0.1"
    ) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.closed = threading.Event()  # some connection has ended
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Small answers at once, not after the other side's delayed acknowledgement.
            disable_nagle_algorithm = True

            def handle_any(self) -> None:
                length = int(self.headers.get("content-length", 0))
                asked = Asked(
                    self.command,
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                    id(self.connection),
                )
                host.asked.append(asked)
                answer = host.script(asked)
                if answer.hold is not None:
                    answer.hold.wait(20)
                if answer.reset:
                    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    self.close_connection = True
                    return
                data = answer.raw if answer.raw is not None else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(data)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = answer.close

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                pass  # a broken pipe is what some tests are about

            def shutdown_request(self, *args: Any) -> None:
                super().shutdown_request(*args)
                host.closed.set()

            def finish_request(self, *args: Any) -> None:
                # The reset test closes the socket itself; http.server then trips on its flush.
                with suppress(OSError, ValueError):
                    super().finish_request(*args)

        self.server = Server((address, port), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://{address}:{self.server.server_port}"


@contextmanager
def serving(
    script: Script,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    address: str = "127.0.0.1",
) -> Iterator[FakeHost]:
    host = FakeHost(script, port, tls, address)
    thread = threading.Thread(target=host.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.server.shutdown()
        host.server.server_close()
        thread.join(10)


def proved(asked: Asked, key: str) -> Answer:
    """The playground's answer to a challenge."""
    port = int(asked.headers["host"].rpartition(":")[2])
    proof = proof_of(key, asked.headers[CHALLENGE_HEADER.lower()], port)
    return Answer(raw=ANSWER, content_type="text/plain", headers={PROOF_HEADER: proof})


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""A host of branches that does as a test wants: OpenWhisk's two routes, over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any]]


@dataclass
class BusyHost:
    """``refusals`` answer the next requests instead, by method (0: not at all).

    ``looks`` is how often a branch is asked after before it has ended; ``work`` makes its result
    of what it was given.
    """

    work: Callable[[dict[str, Any]], Any] = dict
    looks: int = 1
    refusals: dict[str, list[Answer]] = field(default_factory=dict)
    given: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    running: dict[str, int] = field(default_factory=dict)
    most: int = 0
    apihost: str = ""

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        if self.refusals.get(method):
            return self.refusals[method].pop(0)
        if method == "POST":
            identity = f"{len(self.given):032x}"
            self.given.append(json.loads(body))
            self.running[identity] = self.looks
            self.most = max(self.most, len(self.running))
            return 202, {"activationId": identity}
        identity = path.split("/")[-2]
        if self.running.get(identity, 0):
            self.running[identity] -= 1
            return 404, {"error": "The requested resource does not exist."}
        self.running.pop(identity, None)
        result = self.work(self.given[int(identity, 16)])
        return 200, {"result": result, "success": True, "status": "success"}


@contextmanager
def busy_host(host: BusyHost) -> Iterator[BusyHost]:
    """It listens as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host.requests.append((self.command, self.path, self.headers["Authorization"]))
            status, said = host.answer(self.command, self.path, body)
            if not status:
                self.close_connection = True
                return
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        host.apihost = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()

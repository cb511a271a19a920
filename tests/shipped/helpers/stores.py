"""A model store that is an HTTP server of this test, and containers that read from it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from jupyter_faas.bundle import FunctionFiles, lay_out, pack
from tests.bundle.helpers.samples import manifest
from tests.shipped.helpers.packages import LAUNCHER

MODEL = b"a model's bytes " * 4096
SHA256 = hashlib.sha256(MODEL).hexdigest()
TOKEN = "token=s3cr3t"

CAPTURED = f"""\
from faas_store import model_path
with open(model_path("model", {{"sha256": "{SHA256}", "size": {len(MODEL)}}}), "rb") as file:
    model = file.read()
"""
CELL = "%%function iris\ndef iris(**params):\n    return {'bytes': len(model), 'got': params}\n"


@dataclass
class Store:
    """What the server gives, and how often it was asked."""

    data: bytes = MODEL
    status: int = 200
    announced: int | None = None
    asked: int = 0
    # What comes after the first kilobyte waits for this, when it is not set yet.
    gate: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def __post_init__(self) -> None:
        self.gate.set()


@contextmanager
def serving() -> Iterator[Store]:
    store = Store()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with lock:
                store.asked += 1
            self.send_response(store.status)
            length = len(store.data) if store.announced is None else store.announced
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(store.data[:1024])
            if not store.gate.is_set():
                store.waiting.set()
                store.gate.wait(20)
            self.wfile.write(store.data[1024:])

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass  # a client that was killed is what some tests are about

    with Server(("127.0.0.1", 0), Handler) as server:
        store.url = f"http://127.0.0.1:{server.server_port}/models/{SHA256}?{TOKEN}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield store
        finally:
            store.gate.set()
            server.shutdown()
            thread.join()


def write_package(folder: Path, captured: str = CAPTURED) -> Path:
    """A package whose model lies in a store, unpacked as OpenWhisk's runtime does."""
    schema = {"type": "object", "properties": {}, "required": []}
    files = lay_out(
        FunctionFiles(CELL, captured, models={"model": (MODEL, {})}, stored=frozenset({"model"}))
    )
    pack(files, manifest(schema=schema, parameter_style="named")).unpack(folder)
    (folder / "__main__.py").rename(folder / "main__.py")
    (folder / "exec__.py").write_text(LAUNCHER)
    return folder


@dataclass(frozen=True)
class Container:
    """A process that answers calls as a container does, with the package in ``folder``."""

    folder: Path
    cache: Path
    url: str | None
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> subprocess.Popen[str]:
        environment = {"PYTHONDONTWRITEBYTECODE": "1", **self.environment}
        if self.url is not None:
            environment["FAAS_MODELS"] = json.dumps({SHA256: self.url})
        environment.setdefault("FAAS_MODEL_CACHE", str(self.cache))
        return subprocess.Popen(
            [sys.executable, "exec__.py"],
            cwd=self.folder,
            env={key: value for key, value in environment.items() if value},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *calls: dict[str, Any]) -> tuple[list[Any], str]:
        """The answers, and the logs."""
        return finish(self.start(), calls or ({},))


def finish(
    process: subprocess.Popen[str], calls: Sequence[dict[str, Any]]
) -> tuple[list[Any], str]:
    asked = "".join(json.dumps({"value": call}) + os.linesep for call in calls)
    answers, logs = process.communicate(asked, timeout=50)
    first, *lines = answers.splitlines()
    assert first == '{"ok":true}'
    return [json.loads(line) for line in lines], logs

"""Pictures, and a server that hands them out under conditions."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
# Two rows of three pixels, all different, so that nothing can be turned round unseen.
PIXELS = np.array([[RED, GREEN, BLUE], [WHITE, (10, 20, 30), (0, 0, 0)]], np.uint8)


def encoded(image: Any = PIXELS, kind: str = "PNG", **options: Any) -> bytes:
    """The file of an array or of Pillow's image."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def data_url(data: bytes | None = None) -> str:
    return f"data:image/png;base64,{base64.b64encode(data or encoded()).decode()}"


@dataclass(frozen=True)
class Answer:
    """What a path of the server answers. ``write`` sends the body piece by piece."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, str] | None = None
    write: Callable[[Any], object] | None = None


@dataclass
class PictureServer:
    """``url`` of the server; ``asked`` holds the headers of every request by its path."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def picture_server(**answers: Answer) -> Iterator[PictureServer]:
    """Serve ``name=Answer(…)`` at ``/name``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, dict(self.headers.items())))
            answer = server.answers.get(self.path.strip("/").partition("?")[0], Answer(status=404))
            if answer.needs and self.headers.get(answer.needs[0]) != answer.needs[1]:
                answer = Answer(status=403)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(answer.body)
                if answer.write:
                    answer.write(self.wfile)
            except OSError:
                pass  # the reader has had enough

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = PictureServer(f"http://127.0.0.1:{http.server_port}", dict(answers))
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()

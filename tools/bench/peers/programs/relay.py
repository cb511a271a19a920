"""The least that a process for the model costs: a parser, two pipes, and nothing else.

No routes, key, limits, logs or record. What the playground takes more than this is its own work;
what this takes more than the floor's model in its own process is the price of isolation.
"""

import asyncio
import json
import os
import sys
from typing import ClassVar

import httptools
import uvloop

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


def serve_model(requests: int, replies: int) -> None:
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(sys.argv[1], options)
    name = session.get_inputs()[0].name
    with os.fdopen(requests, "rb") as lines:
        for line in lines:
            row = json.loads(line)["row"]
            _, probabilities = session.run(None, {name: np.array([row], np.float32)})
            body = json.dumps({"probabilities": probabilities[0].tolist()})
            os.write(replies, body.encode() + b"\n")


class Connection(asyncio.Protocol):
    """One request after the other; answers come in the order of the requests."""

    waiting: ClassVar["list[Connection]"] = []
    requests: ClassVar[int]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        body, self._body = self._body, b""
        self.waiting.append(self)
        os.write(self.requests, body + b"\n")

    def answer(self, body: bytes) -> None:
        # A client that has left gets no answer, but those after it do.
        if not self._transport.is_closing():
            self._transport.write(_HEAD % (len(body), body))


async def main(replies: int) -> None:
    def read() -> None:
        for body in os.read(replies, 65536).splitlines():
            Connection.waiting.pop(0).answer(body)

    loop = asyncio.get_running_loop()
    loop.add_reader(replies, read)
    server = await loop.create_server(Connection, "127.0.0.1", int(sys.argv[2]))
    await server.serve_forever()


if __name__ == "__main__":
    request_out, request_in = os.pipe()
    reply_out, reply_in = os.pipe()
    if os.fork() == 0:
        # The last writer of its pipe, so that it ends with the server.
        os.close(request_in)
        serve_model(request_out, reply_in)
        os._exit(0)
    os.close(request_out)
    os.close(reply_in)
    Connection.requests = request_in
    uvloop.run(main(reply_out))

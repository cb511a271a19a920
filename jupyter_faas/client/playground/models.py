"""``ModelsClient``, a client for the model store of a playground."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.client.base import TargetClient
from jupyter_faas.client.transport import Reply
from jupyter_faas.errors import ModelNotFound, ModelStoreError, TargetNotReachable

_PATH = "/faas/models"
# The read timeout in seconds. The store answers an upload only when it has written the whole model
# to disk, and reads a whole model to verify it.
_PATIENCE_S = 300.0


@dataclass(frozen=True)
class RemoteModel:
    """A model in the store.

    ``size`` is in bytes, and ``downloads`` is counted from the start of the playground.
    """

    sha256: str
    size: int
    downloads: int


class ModelsClient(TargetClient):
    """A client that lists, uploads and removes model artifacts.

    Its methods raise ModelStoreError if the playground is too old to have a model store.
    """

    def list(self) -> list[RemoteModel]:
        """Return all models in the namespace of the API key."""
        reply = self._transport.send("GET", _PATH)
        if reply.status == 404:
            raise self._outdated()
        self._accepted(reply)
        try:
            return [RemoteModel(**each) for each in reply.body]
        except (KeyError, TypeError) as error:
            raise self._outdated() from error

    def address(self, sha256: str) -> str | None:
        """Return the URL path, including a token, from which actions can download a model.

        Returns None if the model is not in the store or its file is damaged.
        """
        reply = self._transport.send("GET", f"{_PATH}/{sha256}", read_s=_PATIENCE_S)
        if reply.status == 404:
            return None
        return self._url(self._accepted(reply))

    def put(self, sha256: str, path: Path, sent: Callable[[int], None]) -> str:
        """Stream a file to the store, and return its URL path as ``address`` does.

        ``sent`` is called repeatedly with the number of bytes sent so far.
        """
        with _Counted(path, sent) as file:
            reply = self._transport.send(
                "PUT", f"{_PATH}/{sha256}", content=file, read_s=_PATIENCE_S
            )
        if reply.status == 404:
            raise self._outdated()
        return self._url(self._accepted(reply))

    def remove(self, sha256: str) -> None:
        """Delete a model from the store. Raises ModelNotFound if it is not there."""
        missing = ModelNotFound(
            f"The model {sha256[:12]}… is not in the store of {self.target.label}.",
            hint="To list the models: %faas models",
        )
        reply = self._transport.send("DELETE", f"{_PATH}/{sha256}")
        if reply.status == 404:
            raise missing
        self._accepted(reply)

    def _url(self, reply: Reply) -> str:
        try:
            return str(reply.body["url"])
        except (KeyError, TypeError) as error:
            raise TargetNotReachable(
                f"{self.target.label} did not return a valid model store response."
            ) from error

    def _outdated(self) -> ModelStoreError:
        return ModelStoreError(
            f"{self.target.label} does not have a model store, because it runs an older "
            "version of jupyter_faas.",
            hint="Restart it: %faas playground stop, then %faas playground start",
        )


class _Counted(io.BufferedReader):
    """A file reader that reports the number of bytes read so far.

    The base class is BufferedReader, because requests streams such an object instead of reading all
    of it, and determines its length from the file descriptor.
    """

    def __init__(self, path: Path, sent: Callable[[int], None]) -> None:
        super().__init__(path.open("rb", buffering=0))
        self._sent = sent

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._sent(self.tell())
        return piece

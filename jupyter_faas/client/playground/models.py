"""``ModelsClient``: the model store that is built into a playground, over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.client.base import TargetClient
from jupyter_faas.client.transport import Reply
from jupyter_faas.errors import ModelNotFound, ModelStoreError, TargetNotReachable

_PATH = "/faas/models"
# It answers when the last byte is on its disk.
_PATIENCE_S = 300.0


@dataclass(frozen=True)
class RemoteModel:
    """A model in the store. ``size`` in bytes; ``downloads`` since the playground started."""

    sha256: str
    size: int
    downloads: int


class ModelsClient(TargetClient):
    """Lists, uploads and removes model files. Raises ModelStoreError for an older playground."""

    def list(self) -> list[RemoteModel]:
        """All models of the key's namespace."""
        reply = self._transport.send("GET", _PATH)
        if reply.status == 404:
            raise self._outdated()
        self._accepted(reply)
        try:
            return [RemoteModel(**each) for each in reply.body]
        except (KeyError, TypeError) as error:
            raise self._outdated() from error

    def address(self, sha256: str) -> str | None:
        """Where actions read the model: a path on the host. None when it is not there, or not
        whole any more."""
        reply = self._transport.send("GET", f"{_PATH}/{sha256}", read_s=_PATIENCE_S)
        if reply.status == 404:
            return None
        return self._url(self._accepted(reply))

    def put(self, sha256: str, path: Path, sent: Callable[[int], None]) -> str:
        """Send a file in pieces and return its address. ``sent`` is called with how many bytes have
        gone out."""
        with _Counted(path, sent) as file:
            reply = self._transport.send(
                "PUT", f"{_PATH}/{sha256}", content=file, read_s=_PATIENCE_S
            )
        if reply.status == 404:
            raise self._outdated()
        return self._url(self._accepted(reply))

    def remove(self, sha256: str) -> None:
        """ModelNotFound when it is not there."""
        missing = ModelNotFound(
            f"{self.target.label} has no model {sha256[:12]}… in its store.",
            hint="%faas models lists those that there are.",
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
                f"{self.target.label} answers, but not as a model store does."
            ) from error

    def _outdated(self) -> ModelStoreError:
        return ModelStoreError(
            f"{self.target.label} has no model store: it is of an earlier version.",
            hint="Start it anew: %faas playground stop, then %faas playground start",
        )


class _Counted(io.BufferedReader):
    """A file that reports how much of it was read."""

    def __init__(self, path: Path, sent: Callable[[int], None]) -> None:
        super().__init__(path.open("rb", buffering=0))
        self._sent = sent

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._sent(self.tell())
        return piece

"""The latest models that were converted: who edits a cell and runs it again waits for none anew."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from jupyter_faas.serialization.helper.protocol import Request

if TYPE_CHECKING:
    from jupyter_faas.serialization.artifact import ModelArtifact

_MAX_BYTES = 32 * 1024 * 1024


class ConversionCache:
    """Artifacts by all that they depend on: the model, the sample and the options, to the last bit.

    What was converted and compared twice gives the same twice, so nothing is left out. The oldest
    are forgotten when they hold more than ``most_bytes`` together.
    """

    def __init__(self, most_bytes: int = _MAX_BYTES) -> None:
        self._most_bytes = most_bytes
        self._known: dict[bytes, ModelArtifact] = {}

    def of(self, request: Request) -> ModelArtifact | None:
        """What this very request was answered with, if that is known."""
        key = _key(request)
        found = self._known.pop(key, None)
        if found is not None:
            self._known[key] = found  # the latest again
        return found

    def keep(self, request: Request, artifact: ModelArtifact) -> None:
        """To be called for what depends on nothing but the request."""
        self._known[_key(request)] = artifact
        sizes = [len(one.data) for one in self._known.values()]
        while sum(sizes) > self._most_bytes:
            del self._known[next(iter(self._known))], sizes[0]


def _key(request: Request) -> bytes:
    options = (request.name, request.accept_parity, request.budget_s, request.wanted, request.trust)
    parts = (request.model, request.sample, repr(options).encode())
    # Of digests, so that no part can end where another begins.
    return b"".join(hashlib.sha256(part).digest() for part in parts)

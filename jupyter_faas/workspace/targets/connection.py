"""A client for one target, and what its host has said of itself so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jupyter_faas.errors import TargetError

if TYPE_CHECKING:
    from jupyter_faas.client import Client, HostInfo, Timeouts
    from jupyter_faas.workspace.results import Progress

# How long a host that did not answer is not asked again, merely for a card.
_LEFT_ALONE_S = 30.0


def impatient() -> Timeouts:
    """For questions that nobody waits for: a few seconds, once."""
    from jupyter_faas.client import Timeouts

    return Timeouts(connect_s=1.5, read_s=3.0, pauses_s=())


@dataclass
class Connection:
    """A client for one target, and what its host has said so far. ``info`` None: not asked yet."""

    client: Client
    info: HostInfo | None = None
    namespace: str = "_"
    refused: tuple[float, str] | None = None

    def ask(self, now_s: float) -> str:
        """Ask the host of itself, if it has not said. Why it said nothing, else empty."""
        if self.info is not None:
            return ""
        if self.refused and now_s - self.refused[0] < _LEFT_ALONE_S:
            return self.refused[1]
        from jupyter_faas.client import Client

        asking = Client(self.client.target, timeouts=impatient())
        try:
            self.info, self.refused = asking.info(), None
        except TargetError as error:
            self.refused = (now_s, error.message)
            return error.message
        finally:
            asking.close()
        return ""

    def host_info(self) -> HostInfo:
        """What the host says of itself, asked once."""
        if self.info is None:
            self.info = self.client.info()
        return self.info

    def own_namespace(self) -> str:
        """The namespace's name where the target says only ``_``, asked once."""
        if self.namespace == "_":
            self.namespace = next(iter(self.client.namespaces()), "_")
        return self.namespace


class Connect(Protocol):
    """Reaches the target in use; starts the playground when ``start`` says so."""

    def __call__(self, *, start: bool = False, progress: Progress = ...) -> Connection: ...

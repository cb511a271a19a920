"""Connection: a client for one target, with the cached description of its host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jupyter_faas.errors import TargetError

if TYPE_CHECKING:
    from jupyter_faas.client import Client, HostInfo, Timeouts
    from jupyter_faas.workspace.results import Progress

# After a failed request, packaging does not contact the host again for this long. Otherwise each
# cell that runs would wait for the timeout.
_RETRY_AFTER_S = 30.0


def short_timeouts() -> Timeouts:
    """Return timeouts for requests that must not delay the user: a few seconds and no retry."""
    from jupyter_faas.client import Timeouts

    return Timeouts(connect_s=1.5, read_s=3.0, pauses_s=())


@dataclass
class Connection:
    """A client for one target, and what is cached about its host.

    ``info`` is the host's description of itself (``GET /``), None until it is fetched.
    ``namespace`` is ``_`` until the name is known. ``failure`` is the time (monotonic seconds) and
    the message of the last request for ``info`` if it failed.
    """

    client: Client
    info: HostInfo | None = None
    namespace: str = "_"
    failure: tuple[float, str] | None = None

    def fetch_info(self, now_s: float) -> str:
        """Fetch ``info`` unless it is known. Return an error message, or an empty string.

        ``now_s`` is the monotonic time in seconds.
        """
        if self.info is not None:
            return ""
        if self.failure and now_s - self.failure[0] < _RETRY_AFTER_S:
            return self.failure[1]
        from jupyter_faas.client import Client

        # A second client, because timeouts belong to a client and those of a deploy are longer.
        client = Client(self.client.target, timeouts=short_timeouts())
        try:
            self.info, self.failure = client.info(), None
        except TargetError as error:
            self.failure = (now_s, error.message)
            return error.message
        finally:
            client.close()
        return ""

    def host_info(self) -> HostInfo:
        """Return the host's description of itself; it is fetched once. Raises TargetError."""
        if self.info is None:
            self.info = self.client.info()
        return self.info

    def own_namespace(self) -> str:
        """Return the name of the namespace; it is fetched once where the target only has ``_``."""
        if self.namespace == "_":
            self.namespace = next(iter(self.client.namespaces()), "_")
        return self.namespace


class Connect(Protocol):
    """Type of the function that connects to the target in use.

    ``start`` starts a stopped playground. ``progress`` is called with messages meanwhile.
    """

    def __call__(self, *, start: bool = False, progress: Progress = ...) -> Connection: ...

"""Connection: a client for one target, with cached information about its host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jupyter_faas.errors import TargetError
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities

if TYPE_CHECKING:
    from jupyter_faas.client import Client, HostInfo, Timeouts
    from jupyter_faas.workspace.results import Progress

# After a failed request, packaging does not contact the host again for this number of seconds.
# Otherwise each cell that runs would wait for the timeout.
_RETRY_AFTER_S = 30.0


def short_timeouts() -> Timeouts:
    """Return timeouts of a few seconds without retries, for requests that must not delay users."""
    from jupyter_faas.client import Timeouts

    return Timeouts(
        connect_s=1.5, read_s=3.0, pauses_s=(), answer_s=5.0, most_bytes=8 * 1024 * 1024
    )


def patient_timeouts() -> Timeouts:
    """Return timeouts for a check before a long job, which a slow host must not fail."""
    from jupyter_faas.client import Timeouts

    return Timeouts(connect_s=5.0, read_s=15.0, pauses_s=(0.5,), answer_s=15.0)


@dataclass
class Connection:
    """A client for one target, with cached information about its host.

    ``info``: the host's response to ``GET /``, or None until it is fetched.
    ``namespace``: the name of the namespace, or ``_`` until the name is known.
    ``failure``: the time (monotonic seconds) and error message of the last request for ``info``, if
    it failed.
    """

    client: Client
    info: HostInfo | None = None
    namespace: str = "_"
    failure: tuple[float, str] | None = None

    def fetch_info(self, now_s: float) -> str:
        """Fetch ``info`` if it is not cached. Return an error message, or an empty string.

        Within 30 seconds of a failed request, return its message without another request.
        ``now_s`` is the monotonic time in seconds.
        """
        if self.info is not None:
            return ""
        if self.failure and now_s - self.failure[0] < _RETRY_AFTER_S:
            return self.failure[1]
        from jupyter_faas.client import Client

        # A client has fixed timeouts, which are longer for deploys, so create a second client.
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
        """Return ``info``, which is fetched on the first call. Raises TargetError."""
        if self.info is None:
            self.info = self.client.info()
        return self.info

    def capabilities(self) -> TargetCapabilities:
        """Return the target's limits and runtimes. Raises TargetError if the host fails."""
        target = self.client.target
        return TargetCapabilities(target.name, target.label, self.host_info(), target.profile)

    def own_namespace(self) -> str:
        """Return the name of the namespace.

        If only ``_`` is known, the name is fetched and cached. Returns ``_`` if the host lists no
        namespaces. Raises TargetError.
        """
        if self.namespace == "_":
            self.namespace = next(iter(self.client.namespaces()), "_")
        return self.namespace


class Connect(Protocol):
    """Type of the function that connects to the current target.

    With ``start``, the function starts a stopped playground and calls ``progress`` with messages.
    """

    def __call__(self, *, start: bool = False, progress: Progress = ...) -> Connection: ...

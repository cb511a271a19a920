"""``TargetClient``, the base class of all clients."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from jupyter_faas.client.errors import error_for
from jupyter_faas.client.target import Target
from jupyter_faas.client.transport import Reply, Timeouts, Transport
from jupyter_faas.errors import FaasError, InputError, TargetNotReachable
from jupyter_faas.version import __version__

USER_AGENT = f"jupyter_faas/{__version__}"
# The exceptions that can occur while reading a body that does not conform to OpenWhisk's API.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, InputError)

_Value = TypeVar("_Value")


class Sender(Protocol):
    """What a client needs of its transport."""

    @property
    def send(self) -> Callable[..., Reply]:
        """Send a request, with the arguments of ``Transport.send``."""
        ...

    def close(self) -> None: ...


class TargetClient:
    """A client for one target that keeps its connections alive.

    Every request may raise TargetNotReachable, NotAuthorized, TargetRefused (such as its subclass
    ActionConflict) or TargetFailed. See ``errors.error_for``.
    """

    def __init__(
        self,
        target: Target,
        *,
        timeouts: Timeouts | None = None,
        user_agent: str = USER_AGENT,
        pause: Callable[[float], None] = time.sleep,
        transport: Sender | None = None,
    ) -> None:
        """Create a client. ``transport`` sends its requests, by default a ``Transport``."""
        self.target = target
        self._transport: Sender = transport or Transport(
            target, user_agent=user_agent, timeouts=timeouts or Timeouts(), pause=pause
        )

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._transport.close()

    def _request(
        self, method: str, path: str, *, missing: FaasError | None = None, **options: Any
    ) -> Reply:
        """Send a request, and return its reply. Raise an error if the status is 400 or higher.

        ``missing`` is the error to raise for a 404. ``options`` are passed to ``Transport.send``.
        """
        return self._accepted(self._transport.send(method, path, **options), missing=missing)

    def _accepted(self, reply: Reply, *, missing: FaasError | None = None) -> Reply:
        if reply.status >= 400:
            raise error_for(reply, self.target, missing=missing)
        return reply

    def _read(self, reply: Reply, read: Callable[[Any], _Value]) -> _Value:
        try:
            return read(reply.body)
        except MALFORMED as exc:
            raise self._not_openwhisk(reply) from exc

    def _not_openwhisk(self, reply: Reply) -> TargetNotReachable:
        return TargetNotReachable(
            f"{self.target.label} did not return a valid OpenWhisk response (status "
            f"{reply.status}).",
            hint=f"Check that {self.target.apihost} is the API host.",
        )

    def _path(self, *parts: str, namespace: str = "") -> str:
        return entity_path(namespace or self.target.namespace, *parts)


def entity_path(namespace: str, *parts: str) -> str:
    """Return the path of an entity's URL."""
    # Legal names may contain spaces and ``@``, so each segment is quoted separately.
    return "/api/v1/namespaces/" + "/".join(quote(each, safe="") for each in (namespace, *parts))

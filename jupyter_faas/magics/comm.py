"""The comm that sends events to the lab extension and answers its requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Protocol

from jupyter_faas.errors import FaasError, InputError
from jupyter_faas.widgets.actions import error_json
from jupyter_faas.workspace.exact_json import to_exact

TARGET = "jupyter_faas"

Event = Mapping[str, object]
# An Answer returns an event and its binary buffers, or None if the event follows later.
Answer = Callable[[Mapping[str, Any]], "tuple[Event, list[bytes]] | None"]


class Comm(Protocol):
    """The channel to one front end, as the ``comm`` package provides it."""

    def send(
        self, data: Event | None = None, metadata: object = None, buffers: list[bytes] | None = None
    ) -> None: ...

    def on_msg(self, callback: Callable[[dict[str, Any]], None]) -> None: ...

    def on_close(self, callback: Callable[[dict[str, Any]], None]) -> None: ...

    def close(self) -> None: ...


class FrontEnds:
    """All connected front ends.

    ``operations`` maps the ``op`` of a request to the function that answers it.
    """

    def __init__(self, operations: Mapping[str, Answer] | None = None) -> None:
        # The session sets ``operations`` when it begins, because the operations need the session,
        # which creates this object first.
        self.operations: Mapping[str, Answer] = operations or {}
        self._comms: list[Comm] = []
        self._lock = Lock()

    @property
    def listening(self) -> bool:
        """Whether the lab extension, which draws our outputs itself, is connected."""
        with self._lock:
            return bool(self._comms)

    def open(self, comm: Comm, message: Mapping[str, object]) -> None:
        """Add a front end. The comm target calls this method."""
        with self._lock:
            self._comms.append(comm)
        comm.on_msg(lambda message: self._answer(comm, message["content"]["data"]))
        comm.on_close(lambda _: self._forget(comm))

    def send(self, event: Event, buffers: list[bytes] | None = None) -> None:
        """Send an event to all front ends."""
        with self._lock:
            # The lock must not be held while sending, because a comm that closes calls ``_forget``,
            # which acquires it.
            comms = list(self._comms)
        exact = to_exact(event)
        for comm in comms:
            comm.send(exact, buffers=buffers)

    def close(self) -> None:
        """Disconnect all front ends."""
        with self._lock:
            comms, self._comms = self._comms, []
        for comm in comms:
            comm.close()

    def _forget(self, comm: Comm) -> None:
        with self._lock:
            self._comms = [one for one in self._comms if one is not comm]

    def _answer(self, comm: Comm, data: Mapping[str, Any]) -> None:
        operation = str(data.get("op"))
        try:
            if operation not in self.operations:
                raise InputError(f"This kernel does not support the operation {operation!r}.")
            answer = self.operations[operation](data)
        except Exception as error:
            # Every error must be sent as an answer, or the front end would wait forever.
            comm.send({"event": "error", "op": operation, "error": error_json(error)})
            if not isinstance(error, FaasError):
                raise
            return
        if answer is not None:
            event, buffers = answer
            comm.send(to_exact(event), buffers=buffers)

"""``SessionsClient``: runs that have no record yet, and the graph of a run, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jupyter_faas.client.base import TargetClient
from jupyter_faas.errors import ActivationNotFound


@dataclass(frozen=True)
class RunningActivation:
    """A run without a record yet. ``path`` is ``namespace/[package/]name``, ``started`` epoch ms.

    ``kind`` is ``composition``, ``sequence`` or ``function``. ``parts`` are the ids of what it has
    run so far, ``going`` is what it runs now (which has no ``going`` of its own), by id.
    """

    path: str
    version: str
    kind: str
    started: int
    cause: str | None = None
    parts: tuple[str, ...] = ()
    going: tuple[tuple[str, RunningActivation], ...] = ()

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> RunningActivation:
        cause = obj.get("cause")
        return cls(
            path=str(obj["path"]),
            version=str(obj["version"]),
            kind=str(obj["kind"]),
            started=int(obj["started"]),
            cause=cause if isinstance(cause, str) else None,
            parts=tuple(map(str, obj.get("parts") or ())),
            going=tuple(
                (str(each["activation"]), cls.from_json(each)) for each in obj.get("going") or ()
            ),
        )


@dataclass(frozen=True)
class RunDetails:
    """``graph``: what the run is drawn as, as it was then; None where there is none."""

    under_way: RunningActivation | None
    graph: Mapping[str, Any] | None


class SessionsClient(TargetClient):
    """Reads a playground's running sessions, and the graphs of runs."""

    def under_way(self) -> list[tuple[str, RunningActivation]]:
        """Sequences and compositions that run now and are part of no other, by id. Empty where the
        playground is of an earlier version."""
        reply = self._transport.send("GET", "/faas/sessions")
        if reply.status == 404 or not isinstance(reply.body, list):
            return []
        self._accepted(reply)
        return [(str(each["activation"]), RunningActivation.from_json(each)) for each in reply.body]

    def of(self, activation_id: str) -> RunDetails | None:
        """Details of a run; None if it is unknown, or the playground is of an earlier version."""
        path = f"/faas/sessions/{quote(activation_id, safe='')}"
        missing = ActivationNotFound(f"No activation {activation_id}.")
        try:
            return _facts(self._request("GET", path, missing=missing).body)
        except ActivationNotFound:
            return None


def _facts(body: Any) -> RunDetails | None:
    if not isinstance(body, Mapping):
        return None
    running, graph = body.get("running"), body.get("graph")
    return RunDetails(
        RunningActivation.from_json(running) if isinstance(running, Mapping) else None,
        graph if isinstance(graph, Mapping) else None,
    )

"""``SessionsClient``, a client for the playground's running sessions and the graphs of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jupyter_faas.client.base import TargetClient
from jupyter_faas.errors import ActivationNotFound


@dataclass(frozen=True)
class RunningActivation:
    """A run that has not ended and therefore does not have a record yet.

    ``path`` is ``namespace/[package/]name``. ``kind`` is ``composition``, ``sequence`` or
    ``function``. ``started`` is epoch ms. ``parts`` contains the activation ids of the components
    that have ended. ``going`` contains the running components with their activation ids, but not
    the components of those components. ``logs`` contains the log lines so far of a plain run.
    """

    path: str
    version: str
    kind: str
    started: int
    cause: str | None = None
    parts: tuple[str, ...] = ()
    going: tuple[tuple[str, RunningActivation], ...] = ()
    logs: tuple[str, ...] = ()

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
            logs=tuple(map(str, obj.get("logs") or ())),
            going=tuple(
                (str(each["activation"]), cls.from_json(each)) for each in obj.get("going") or ()
            ),
        )


@dataclass(frozen=True)
class RunDetails:
    """Details of a run that are not in its record.

    ``under_way`` is the run if it has not ended, and None otherwise. ``graph`` is the graph of the
    composition at the time of the run, or None for a plain action.
    """

    under_way: RunningActivation | None
    graph: Mapping[str, Any] | None


class SessionsClient(TargetClient):
    """A client for a playground's running sessions, and for the graphs of runs."""

    def under_way(self, *, plain: bool = False) -> list[tuple[str, RunningActivation]]:
        """Return the running top-level sequences and compositions, with their activation ids.

        With ``plain``, runs of functions are included. Returns an empty list if the playground is
        too old to have this endpoint.
        """
        # ``_request`` is not used, because it would raise an error for a 404.
        query = {"all": "true"} if plain else {}
        reply = self._transport.send("GET", "/faas/sessions", query=query)
        if reply.status == 404 or not isinstance(reply.body, list):
            return []
        self._accepted(reply)
        return [(str(each["activation"]), RunningActivation.from_json(each)) for each in reply.body]

    def cancel(self, activation_id: str) -> None:
        """End a running activation. Raises ActivationNotFound if it does not run any more."""
        path = f"/faas/sessions/{quote(activation_id, safe='')}"
        missing = ActivationNotFound(f"Activation {activation_id} is not running.")
        self._request("DELETE", path, missing=missing)

    def of(self, activation_id: str) -> RunDetails | None:
        """Return the details of a run.

        Returns None if the run does not exist or the playground is too old to have this endpoint.
        """
        path = f"/faas/sessions/{quote(activation_id, safe='')}"
        missing = ActivationNotFound(f"There is no activation {activation_id}.")
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

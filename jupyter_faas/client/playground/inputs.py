"""The inputs that a playground has kept, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jupyter_faas.client.client import USER_AGENT
from jupyter_faas.client.errors import error_for
from jupyter_faas.client.target import Target
from jupyter_faas.client.transport import Reply, Timeouts, Transport
from jupyter_faas.errors import ActionNotFound, ActivationNotFound, FaasError, TargetNotReachable

_PATH = "/faas/inputs"


@dataclass(frozen=True)
class KeptInput:
    """What an activation was given. ``name`` is ``name`` or ``package/name``, ``kept`` epoch ms.

    Redacted values are ``…``.
    """

    activation: str
    name: str
    kept: int
    params: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {
            "activation": self.activation,
            "name": self.name,
            "kept": self.kept,
            "params": dict(self.params),
        }


class InputsClient:
    """One user's view of them. Its errors are those of ``Client``."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._transport = Transport(target, user_agent=USER_AGENT, timeouts=Timeouts())

    def close(self) -> None:
        """Give up the kept connections."""
        self._transport.close()

    def latest(self, name: str, limit: int) -> list[KeptInput]:
        """Of one action, the newest first. ``ActionNotFound`` when there is none of that name."""
        missing = ActionNotFound(
            f"No action {name!r} on {self._target.label}.",
            hint=f"Deploy it first: %faas deploy {name}",
        )
        reply = self._transport.send("GET", _PATH, query={"name": name, "limit": limit})
        body = self._accepted(reply, missing).body
        if not isinstance(body, list):
            raise self._earlier()
        return [self._read(each) for each in body]

    def of(self, activation_id: str) -> KeptInput:
        """That of one activation. ``ActivationNotFound`` when none was kept."""
        missing = ActivationNotFound(
            f"{self._target.label} has kept no input of activation {activation_id}.",
            hint="Inputs are kept of functions that ask for it, the latest ones: "
            "%%function NAME --keep-inputs",
        )
        reply = self._transport.send("GET", f"{_PATH}/{quote(activation_id, safe='')}")
        return self._read(self._accepted(reply, missing).body)

    def _accepted(self, reply: Reply, missing: FaasError) -> Reply:
        if reply.status >= 400:
            raise error_for(reply, self._target, missing=missing)
        return reply

    def _read(self, body: Any) -> KeptInput:
        try:
            return KeptInput(**body)
        except TypeError as error:
            raise self._earlier() from error

    def _earlier(self) -> TargetNotReachable:
        return TargetNotReachable(
            f"{self._target.label} answers, but keeps no inputs: it is of another version.",
            hint="Start it anew: %faas playground stop, then %faas playground start",
        )

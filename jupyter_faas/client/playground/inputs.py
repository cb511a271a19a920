"""``InputsClient``, a client for the inputs that a playground has kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jupyter_faas.client.base import TargetClient
from jupyter_faas.errors import ActionNotFound, ActivationNotFound, TargetNotReachable

_PATH = "/faas/inputs"


@dataclass(frozen=True)
class KeptInput:
    """The kept input of an activation.

    ``name`` is the action's ``name`` or ``package/name``. ``kept`` is the time of storage in epoch
    ms. Redacted values in ``params`` are ``…``.
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


class InputsClient(TargetClient):
    """A client for kept inputs.

    Its methods raise TargetNotReachable if the playground has another version.
    """

    def latest(self, name: str, limit: int) -> list[KeptInput]:
        """Return up to ``limit`` inputs of an action, newest first. Raises ActionNotFound."""
        missing = ActionNotFound(
            f"There is no action {name!r} on {self.target.label}.",
            hint=f"Deploy it first: %faas deploy {name}",
        )
        query = {"name": name, "limit": limit}
        body = self._request("GET", _PATH, query=query, missing=missing).body
        if not isinstance(body, list):
            raise self._outdated()
        return [self._input(each) for each in body]

    def of(self, activation_id: str) -> KeptInput:
        """Return the input of an activation. Raises ActivationNotFound if it was not kept."""
        missing = ActivationNotFound(
            f"{self.target.label} did not keep the input of activation {activation_id}.",
            hint="Leave --no-inputs out of its cell, if the cell has it, or add --keep-inputs 100: "
            "by default, the latest 20 inputs of each function are kept.",
        )
        path = f"{_PATH}/{quote(activation_id, safe='')}"
        return self._input(self._request("GET", path, missing=missing).body)

    def _input(self, body: Any) -> KeptInput:
        try:
            # A TypeError means that the fields differ, so the playground has another version.
            return KeptInput(**body)
        except TypeError as error:
            raise self._outdated() from error

    def _outdated(self) -> TargetNotReachable:
        return TargetNotReachable(
            f"{self.target.label} does not support kept inputs, because it runs another "
            "version of jupyter_faas.",
            hint="Restart it: %faas playground stop, then %faas playground start",
        )

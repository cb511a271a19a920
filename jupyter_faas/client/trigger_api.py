"""The API by which DigitalOcean calls functions on a schedule.

It belongs to the account, so it has another host than the namespace, and needs the account's token.
``doctl`` reads the token and the address from the same variables. Source: docs.digitalocean.com,
reference of the API, triggers of a namespace (2026-11-13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from jupyter_faas.client.base import TargetClient
from jupyter_faas.client.doctl import TOKEN_VARIABLE
from jupyter_faas.client.target import Target
from jupyter_faas.errors import (
    ActionConflict,
    NotAuthorized,
    TargetNotConfigured,
    TargetRefused,
)

URL_VARIABLE = "DIGITALOCEAN_API_URL"
_URL = "https://api.digitalocean.com"


@dataclass(frozen=True)
class ScheduledCall:
    """A trigger of the host, which calls a function.

    ``cron`` has five fields, in UTC. ``last_run`` and ``updated`` are in epoch ms; ``last_run`` is
    None before the first call, and ``updated`` is 0 if the host does not tell.
    """

    name: str
    function: str
    cron: str
    enabled: bool
    last_run: int | None
    updated: int


class TriggerApiClient(TargetClient):
    """A client for the triggers of one namespace."""

    def __init__(self, namespace: str, token: str, url: str = "") -> None:
        """Create a client. ``url`` is the address of the API; empty for the public one.

        Raises TargetNotConfigured if the token would travel in clear.
        """
        target = Target("digitalocean", "DigitalOcean's API", "openwhisk", url or _URL, auth="")
        if target.sends_key_in_clear:
            raise TargetNotConfigured(
                f"{URL_VARIABLE} is not an https address, so the token would be sent unencrypted.",
                hint=f"Remove {URL_VARIABLE}, or set it to an https address.",
            )
        super().__init__(target)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._root = f"/v2/functions/namespaces/{quote(namespace, safe='')}/triggers"

    def list_calls(self) -> list[ScheduledCall]:
        """Return the triggers of the namespace."""
        found = self._call("GET", "").get("triggers")
        return [_read(each) for each in found or () if isinstance(each, Mapping)]

    def create(self, name: str, function: str, cron: str, body: Mapping[str, Any]) -> ScheduledCall:
        """Let the host call ``function`` with the parameters ``body``.

        Raises ActionConflict if the name is in use, and TargetRefused, such as for the fourth
        trigger of an account.
        """
        details = {"cron": cron, **({"body": dict(body)} if body else {})}
        trigger = {
            "name": name,
            "function": function,
            "type": "SCHEDULED",
            "is_enabled": True,
            "scheduled_details": details,
        }
        found = self._call("POST", "", trigger).get("trigger")
        return _read({**trigger, **(found if isinstance(found, Mapping) else {})})

    def delete(self, name: str) -> bool:
        """Delete a trigger. Return whether it existed."""
        return self._call("DELETE", f"/{quote(name, safe='')}", missing_ok=True) is not _MISSING

    def _call(
        self, method: str, path: str, body: object = None, *, missing_ok: bool = False
    ) -> Mapping[str, Any]:
        reply = self._transport.send(
            method, self._root + path, body=body, headers=self._headers, credentials=False
        )
        if reply.status < 400:
            return reply.body if isinstance(reply.body, Mapping) else {}
        if reply.status == 404 and missing_ok:
            return _MISSING
        said = reply.body.get("message") if isinstance(reply.body, Mapping) else None
        words = f"{self.target.label} rejected the request: {said or f'status {reply.status}'}"
        if reply.status == 401:
            raise NotAuthorized(
                f"{self.target.label} does not accept the token in {TOKEN_VARIABLE}.",
                hint="In DigitalOcean's control panel, create a token with the scopes for "
                f"Functions, and set {TOKEN_VARIABLE} to it.",
            )
        if reply.status == 409:
            raise ActionConflict(words)
        raise TargetRefused(words)


_MISSING: Mapping[str, Any] = {}


def _read(trigger: Mapping[str, Any]) -> ScheduledCall:
    details, runs = trigger.get("scheduled_details"), trigger.get("scheduled_runs")
    cron = details.get("cron") if isinstance(details, Mapping) else None
    last = runs.get("last_run_at") if isinstance(runs, Mapping) else None
    return ScheduledCall(
        name=str(trigger.get("name", "")),
        function=str(trigger.get("function", "")),
        cron=str(cron or ""),
        enabled=trigger.get("is_enabled") is True,
        last_run=_epoch_ms(last),
        updated=_epoch_ms(trigger.get("updated_at")) or 0,
    )


def _epoch_ms(value: object) -> int | None:
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    # The zero date of Go stands for a trigger that has not run.
    return round(moment.timestamp() * 1000) if moment.year > 1 else None

"""``faas/api/activations``: the runs on the target."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace


class Listed(Protocol):
    """An entry of a list."""

    def to_json(self) -> dict[str, Any]: ...


class ActivationsHandler(FaasHandler):
    """GET ``?limit=&name=&since=&upto=&skip=`` (times in ms): activations.json.

    ``top=true``: only what is part of no other run; on the playground the entries of sessions have
    their ``calls`` and their own cost.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        limit = self.number("limit", 30, least=1) or 30
        skip = self.number("skip", 0) or 0
        since, upto = self.number("since"), self.number("upto")
        name = self.get_query_argument("name", "") or None
        top = self.get_query_argument("top", "") == "true"

        def ask(workspace: Workspace) -> Sequence[Listed]:
            listed = workspace.sessions.top if top else workspace.activations
            return listed(limit=limit, name=name, since=since, upto=upto, skip=skip)

        found = await self.ask(ask)
        entries = [activation.to_json() for activation in found]
        self.finish({"activations": entries, "as_of": int(time.time() * 1000)})


class ActivationHandler(FaasHandler):
    """GET: activation.json."""

    @authenticated
    @authorized
    async def get(self, activation_id: str) -> None:
        found = await self.ask(lambda workspace: workspace.activation(activation_id))
        self.finish(found.to_json())


ROUTES = (
    (r"faas/api/activations", ActivationsHandler),
    (r"faas/api/activations/([^/]+)", ActivationHandler),
)

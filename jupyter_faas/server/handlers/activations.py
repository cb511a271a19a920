"""``faas/api/activations``: list activations of the target, or read one."""

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
    """An entry of a list: an activation, or a session with its totals."""

    def to_json(self) -> dict[str, Any]: ...


class ActivationsHandler(FaasHandler):
    """GET ``faas/api/activations?limit=&name=&since=&upto=&skip=&top=``: activations.json.

    Times are epoch ms. ``top=true`` lists only activations without a parent; on the playground,
    entries of sessions then have ``calls`` and the cost of the session.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        # With a default, ``number`` never returns None. ``or`` only satisfies the type checker.
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
    """GET ``faas/api/activations/ID``: activation.json."""

    @authenticated
    @authorized
    async def get(self, activation_id: str) -> None:
        found = await self.ask(lambda workspace: workspace.activation(activation_id))
        self.finish(found.to_json())


ROUTES = (
    (r"faas/api/activations", ActivationsHandler),
    (r"faas/api/activations/([^/]+)", ActivationHandler),
)

"""``faas/api/activations``: the runs on the target."""

from __future__ import annotations

import time

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler
from jupyter_faas.workspace.latest import latest


class ActivationsHandler(FaasHandler):
    """GET ``?limit=&name=&since=&upto=&skip=&uncaused=`` (times in ms): activations.json.

    With ``uncaused`` more than ``limit`` entries, until so many of them have no cause.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        limit = self.number("limit", 30, least=1) or 30
        skip = self.number("skip", 0) or 0
        since, upto = self.number("since"), self.number("upto")
        name = self.get_query_argument("name", "") or None
        uncaused = self.number("uncaused", 0) or 0
        found = await self.ask(
            lambda workspace: latest(
                lambda more: workspace.activations(
                    limit=limit, name=name, since=since, upto=upto, skip=skip + more
                ),
                limit,
                uncaused,
            )
        )
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

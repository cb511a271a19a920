"""``faas/api/target``: choose the default target."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class TargetHandler(FaasHandler):
    """PUT ``faas/api/target`` ``{"name"}``: status.json with the new default target."""

    @authenticated
    @authorized
    async def put(self) -> None:
        name = self.required_string("name")
        await self.ask_default(lambda workspace: workspace.use_target(name))
        self.finish(await self.ask_default(lambda workspace: workspace.status()))


ROUTES = ((r"faas/api/target", TargetHandler),)

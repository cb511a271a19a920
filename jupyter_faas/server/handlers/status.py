"""``faas/api/status``: version, targets, limits."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class StatusHandler(FaasHandler):
    """GET ``faas/api/status``: status.json."""

    @authenticated
    @authorized
    async def get(self) -> None:
        self.finish(await self.ask(lambda workspace: workspace.status()))


ROUTES = ((r"faas/api/status", StatusHandler),)

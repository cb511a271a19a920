"""``faas/api/playground``: start or stop the local playground."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler


class PlaygroundHandler(FaasHandler):
    """POST ``faas/api/playground`` ``{"action": "start" or "stop"}``: the new status.json."""

    @authenticated
    @authorized
    async def post(self) -> None:
        action = self.required_string("action")
        if action == "start":
            await self.ask(lambda workspace: workspace.playground.start())
        elif action == "stop":
            await self.ask(lambda workspace: workspace.playground.stop())
        else:
            raise InputError(f"The action must be start or stop, not {action!r}.")
        self.finish(await self.ask(lambda workspace: workspace.status()))


ROUTES = ((r"faas/api/playground", PlaygroundHandler),)

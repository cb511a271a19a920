"""``faas/api/playground``: start or stop the local playground."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler


class PlaygroundHandler(FaasHandler):
    """POST ``faas/api/playground`` ``{"action": "start" or "stop"}``: the new status.json.

    After a stop, ``ended`` lists the runs that it ended: ``[{"name", "activation_id"}]``.
    """

    @authenticated
    @authorized
    async def post(self) -> None:
        action = self.required_string("action")
        ended: dict[str, Any] = {}
        if action == "start":
            await self.ask(lambda workspace: workspace.playground.start())
        elif action == "stop":
            stopped = await self.ask(lambda workspace: workspace.playground.stop())
            ended = {"ended": [run._asdict() for run in stopped.ended] if stopped else []}
        else:
            raise InputError(f"The action must be start or stop, not {action!r}.")
        self.finish({**await self.ask(lambda workspace: workspace.status()), **ended})


ROUTES = ((r"faas/api/playground", PlaygroundHandler),)

"""``faas/api/sessions``: list sessions, or read one with everything that it caused."""

from __future__ import annotations

import time

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class SessionsHandler(FaasHandler):
    """GET ``faas/api/sessions?limit=&name=&skip=``: ``{"sessions": […], "as_of"}``.

    Entries are those of activations.json, with ``calls`` and the cost of the session.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        limit = self.number("limit", 30, least=1) or 30
        skip = self.number("skip", 0) or 0
        name = self.get_query_argument("name", "") or None
        found = await self.ask(
            lambda workspace: workspace.sessions.latest(limit=limit, name=name, skip=skip)
        )
        entries = [session.to_json() for session in found]
        self.finish({"sessions": entries, "as_of": int(time.time() * 1000)})


class SessionHandler(FaasHandler):
    """GET ``faas/api/sessions/ID``: session.json of any activation."""

    @authenticated
    @authorized
    async def get(self, activation_id: str) -> None:
        found = await self.ask(lambda workspace: workspace.sessions.session(activation_id))
        # A session may have thousands of steps, so its JSON is built outside the event loop, too.
        self.finish(await self.ask(lambda _: found.to_json()))


ROUTES = (
    (r"faas/api/sessions", SessionsHandler),
    (r"faas/api/sessions/([^/]+)", SessionHandler),
)

"""``faas/api/sessions``: list sessions, read one with everything that it caused, or end one."""

from __future__ import annotations

import time

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class SessionsHandler(FaasHandler):
    """GET ``faas/api/sessions?limit=&name=&skip=``: ``{"sessions": […], "as_of"}``.

    DELETE with ``?name=&since=`` ends the run of a call that was given up.

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

    @authenticated
    @authorized
    async def delete(self) -> None:
        """``?name=&since=``: end the run of a call that nobody waits for: ``{"message"}``.

        ``since`` is the start of the call in epoch ms. The message says what became of the run.
        """
        name = self.get_query_argument("name")
        since = self.number("since", 0) or 0
        message = await self.ask(lambda workspace: workspace.sessions.cancel_call(name, since))
        self.finish({"message": message})


class SessionHandler(FaasHandler):
    """GET ``faas/api/sessions/ID``: session.json of any activation. DELETE ends it."""

    @authenticated
    @authorized
    async def get(self, activation_id: str) -> None:
        found = await self.ask(lambda workspace: workspace.sessions.session(activation_id))
        # A session may have thousands of steps, so its JSON is built outside the event loop, too.
        self.finish(await self.ask(lambda _: found.to_json()))

    @authenticated
    @authorized
    async def delete(self, activation_id: str) -> None:
        """End a running activation. 400 on hosts that cannot end one."""
        await self.ask(lambda workspace: workspace.sessions.cancel(activation_id))
        self.set_status(204)
        self.finish()


ROUTES = (
    (r"faas/api/sessions", SessionsHandler),
    (r"faas/api/sessions/([^/]+)", SessionHandler),
)

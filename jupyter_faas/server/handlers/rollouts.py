"""``faas/api/rollouts``: new versions beside a function, and the end of their comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace

# This matches ``name`` or ``package/name``, whose slash may be encoded or not.
_NAME = r"([^/]+|[^/]+/[^/]+)"


class RolloutsHandler(FaasHandler):
    """GET ``faas/api/rollouts/NAME``: rollouts.json, the comparisons with canary and shadow.

    A canary that fails too often is rolled back by this request.

    POST ``{"end": "promote" | "discard"}``: ``{"warning"}``, after one version has all calls. The
    canary is ended before the shadow.
    """

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        found = await self.ask(lambda workspace: workspace.rollouts.reports(name))
        self.finish({"rollouts": [each.to_json() for each in found]})

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        end = self.required_string("end")
        if end not in ("promote", "discard"):
            raise InputError(f"end must be promote or discard, not {end!r}.")

        def work(workspace: Workspace) -> str:
            rollouts = workspace.rollouts
            done = rollouts.promote(name) if end == "promote" else rollouts.discard(name)
            return done.warning

        self.finish({"warning": await self.ask(work)})


ROUTES = ((rf"faas/api/rollouts/{_NAME}", RolloutsHandler),)

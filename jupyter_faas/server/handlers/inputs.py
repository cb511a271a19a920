"""``faas/api/activations/ID/input`` and ``replays``: what a run was given, sent once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace


class KeptInputHandler(FaasHandler):
    """GET: ``{"input": {"params", "lacking"}}``; null where it is not kept."""

    @authenticated
    @authorized
    async def get(self, activation_id: str) -> None:
        self.finish({"input": await self.ask(lambda workspace: _kept(workspace, activation_id))})


class ReplaysHandler(FaasHandler):
    """POST: activation.json of what is deployed now, given the same. 400 where that is cut."""

    @authenticated
    @authorized
    async def post(self, activation_id: str) -> None:
        done = await self.ask(lambda workspace: workspace.inputs.again(activation_id))
        self.finish(done.to_json())


def _kept(workspace: Workspace, activation_id: str) -> dict[str, Any] | None:
    from jupyter_faas.workspace.replay.inputs import redacted

    found = workspace.inputs.kept(activation_id)
    if found is None:
        return None
    return {"params": dict(found.params), "lacking": list(redacted(found))}


ROUTES = (
    (r"faas/api/activations/([^/]+)/input", KeptInputHandler),
    (r"faas/api/activations/([^/]+)/replays", ReplaysHandler),
)

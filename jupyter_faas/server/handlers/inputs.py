"""``faas/api/activations/ID/input`` and ``…/replays``: kept inputs and their replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace


class KeptInputHandler(FaasHandler):
    """GET ``faas/api/activations/ID/input``: ``{"input": {"params", "lacking"}}``.

    ``input`` is null if the input was not kept. ``lacking`` contains the names of redacted
    parameters.
    """

    @authenticated
    @authorized
    async def get(self, activation_id: str) -> None:
        self.finish({"input": await self.ask(lambda workspace: _kept(workspace, activation_id))})


class ReplaysHandler(FaasHandler):
    """POST ``faas/api/activations/ID/replays``: activation.json of a run with the same input.

    400 if parts of the input were redacted.
    """

    @authenticated
    @authorized
    async def post(self, activation_id: str) -> None:
        done = await self.ask(lambda workspace: workspace.inputs.again(activation_id))
        self.finish(done.to_json())


def _kept(workspace: Workspace, activation_id: str) -> dict[str, Any] | None:
    from jupyter_faas.workspace.replay.inputs import redacted

    # An activation without a kept input is normal, so the response is null instead of an error.
    found = workspace.inputs.kept(activation_id)
    if found is None:
        return None
    return {"params": dict(found.params), "lacking": list(redacted(found))}


ROUTES = (
    (r"faas/api/activations/([^/]+)/input", KeptInputHandler),
    (r"faas/api/activations/([^/]+)/replays", ReplaysHandler),
)

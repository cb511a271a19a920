"""``faas/api/activations``: list activations of the target, or read one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace


class Listed(Protocol):
    """An entry of a list: an activation, or a session with its totals."""

    def to_json(self) -> dict[str, Any]: ...


class ActivationsHandler(FaasHandler):
    """GET ``faas/api/activations?limit=&name=&since=&upto=&skip=&top=``: activations.json.

    Times are epoch ms. ``top=true`` lists only activations without a parent; on the playground,
    entries of sessions then have ``calls`` and the cost of the session. ``triggers=false`` leaves
    out fired triggers, so that a schedule does not push out the runs.

    ``status=any|succeeded|failed|cold`` and ``contains=TEXT`` search the records for such runs
    without a parent. The reply then has ``searched_to``: the time from which ``upto`` continues the
    search, or null if all records were compared. 400 for another status.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        # With a default, ``number`` never returns None. ``or`` only satisfies the type checker.
        limit = self.number("limit", 30, least=1) or 30
        skip = self.number("skip", 0) or 0
        since, upto = self.number("since"), self.number("upto")
        name = self.get_query_argument("name", "") or None
        top = self.get_query_argument("top", "") == "true"
        status = self.get_query_argument("status", "")
        contains = self.get_query_argument("contains", "")
        if status or contains:
            # Imported here, because loading the extension must not slow the server's start.
            from jupyter_faas.workspace.sessions.search import RunFilter

            wanted = RunFilter.parse(contains, status or "any")
            runs, searched_to = await self.ask(
                lambda workspace: workspace.sessions.search(
                    wanted, limit=limit, name=name, since=since, upto=upto
                )
            )
            entries = [activation.to_json() for activation in runs]
            as_of = int(time.time() * 1000)
            self.finish({"activations": entries, "as_of": as_of, "searched_to": searched_to})
            return
        triggers = self.get_query_argument("triggers", "") != "false"

        def ask(workspace: Workspace) -> Sequence[Listed]:
            listed: Callable[..., Sequence[Listed]] = workspace.activations
            if top:
                listed = partial(workspace.sessions.top, triggers=triggers)
            return listed(limit=limit, name=name, since=since, upto=upto, skip=skip)

        found = await self.ask(ask)
        entries = [activation.to_json() for activation in found]
        self.finish({"activations": entries, "as_of": int(time.time() * 1000)})


class ActivationHandler(FaasHandler):
    """GET ``faas/api/activations/ID``: activation.json."""

    @authenticated
    @authorized
    async def get(self, activation_id: str) -> None:
        found = await self.ask(lambda workspace: workspace.activation(activation_id))
        self.finish(found.to_json())


ROUTES = (
    (r"faas/api/activations", ActivationsHandler),
    (r"faas/api/activations/([^/]+)", ActivationHandler),
)

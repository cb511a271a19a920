"""``faas/api/cost`` and ``budget``: what functions cost in a period, and what they may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace


class CostHandler(FaasHandler):
    """GET ``?since=&until=&prices=&name=&always_on=&cold_rate=&utc_offset=``: cost.json.

    Times in ms; ``utc_offset`` is minutes east of UTC of the clock whose days are told.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        from jupyter_faas.workspace.costs.choices import read_rate
        from jupyter_faas.workspace.costs.days import read_utc_offset
        from jupyter_faas.workspace.costs.service import Question

        cold_rate = self.get_query_argument("cold_rate", "")
        question = Question(
            name=self.get_query_argument("name", "") or None,
            since=self.number("since"),
            until=self.number("until"),
            prices=self.get_query_argument("prices", "") or None,
            always_on=self.get_query_argument("always_on", "") or None,
            cold_rate=read_rate(cold_rate) if cold_rate else None,
            utc_offset=read_utc_offset(self.get_query_argument("utc_offset", "")),
        )
        self.finish(await self.ask(lambda workspace: workspace.costs.report(question).to_json()))


class BudgetHandler(FaasHandler):
    """PUT ``{"usd_per_month": "20.00"}`` for the target in use; null takes its budget away.

    ``{"target", "usd_per_month"}``.
    """

    @authenticated
    @authorized
    async def put(self) -> None:
        from jupyter_faas.workspace.costs.choices import NONE, read_amount
        from jupyter_faas.workspace.results import exact

        body = self.body()
        if "usd_per_month" not in body:
            raise InputError("The body needs usd_per_month: an amount as text, or null.")
        given = body["usd_per_month"]
        amount = read_amount(NONE if given is None else given)

        def keep(workspace: Workspace) -> str:
            target = workspace.target.name
            workspace.budgets.put(target, amount)
            return target

        self.finish({"target": await self.ask(keep), "usd_per_month": exact(amount)})


ROUTES = ((r"faas/api/cost", CostHandler), (r"faas/api/budget", BudgetHandler))

"""``faas/api/cost`` and ``faas/api/budget``: costs of a period, and the monthly budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace


class CostHandler(FaasHandler):
    """GET ``faas/api/cost``: cost.json.

    Query: ``since``, ``until`` (epoch ms), ``prices``, ``name``, ``always_on``, ``cold_rate``, and
    ``utc_offset`` (minutes east of UTC, where days begin). All are optional.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        from jupyter_faas.workspace.costs.choices import read_rate
        from jupyter_faas.workspace.costs.days import read_utc_offset
        from jupyter_faas.workspace.costs.service import CostQuery

        cold_rate = self.get_query_argument("cold_rate", "")
        question = CostQuery(
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
    """PUT ``faas/api/budget`` ``{"usd_per_month": "20.00"}``: ``{"target", "usd_per_month"}``.

    This sets the budget of the current target; null removes it.
    """

    @authenticated
    @authorized
    async def put(self) -> None:
        from jupyter_faas.workspace.costs.choices import NONE, read_amount
        from jupyter_faas.workspace.results import exact

        body = self.body()
        if "usd_per_month" not in body:
            raise InputError(
                "The body must contain 'usd_per_month': an amount as a string, or null."
            )
        given = body["usd_per_month"]
        # Amounts are strings in the request and in the response, because JSON numbers become
        # floats.
        amount = read_amount(NONE if given is None else given)

        def keep(workspace: Workspace) -> str:
            target = workspace.target.name
            workspace.budgets.put(target, amount)
            return target

        self.finish({"target": await self.ask(keep), "usd_per_month": exact(amount)})


ROUTES = ((r"faas/api/cost", CostHandler), (r"faas/api/budget", BudgetHandler))

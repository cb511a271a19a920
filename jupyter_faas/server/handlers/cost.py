"""``faas/api/cost``: what functions cost in a period."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class CostHandler(FaasHandler):
    """GET ``?since=&until=&prices=&name=&always_on=&cold_rate=`` (times in ms): cost.json."""

    @authenticated
    @authorized
    async def get(self) -> None:
        from jupyter_faas.workspace.cost_verb import rate
        from jupyter_faas.workspace.costs import Question

        cold_rate = self.get_query_argument("cold_rate", "")
        question = Question(
            name=self.get_query_argument("name", "") or None,
            since=self.number("since"),
            until=self.number("until"),
            prices=self.get_query_argument("prices", "") or None,
            always_on=self.get_query_argument("always_on", "") or None,
            cold_rate=rate(cold_rate) if cold_rate else None,
        )
        self.finish(await self.ask(lambda workspace: workspace.costs.report(question).to_json()))


ROUTES = ((r"faas/api/cost", CostHandler),)

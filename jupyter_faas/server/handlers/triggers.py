"""``faas/api/triggers`` and ``faas/api/rules``: run functions on a schedule or an event."""

from __future__ import annotations

import time
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler


class TriggersHandler(FaasHandler):
    """GET ``faas/api/triggers``: triggers.json.

    ``fired=false`` omits the time of each trigger's last firing, which takes a request per trigger.

    POST ``{"name", "every", "cron", "timezone", "run", "params"}``: a new trigger, as an entry of
    triggers.json. Only the name is required. ``run`` also creates the rule NAME-FUNCTION.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        fired = self.get_query_argument("fired", "") != "false"
        found = await self.ask(lambda workspace: workspace.triggers.triggers(fired=fired))
        entries = [trigger.to_json() for trigger in found]
        self.finish({"triggers": entries, "as_of": int(time.time() * 1000)})

    @authenticated
    @authorized
    async def post(self) -> None:
        from jupyter_faas.workspace.triggers.schedules import parse_schedule

        name, run = self.required_string("name"), self.optional_string("run")
        every, cron, zone = (self.optional_string(key) for key in ("every", "cron", "timezone"))
        schedule, params = parse_schedule(every, cron, zone), _params(self.body())
        made = await self.ask(
            lambda workspace: workspace.triggers.create_trigger(
                name, schedule=schedule, run=run, params=params
            )
        )
        self.set_status(201)
        self.finish(made.to_json())


class TriggerHandler(FaasHandler):
    """DELETE ``faas/api/triggers/NAME``: ``{"rules": [names], "warning"}``.

    This deletes the trigger, its alarm, and its rules, which the response names.
    """

    @authenticated
    @authorized
    async def delete(self, name: str) -> None:
        rules, warning = await self.ask(lambda workspace: workspace.triggers.remove_trigger(name))
        self.finish({"rules": list(rules), "warning": warning})


class FiringsHandler(FaasHandler):
    """POST ``faas/api/triggers/NAME/firings`` ``{"params": {…}}``: fire the trigger.

    The response is ``{"trigger", "activation", "runs", "paused"}``. ``activation`` is null if no
    rule is active. In that case, nothing runs.
    """

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        params = _params(self.body())
        fired = await self.ask(lambda workspace: workspace.triggers.fire(name, params))
        self.finish(fired.to_json())


class RuleHandler(FaasHandler):
    """POST ``faas/api/rules/NAME`` ``{"active": boolean}``: the rule as in triggers.json."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        if "active" not in self.body():
            raise InputError("The body must contain 'active': true or false.")
        active = self.boolean("active")
        rule = await self.ask(lambda workspace: workspace.triggers.set_rule(name, active))
        self.finish(rule.to_json())


def _params(body: dict[str, Any]) -> dict[str, Any]:
    params = body.get("params", {})
    if not isinstance(params, dict):
        raise InputError("params must be a JSON object.")
    return params


ROUTES = (
    (r"faas/api/triggers", TriggersHandler),
    (r"faas/api/triggers/([^/]+)", TriggerHandler),
    (r"faas/api/triggers/([^/]+)/firings", FiringsHandler),
    (r"faas/api/rules/([^/]+)", RuleHandler),
)

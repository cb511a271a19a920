"""``faas/api/functions``: list, delete and invoke functions; their graph, usage and page."""

from __future__ import annotations

import time

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler


class FunctionsHandler(FaasHandler):
    """GET ``faas/api/functions``: functions.json."""

    @authenticated
    @authorized
    async def get(self) -> None:
        found = await self.ask(lambda workspace: workspace.functions())
        entries = [function.to_json() for function in found]
        self.finish({"functions": entries, "as_of": int(time.time() * 1000)})


class FunctionHandler(FaasHandler):
    """DELETE ``faas/api/functions/NAME``: 204, or 200 ``{"warning"}`` if rules still run it.

    NAME is ``name`` or ``package/name``.
    """

    @authenticated
    @authorized
    async def delete(self, name: str) -> None:
        await remove(self, name)


class GraphHandler(FaasHandler):
    """GET ``faas/api/functions/NAME/graph``: ``{"graph": syntax tree or null}``."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        graph = await self.ask(lambda workspace: workspace.sessions.graph(name))
        self.finish({"graph": graph})

    @authenticated
    @authorized
    async def delete(self, package: str) -> None:
        """Delete the function ``package/graph``, whose path is the same as that of this route."""
        await remove(self, f"{package}/graph")


class UsageHandler(FaasHandler):
    """GET ``faas/api/functions/NAME/usage``: usage.json, snippets that call the function."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        usage = await self.ask(lambda workspace: workspace.handover.usage(name))
        self.finish(usage.to_json())

    @authenticated
    @authorized
    async def delete(self, package: str) -> None:
        """Delete the function ``package/usage``, whose path is the same as that of this route."""
        await remove(self, f"{package}/usage")


class PageHandler(FaasHandler):
    """GET ``faas/api/functions/NAME/page``: function_page.json, its documentation."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        page = await self.ask(lambda workspace: workspace.function_pages.page(name))
        self.finish(page.to_json())

    @authenticated
    @authorized
    async def delete(self, package: str) -> None:
        """Delete the function ``package/page``, whose path is the same as that of this route."""
        await remove(self, f"{package}/page")


class InvocationsHandler(FaasHandler):
    """POST ``faas/api/functions/NAME/invocations`` ``{"params": {…}}``: activation.json.

    The status is 200 even if the run fails.
    """

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        params = self.body().get("params", {})
        if not isinstance(params, dict):
            raise InputError("params must be a JSON object.")
        activation = await self.ask(lambda workspace: workspace.invoke(name, params))
        self.finish(activation.to_json())

    @authenticated
    @authorized
    async def delete(self, package: str) -> None:
        """Delete the function ``package/invocations``, whose path is that of this route."""
        await remove(self, f"{package}/invocations")


async def remove(handler: FaasHandler, name: str) -> None:
    """Delete a function and respond with 204, or with 200, a warning and removed versions."""
    done = await handler.ask(lambda workspace: workspace.remove(name))
    if done.warning or done.removed:
        handler.finish({"warning": done.warning, "versions": list(done.removed)})
    else:
        handler.set_status(204)
        handler.finish()


# The slash of package/name may be encoded or not. Some proxies decode an encoded slash, and other
# proxies reject it.
_NAME = r"([^/]+|[^/]+/[^/]+)"

ROUTES = (
    (r"faas/api/functions", FunctionsHandler),
    # ``models/graph`` may also be the name of a function. Tornado takes the first route that
    # matches, so the handlers of these routes delete such a function.
    (rf"faas/api/functions/{_NAME}/invocations", InvocationsHandler),
    (rf"faas/api/functions/{_NAME}/graph", GraphHandler),
    (rf"faas/api/functions/{_NAME}/usage", UsageHandler),
    (rf"faas/api/functions/{_NAME}/page", PageHandler),
    (rf"faas/api/functions/{_NAME}", FunctionHandler),
)

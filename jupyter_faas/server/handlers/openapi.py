"""``faas/api/openapi``: the OpenAPI document of the target's web actions."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class OpenApiHandler(FaasHandler):
    """GET ``faas/api/openapi?package=``: OpenAPI 3.1 of a package or of the whole namespace.

    ``package=default`` selects the actions outside packages. 400 ``bad_input`` if there are no web
    actions. This request does not start the playground.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        package = self.get_query_argument("package", "") or None
        found = await self.ask(lambda workspace: workspace.handover.openapi(package, start=False))
        self.finish(found)


ROUTES = ((r"faas/api/openapi", OpenApiHandler),)

"""``faas/api/openapi``: the document of the target's web actions."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class OpenApiHandler(FaasHandler):
    """GET ``?package=``: the OpenAPI 3.1 document of a package (``default``: of what is in none),
    or of the namespace; bad_input where nothing is a web action. It starts no playground."""

    @authenticated
    @authorized
    async def get(self) -> None:
        package = self.get_query_argument("package", "") or None
        found = await self.ask(lambda workspace: workspace.handover.openapi(package, start=False))
        self.finish(found)


ROUTES = ((r"faas/api/openapi", OpenApiHandler),)

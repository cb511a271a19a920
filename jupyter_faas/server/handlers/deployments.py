"""``faas/api/deployments``: deploy a package to the target in use."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class DeploymentsHandler(FaasHandler):
    """POST ``faas/api/deployments`` ``{"package": id, "force"}``: deployment.json.

    ``unchanged`` is true when the target had it already. 409 ``changed_elsewhere`` when another
    user changed the action, unless ``force`` is true. 404 ``package_not_found`` or
    ``bundle_not_found`` when the kernel does not share a disk with this server: the front end then
    uploads both and repeats the request.
    """

    @authenticated
    @authorized
    async def post(self) -> None:
        package, force = self.required_string("package"), self.boolean("force")
        deployment = await self.ask(lambda workspace: workspace.deploy(package, force=force))
        self.finish(deployment.to_json())


ROUTES = ((r"faas/api/deployments", DeploymentsHandler),)

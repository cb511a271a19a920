"""``faas/api/deployments``: deploy a package to the target in use."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class DeploymentsHandler(FaasHandler):
    """POST ``faas/api/deployments`` ``{"package": id, "force"}``: deployment.json.

    ``unchanged`` is true if the target already had the package. 409 ``changed_elsewhere`` if
    another user changed the action, unless ``force`` is true. 404 ``package_not_found`` or
    ``bundle_not_found`` if the kernel does not share a disk with this server. The front end then
    uploads the package record and the bundle, and repeats the request.
    """

    @authenticated
    @authorized
    async def post(self) -> None:
        package, force = self.required_string("package"), self.boolean("force")
        deployment = await self.ask(lambda workspace: workspace.deploy(package, force=force))
        self.finish(deployment.to_json())


ROUTES = ((r"faas/api/deployments", DeploymentsHandler),)

"""``faas/api/deployments``: put a package on the target."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class DeploymentsHandler(FaasHandler):
    """POST ``{"package": id, "force"}``: deployment.json; ``unchanged`` when it was there already.

    409 ``changed_elsewhere`` over somebody else's change, unless ``force`` is true.

    404 ``package_not_found`` or ``bundle_not_found`` when the kernel that packaged it shares no
    disk with this server: the front end then carries both here and asks again.
    """

    @authenticated
    @authorized
    async def post(self) -> None:
        package, force = self.word("package"), self.switch("force")
        deployment = await self.ask(lambda workspace: workspace.deploy(package, force=force))
        self.finish(deployment.to_json())


ROUTES = ((r"faas/api/deployments", DeploymentsHandler),)

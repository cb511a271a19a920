"""``faas/api/history``, ``differences`` and ``rollbacks``: what was deployed, and going back."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler

# ``name`` or ``package/name``, whose slash may come encoded or not.
_NAME = r"([^/]+|[^/]+/[^/]+)"


class HistoryHandler(FaasHandler):
    """GET: history.json. Where the target does not answer, what is known here."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        found = await self.ask(lambda workspace: workspace.deployments.history(name))
        self.finish(found.to_json())


class DifferenceHandler(FaasHandler):
    """GET ``?package=&from=&to=``: diff.json, from what is deployed to a package.

    ``from`` and ``to`` are versions, or beginnings of a sha256, to take instead of either end.
    404 ``package_not_found`` as with deployments.
    """

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        from jupyter_faas.workspace.deployment.diff import diff

        package, old, new = (
            self.get_query_argument(key, "") or None for key in ("package", "from", "to")
        )
        found = await self.ask(
            lambda workspace: diff(workspace.deployments, name, package=package, old=old, new=new)
        )
        self.finish(found.to_json())


class RollbacksHandler(FaasHandler):
    """POST ``{"name", "to", "force"}``: deployment.json. 409 ``changed_elsewhere`` without force.

    ``to`` is a version or the beginning of a sha256; left out, it is the one before.
    """

    @authenticated
    @authorized
    async def post(self) -> None:
        name, force, to = self.word("name"), self.switch("force"), self.body().get("to")
        if to is not None and (not isinstance(to, str) or not to):
            raise InputError("to must be a version or a sha256, as a string.")
        done = await self.ask(
            lambda workspace: workspace.deployments.rollback(
                name, to=to, force=force, progress=_silent
            )
        )
        self.finish(done.to_json())


def _silent(_: str) -> None:
    """The front end shows that it is under way."""


ROUTES = (
    (rf"faas/api/history/{_NAME}", HistoryHandler),
    (rf"faas/api/differences/{_NAME}", DifferenceHandler),
    (r"faas/api/rollbacks", RollbacksHandler),
)

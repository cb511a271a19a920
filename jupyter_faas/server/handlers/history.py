"""``faas/api/history``, ``differences`` and ``rollbacks``: deploys, their diffs and rollbacks."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.errors import InputError
from jupyter_faas.server.base import FaasHandler

# This matches ``name`` or ``package/name``, whose slash may be encoded or not.
_NAME = r"([^/]+|[^/]+/[^/]+)"


class HistoryHandler(FaasHandler):
    """GET ``faas/api/history/NAME``: history.json, from local records if the target is down."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        found = await self.ask(lambda workspace: workspace.deployments.history(name))
        self.finish(found.to_json())


class DifferenceHandler(FaasHandler):
    """GET ``faas/api/differences/NAME?package=&from=&to=``: diff.json.

    By default, the deployed version is compared with the latest package. ``from`` and ``to`` are
    versions or prefixes of a sha256. 404 ``package_not_found`` if this server does not have the
    package, as for ``faas/api/deployments``.
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
    """POST ``faas/api/rollbacks`` ``{"name", "to", "force"}``: deployment.json.

    ``to`` is a version or a prefix of a sha256; by default the previous version. 409
    ``changed_elsewhere`` if another user changed the action, unless ``force`` is true.
    """

    @authenticated
    @authorized
    async def post(self) -> None:
        name, force, to = self.required_string("name"), self.boolean("force"), self.body().get("to")
        if to is not None and (not isinstance(to, str) or not to):
            raise InputError("'to' must be a string: a version, an alias or a sha256.")
        done = await self.ask(
            lambda workspace: workspace.deployments.rollback(
                name, to=to, force=force, progress=_silent
            )
        )
        self.finish(done.to_json())


def _silent(_: str) -> None:
    """Ignore progress messages, because the front end shows its own messages."""


ROUTES = (
    (rf"faas/api/history/{_NAME}", HistoryHandler),
    (rf"faas/api/differences/{_NAME}", DifferenceHandler),
    (r"faas/api/rollbacks", RollbacksHandler),
)

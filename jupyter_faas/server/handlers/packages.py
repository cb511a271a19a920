"""``faas/api/packages``: upload a package record; forecast and preflight of a package."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class PackageHandler(FaasHandler):
    """PUT ``faas/api/packages/ID``, body package.json: ``{"id"}``.

    400 if the record has another id than the path.
    """

    @authenticated
    @authorized
    async def put(self, package: str) -> None:
        record = self.body()
        await self.ask(lambda workspace: workspace.packages.put_record(package, record))
        self.finish({"id": package})


class ForecastHandler(FaasHandler):
    """GET ``faas/api/packages/ID/forecast``: forecast.json.

    The cold start and the calls are measured in a fresh process, which may take minutes.
    """

    @authenticated
    @authorized
    async def get(self, package: str) -> None:
        forecast = await self.ask(lambda workspace: workspace.forecast(package))
        self.finish(forecast.to_json())


class PreflightHandler(FaasHandler):
    """GET ``faas/api/packages/ID/preflight``: preflight.json for the target in use.

    Requests to the target have a timeout of a few seconds.
    """

    @authenticated
    @authorized
    async def get(self, package: str) -> None:
        found = await self.ask(lambda workspace: workspace.preflight(package))
        self.finish(found.to_json())


# The id of a package record is the first 16 digits of its sha256.
ROUTES = (
    (r"faas/api/packages/([0-9a-f]{16})", PackageHandler),
    (r"faas/api/packages/([0-9a-f]{16})/forecast", ForecastHandler),
    (r"faas/api/packages/([0-9a-f]{16})/preflight", PreflightHandler),
)

"""``faas/api/packages``: package records carried here, forecast and preflight of a package."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler


class PackageHandler(FaasHandler):
    """PUT a package record (package.json): ``{"id"}``; 400 when it has another id."""

    @authenticated
    @authorized
    async def put(self, package: str) -> None:
        record = self.body()
        await self.ask(lambda workspace: workspace.put_package(package, record))
        self.finish({"id": package})


class ForecastHandler(FaasHandler):
    """GET: forecast.json, measured in a fresh process; takes about as long as a cold start."""

    @authenticated
    @authorized
    async def get(self, package: str) -> None:
        forecast = await self.ask(lambda workspace: workspace.forecast(package))
        self.finish(forecast.to_json())


class PreflightHandler(FaasHandler):
    """GET: preflight.json for the target in use, which is asked with little patience."""

    @authenticated
    @authorized
    async def get(self, package: str) -> None:
        found = await self.ask(lambda workspace: workspace.preflight(package))
        self.finish(found.to_json())


ROUTES = (
    (r"faas/api/packages/([0-9a-f]{16})", PackageHandler),
    (r"faas/api/packages/([0-9a-f]{16})/forecast", ForecastHandler),
    (r"faas/api/packages/([0-9a-f]{16})/preflight", PreflightHandler),
)

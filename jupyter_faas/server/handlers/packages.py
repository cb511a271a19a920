"""``faas/api/packages``: upload a package record; forecast and preflight of a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_faas.server.base import FaasHandler

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace

# The keys of a forecast that depend on the target.
_COLD_START = ("cold_ms", "timeout_share", "cold_per_million_usd", "cold_cost_text", "note")


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

    Requests to the target have a timeout of a few seconds. With ``cold_ms``, and ``first_call_ms``
    if there was a call, which were measured on this machine, the response has the cold start
    there. Without them its ``cold_start`` is null.
    """

    @authenticated
    @authorized
    async def get(self, package: str) -> None:
        cold_ms, first_call_ms = self.number("cold_ms"), self.number("first_call_ms")

        def check(workspace: Workspace) -> dict[str, Any]:
            found = workspace.preflight(package).to_json()
            if cold_ms is None:
                return {**found, "cold_start": None}
            forecast = workspace.cold_start(package, cold_ms, first_call_ms).to_json()
            return {**found, "cold_start": {key: forecast.get(key, "") for key in _COLD_START}}

        self.finish(await self.ask(check))


# The id of a package record is the first 16 digits of its sha256.
ROUTES = (
    (r"faas/api/packages/([0-9a-f]{16})", PackageHandler),
    (r"faas/api/packages/([0-9a-f]{16})/forecast", ForecastHandler),
    (r"faas/api/packages/([0-9a-f]{16})/preflight", PreflightHandler),
)

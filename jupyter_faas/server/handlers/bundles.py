"""``faas/api/bundles``: bundles carried here from a kernel with another disk."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from jupyter_faas.server.base import FaasHandler

# A target takes 48 MB of base64 at most, which are 36 MB of zip; a little above that, so
# that the target's own limit speaks first.
MAX_BUNDLE_BYTES = 37 * 1024 * 1024


class BundleHandler(FaasHandler):
    """PUT the zip's bytes: ``{"sha256"}``; 400 when they have another hash."""

    @authenticated
    @authorized
    async def put(self, sha256: str) -> None:
        data = self.request.body
        if len(data) > MAX_BUNDLE_BYTES:
            raise HTTPError(
                413,
                f"The bundle has {len(data):,} bytes; at most {MAX_BUNDLE_BYTES:,} can travel.",
            )
        await self.ask(lambda workspace: workspace.put_bundle(sha256, data))
        self.finish({"sha256": sha256})


ROUTES = ((r"faas/api/bundles/([0-9a-f]{64})", BundleHandler),)

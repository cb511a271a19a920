"""``faas/api/bundles``: upload a bundle from a kernel that does not share the server's disk."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from jupyter_faas.server.base import FaasHandler

# Targets accept up to 48 MB of base64, which is 36 MB of zip. This limit is a little higher, so
# that users see the error of the target's limit.
MAX_BUNDLE_BYTES = 37 * 1024 * 1024


class BundleHandler(FaasHandler):
    """PUT ``faas/api/bundles/SHA256``, the body is the zip: ``{"sha256"}``.

    400 if the zip has another sha256 than the path. 413 if it is too large.
    """

    @authenticated
    @authorized
    async def put(self, sha256: str) -> None:
        data = self.request.body
        if len(data) > MAX_BUNDLE_BYTES:
            raise HTTPError(
                413,
                f"The package has {len(data):,} bytes; the maximum is {MAX_BUNDLE_BYTES:,}.",
            )
        await self.ask(lambda workspace: workspace.packages.put_bundle(sha256, data))
        self.finish({"sha256": sha256})


ROUTES = ((r"faas/api/bundles/([0-9a-f]{64})", BundleHandler),)

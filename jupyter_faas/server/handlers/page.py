"""``faas/activations/ID``: an activation as an HTML page."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.extension.handler import ExtensionHandlerJinjaMixin
from tornado.web import authenticated

from jupyter_faas.server.base import WorkspaceHandler, error_json, error_status


class ActivationPage(ExtensionHandlerJinjaMixin, WorkspaceHandler):
    """GET ``faas/activations/ID``: HTML with status line, result, logs and annotations."""

    @property
    def content_security_policy(self) -> str:
        """Allow only the page's own style, because the page shows what a function returned."""
        return f"{super().content_security_policy}; default-src 'none'; style-src 'unsafe-inline'"

    @authenticated
    @authorized
    async def get(self, activation_id: str) -> None:
        from jupyter_faas.workspace import text

        found = await self.ask(lambda workspace: workspace.activation(activation_id))
        record = found.to_json()
        self.finish(
            self.render_template(
                "activation.html",
                activation=record,
                status_line=text.status_line(record),
                started=text.moment(record["start"]),
                result=_pretty(record["result"]),
                annotations=_pretty(record["annotations"]),
            )
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Respond with an HTML page that shows message and hint of an error."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        status = error_status(error, status_code)
        self.set_status(status)
        self.finish(
            self.render_template("problem.html", status=status, **error_json(error, status_code))
        )


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


ROUTES = ((r"faas/activations/([^/]+)", ActivationPage),)

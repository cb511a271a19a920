"""Base classes of the HTTP handlers, which call the workspace and report errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from http.client import responses
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.web import HTTPError

from jupyter_faas.errors import FaasError, InputError
from jupyter_faas.server.runner import SETTING, WorkspaceRunner

if TYPE_CHECKING:
    from types import TracebackType

    from jupyter_faas.workspace import Workspace

T = TypeVar("T")

# These error codes, by HTTP status, are for errors that Jupyter or Tornado raise themselves.
_CODES: Mapping[int, str] = {
    400: "bad_input",
    403: "not_allowed",
    404: "no_such_route",
    405: "method_not_allowed",
    413: "too_large",
}
_INTERNAL = {
    "code": "internal_error",
    "message": "The jupyter_faas server extension failed.",
    "hint": "The log of the Jupyter server shows the cause.",
}


def error_json(error: BaseException | None, status: int) -> dict[str, dict[str, str]]:
    """Return an error as ``{"error": {"code", "message", "hint"}}``.

    Details of unexpected errors are left out, because they may contain secrets.
    """
    if isinstance(error, FaasError):
        return {"error": error.to_json()}
    if isinstance(error, HTTPError) and status < 500:
        message = error.log_message or error.reason or responses.get(status, "Refused")
        return {"error": {"code": _CODES.get(status, "refused"), "message": message, "hint": ""}}
    return {"error": _INTERNAL}


def error_status(error: BaseException | None, status: int) -> int:
    """Return the HTTP status of a FaasError.

    For other errors return ``status``, Tornado's choice.
    """
    return error.http_status if isinstance(error, FaasError) else status


class WorkspaceHandler(ExtensionHandlerMixin, JupyterHandler):
    """The base class of all handlers, with access to the workspace."""

    auth_resource = "jupyter_faas"

    async def ask(self, work: Callable[[Workspace], T]) -> T:
        """Run ``work(workspace)`` in a new thread, and return its result or raise its error.

        The query argument ``target`` names the target that the notebook of the request records.
        Without it, the request is about the default target.
        """
        runner: WorkspaceRunner = self.settings[SETTING]
        return await runner.run(work, self.get_query_argument("target", "") or None)

    async def ask_default(self, work: Callable[[Workspace], T]) -> T:
        """Run ``work(workspace)`` as ``ask`` does, but always for the default target."""
        runner: WorkspaceRunner = self.settings[SETTING]
        return await runner.run(work)

    def log_exception(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log a FaasError as one line without a traceback, because it is an expected response."""
        if isinstance(error, FaasError):
            self.log.info("jupyter_faas: %s: %s", error.code, error.message)
        else:
            super().log_exception(kind, error, trace)


class FaasHandler(WorkspaceHandler, APIHandler):
    """The base class of the JSON handlers below ``faas/api``."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Respond with an error as in ``tests/data/api/error.json``."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.set_status(error_status(error, status_code))
        self.finish(json.dumps(error_json(error, status_code)))

    def update_api_activity(self) -> None:
        """Count every request except GET as activity.

        The sidebar polls with GET, which must not keep an idle server alive.
        """
        if self.request.method != "GET":
            super().update_api_activity()

    def body(self) -> dict[str, Any]:
        """Return the JSON object in the request body. Raises InputError if there is none."""
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError) as error:  # ValueError includes UnicodeDecodeError.
            raise InputError("The body must be a JSON object.") from error
        if not isinstance(body, dict):
            raise InputError("The body must be a JSON object.")
        return body

    def required_string(self, key: str) -> str:
        """Return a string from the body.

        Raises InputError if it is missing, empty or not a string.
        """
        value = self.body().get(key)
        if not isinstance(value, str) or not value:
            raise InputError(f"The body must contain {key!r}: a string that is not empty.")
        return value

    def optional_string(self, key: str) -> str | None:
        """Return a string from the body, or None if it is missing or null.

        Raises InputError if the value is empty or not a string.
        """
        return None if self.body().get(key) is None else self.required_string(key)

    def boolean(self, key: str) -> bool:
        """Return a boolean from the body, or False if it is missing.

        Raises InputError if the value is not a boolean.
        """
        value = self.body().get(key, False)
        if not isinstance(value, bool):
            raise InputError(f"{key} must be true or false.")
        return value

    def number(self, key: str, default: int | None = None, least: int = 0) -> int | None:
        """Return an integer from the query, or ``default`` if it is missing.

        Raises InputError if the value is not an integer or is below ``least``.
        """
        text = self.get_query_argument(key, "")
        if not text:
            return default
        # int() would also accept signs, whitespace, underscores and digits of other scripts. No
        # sensible number, not even a time in ms, has more digits.
        if re.fullmatch("[0-9]{1,15}", text) is None or int(text) < least:
            shown = text if len(text) <= 40 else f"{text[:40]}…"
            raise InputError(f"{key} must be a whole number of at least {least}, not {shown!r}.")
        return int(text)

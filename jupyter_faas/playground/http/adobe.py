"""The little of Adobe I/O Runtime's own API without which its command line shows no logs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.services import namespace

PREFIX = "/runtime/"


async def log_forwarding(request: Request) -> Response:
    """Where logs go (contract §6): they stay here, so that ``aio rt activation logs`` reads them.

    Raises NotEntitled for another's namespace.
    """
    namespace(request, "logForwarding")
    return json_response({"adobe_io_runtime": {}})

"""``/faas/usage``: what runs used, added up where the records are."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.playground.http.activations import entity
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.query import epoch_ms, megabytes
from jupyter_faas.playground.http.services import caller, services
from jupyter_faas.playground.usage import UsageFilter

PREFIX = "/faas/usage"


async def get_usage(request: Request) -> Response:
    """``{"columns", "rows"}``: runs that are alike are one row.

    ``since`` and ``upto`` are epoch ms, ``name`` an action; ``step_mb`` and ``minimum_mb`` say how
    memory that was used is rounded for the last column.
    """
    rows = await services(request).records.usage(
        UsageFilter(
            caller(request).namespace,
            entity=entity(request),
            since=epoch_ms(request, "since"),
            upto=epoch_ms(request, "upto"),
            step_mb=megabytes(request, "step_mb", 0),
            minimum_mb=megabytes(request, "minimum_mb", 0),
        )
    )
    return json_response({"columns": COLUMNS, "rows": rows})


COLUMNS = (
    "name",
    "memory_mb",
    "cold",
    "duration_ms",
    "runs",
    "latest",
    "measured",
    "peak_mb",
    "used_mb",
)

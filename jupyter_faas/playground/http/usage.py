"""``/faas/usage``: what runs used, added up where the records are."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.playground.http.activations import entity
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.parsing import epoch_ms, megabytes, within
from jupyter_faas.playground.http.services import caller, services
from jupyter_faas.playground.storage.usage import UsageFilter
from jupyter_faas.playground.storage.usage_daily import DailyFilter

PREFIX = "/faas/usage"

COLUMNS = (
    "name",
    "memory_mb",
    "cold",
    "latest",
    "measured",
    "peak_mb",
    "durations_ms",
    "runs",
    "used_mb",
)
DAY_COLUMNS = ("day", "memory_mb", "runs", "billed_ms", "mb_ms")

# No provider rounds by more, and the sums of very many runs still fit.
_MOST_MS = 3_600_000
_DAY_MINUTES = 24 * 60


async def get_usage(request: Request) -> Response:
    """``{"columns", "rows"}``: runs that are alike are one row; its last three are lists.

    ``since`` and ``upto`` are epoch ms, ``name`` an action; ``step_mb`` and ``minimum_mb`` say how
    memory that was used is rounded for the last column, which is empty without.
    """
    rows = await services(request).records.usage(_where(request))
    return json_response({"columns": COLUMNS, "rows": rows})


async def get_days(request: Request) -> Response:
    """``{"columns", "rows"}``: each day and memory limit is one row, the earliest day first.

    The parameters of ``/faas/usage``, and ``step_ms`` and ``minimum_ms``, which say how the
    duration of each run is rounded, and ``utc_offset``, whose days they are: minutes east of UTC.
    """
    asked = DailyFilter(
        _where(request),
        step_ms=within(request, "step_ms", 1, least=1, most=_MOST_MS),
        minimum_ms=within(request, "minimum_ms", 0, least=0, most=_MOST_MS),
        utc_offset=within(request, "utc_offset", 0, least=-_DAY_MINUTES, most=_DAY_MINUTES),
    )
    rows = await services(request).records.daily(asked)
    return json_response({"columns": DAY_COLUMNS, "rows": rows})


def _where(request: Request) -> UsageFilter:
    return UsageFilter(
        caller(request).namespace,
        entity=entity(request),
        since=epoch_ms(request, "since"),
        upto=epoch_ms(request, "upto"),
        step_mb=megabytes(request, "step_mb", 0),
        minimum_mb=megabytes(request, "minimum_mb", 0),
    )

"""``/faas/usage``: memory, duration and number of runs, summed in the database."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.playground.http.activations import entity
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.parsing import epoch_ms, megabytes, whole_number_between
from jupyter_faas.playground.http.services import caller, services_of
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

# The maximum of ``step_ms`` and ``minimum_ms``. No provider rounds to larger steps, and the sums
# for a very large number of runs still fit into 64 bits.
_MOST_MS = 3_600_000
_DAY_MINUTES = 24 * 60


async def get_usage(request: Request) -> Response:
    """``{"columns", "rows"}``: similar runs share a row.

    Its last three columns are lists. ``since`` and ``upto`` are epoch ms, ``name`` is an action.
    ``step_mb`` and ``minimum_mb`` define how used memory is rounded for the last column, which is
    empty without them.
    """
    rows = await services_of(request).records.usage(_where(request))
    return json_response({"columns": COLUMNS, "rows": rows})


async def get_days(request: Request) -> Response:
    """``{"columns", "rows"}``: a row for each day and memory limit, the earliest day first.

    Takes the parameters of ``/faas/usage``; ``step_ms`` and ``minimum_ms``, which define how the
    duration of each run is rounded; and ``utc_offset`` in minutes east of UTC, for the days.
    """
    where = DailyFilter(
        _where(request),
        step_ms=whole_number_between(request, "step_ms", 1, least=1, most=_MOST_MS),
        minimum_ms=whole_number_between(request, "minimum_ms", 0, least=0, most=_MOST_MS),
        utc_offset=whole_number_between(
            request, "utc_offset", 0, least=-_DAY_MINUTES, most=_DAY_MINUTES
        ),
    )
    rows = await services_of(request).records.daily(where)
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

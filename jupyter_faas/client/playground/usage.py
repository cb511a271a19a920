"""``UsageClient``, a client for the usage of a playground, summed by action or by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jupyter_faas.client.base import TargetClient

# The read timeout in seconds. Summing a million records takes one second on a busy machine.
_PATIENCE_S = 60.0


class UsageGroup(NamedTuple):
    """The runs of one action with the same memory limit and the same kind of start.

    ``cold`` is 0 for warm starts, 1 for cold starts, and 2 for cold starts that failed.
    ``memory_mb`` is the limit, or 0 for sequences and compositions as a whole. ``latest`` is the
    start of the last run in epoch ms. ``measured`` is the number of runs with a measured memory
    peak, and ``peak_mb`` is the largest peak. ``durations_ms`` contains the distinct durations in
    ascending order, and ``runs`` contains the number of runs for each duration. ``used_mb``
    contains the total used memory for each duration, where runs without a measurement count with
    their limit. It is empty if it was not requested.
    """

    name: str
    memory_mb: int
    cold: int
    latest: int
    measured: int
    peak_mb: int | None
    durations_ms: list[int]
    runs: list[int]
    used_mb: list[int]


class DayUsageGroup(NamedTuple):
    """The runs with the same memory limit that began on the same day.

    ``day`` is an ISO date such as ``2026-11-26``. ``billed_ms`` is the sum of the durations, each
    rounded as requested. ``mb_ms`` is the sum of each run's charged MB times its billed ms.
    ``memory_mb`` and ``mb_ms`` are 0 for sequences and compositions as a whole.
    """

    day: str
    memory_mb: int
    runs: int
    billed_ms: int
    mb_ms: int


class UsageClient(TargetClient):
    """A client for the usage of a playground."""

    def ask(
        self,
        *,
        name: str | None = None,
        since: int | None = None,
        upto: int | None = None,
        step_mb: int | None = None,
        minimum_mb: int = 0,
    ) -> list[UsageGroup] | None:
        """Return the usage by action, memory limit, and cold or warm start.

        Returns None if the playground is too old to report it. ``name`` selects one action.
        ``since`` and ``upto`` limit the start time (epoch ms, inclusive). The used memory of each
        run is rounded up to a multiple of ``step_mb``, at least ``minimum_mb``. If ``step_mb`` is
        None, used memory is not summed, which is faster.
        """
        rows = self._rows("/faas/usage", _query(name, since, upto, step_mb, minimum_mb))
        # In earlier versions, the last column is not the list of used memory.
        if rows is None or not all(isinstance(row[-1], list) for row in rows):
            return None
        return [UsageGroup(row[0], row[1], int(row[2]), *row[3:]) for row in rows]

    def usage_days(
        self,
        *,
        name: str | None = None,
        since: int | None = None,
        upto: int | None = None,
        step_ms: int = 1,
        minimum_ms: int = 0,
        step_mb: int | None = None,
        minimum_mb: int = 0,
        utc_offset: int = 0,
    ) -> list[DayUsageGroup] | None:
        """Return the usage by day, earliest day first.

        Returns None if the playground is too old to report it. ``name``, ``since`` and ``upto`` are
        those of ``ask``. The duration of each run is rounded up to a multiple of ``step_ms``, at
        least ``minimum_ms``. Each run is charged for its memory limit. If ``step_mb`` is given, it
        is charged for its used memory instead, rounded up to a multiple of ``step_mb``, at least
        ``minimum_mb``. Days begin at midnight, ``utc_offset`` minutes east of UTC.
        """
        query = {
            **_query(name, since, upto, step_mb, minimum_mb),
            "step_ms": step_ms,
            "minimum_ms": minimum_ms,
            "utc_offset": utc_offset,
        }
        rows = self._rows("/faas/usage/days", query)
        return None if rows is None else [DayUsageGroup(*row) for row in rows]

    def _rows(self, path: str, query: Mapping[str, Any]) -> list[list[Any]] | None:
        reply = self._transport.send("GET", path, query=query, read_s=_PATIENCE_S)
        if reply.status == 404:
            return None
        body = self._accepted(reply).body
        if not isinstance(body, Mapping) or not isinstance(body.get("rows"), list):
            return None
        rows: list[list[Any]] = body["rows"]
        return rows


def _query(
    name: str | None, since: int | None, upto: int | None, step_mb: int | None, minimum_mb: int
) -> dict[str, Any]:
    asked = {"name": name, "since": since, "upto": upto, "step_mb": step_mb}
    query = {key: value for key, value in asked.items() if value is not None}
    if step_mb is not None:
        query["minimum_mb"] = minimum_mb
    return query

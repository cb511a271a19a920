"""``UsageClient``: a client for a playground's usage, summed by action or by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jupyter_faas.client.base import TargetClient

# In seconds. Summing a million records takes one second on a busy machine.
_PATIENCE_S = 60.0


class UsageGroup(NamedTuple):
    """The runs of one action with the same memory limit, all of them cold or all warm.

    ``memory_mb``: the limit; 0 for sequences and compositions as a whole.
    ``latest``: start of the last run, epoch ms.
    ``measured``: how many runs have a measured peak of memory; ``peak_mb``: the largest peak.
    ``durations_ms``: the durations that occur, ascending; ``runs``: how many runs took each of
    them.
    ``used_mb``: the sum of the used memory for each duration, with the limit for runs that were not
    measured; empty if it was not requested.
    """

    name: str
    memory_mb: int
    cold: bool
    latest: int
    measured: int
    peak_mb: int | None
    durations_ms: list[int]
    runs: list[int]
    used_mb: list[int]


class DayUsageGroup(NamedTuple):
    """The runs with the same memory limit that began on the same day.

    ``day`` is ISO, such as ``2026-11-26``. ``billed_ms``: the sum of their durations, each rounded
    as requested. ``mb_ms``: the sum of each run's charged MB times its billed ms. ``memory_mb`` and
    ``mb_ms`` are 0 for sequences and compositions as a whole.
    """

    day: str
    memory_mb: int
    runs: int
    billed_ms: int
    mb_ms: int


class UsageClient(TargetClient):
    """A client for a playground's usage."""

    def ask(
        self,
        *,
        name: str | None = None,
        since: int | None = None,
        upto: int | None = None,
        step_mb: int | None = None,
        minimum_mb: int = 0,
    ) -> list[UsageGroup] | None:
        """Return usage by action, memory limit, and cold or warm; None for an earlier version.

        ``since`` and ``upto`` bound the start (epoch ms, inclusive). ``step_mb`` and ``minimum_mb``
        say how each run's used memory is rounded up. Without ``step_mb`` used memory is not summed,
        which is faster.
        """
        rows = self._rows("/faas/usage", _query(name, since, upto, step_mb, minimum_mb))
        # An earlier version has no list of used memory as its last column.
        if rows is None or not all(isinstance(row[-1], list) for row in rows):
            return None
        return [UsageGroup(row[0], row[1], bool(row[2]), *row[3:]) for row in rows]

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
        """Return usage by day, the earliest day first; None for a playground of an earlier version.

        Each run is billed for its duration, rounded up to ``step_ms`` and at least ``minimum_ms``.
        It is charged for its memory limit, or with ``step_mb`` for its used memory, rounded up to
        that and at least ``minimum_mb``. ``utc_offset``: the time zone in which days begin, in
        minutes east of UTC.
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

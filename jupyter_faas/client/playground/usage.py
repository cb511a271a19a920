"""``UsageClient``: a playground's usage sums, by action or by day, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jupyter_faas.client.base import TargetClient

# A million records take it a second on a busy machine.
_PATIENCE_S = 60.0


class UsageGroup(NamedTuple):
    """Runs of one action with the same memory limit (MB) and warmth.

    ``memory_mb`` is 0 for sequences and compositions as a whole. ``latest``: when the last of them
    began, epoch ms. ``peak_mb`` is the largest of the ``measured`` ones. ``runs`` has for each of
    ``durations_ms``, which ascend, how many took so long, and ``used_mb`` the sum of what these
    used, or of the limit where that is not known; it is empty where it was not asked for.
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
    """``runs`` runs with the same memory limit (MB) that began on ``day`` (ISO, as 2026-11-26).

    ``billed_ms`` is the sum of their durations, each rounded as was asked, and ``mb_ms`` that of
    the charged MB times these: the limit, or the used memory rounded. ``memory_mb`` and ``mb_ms``
    are 0 for sequences and compositions as a whole.
    """

    day: str
    memory_mb: int
    runs: int
    billed_ms: int
    mb_ms: int


class UsageClient(TargetClient):
    """Reads a playground's usage sums."""

    def ask(
        self,
        *,
        name: str | None = None,
        since: int | None = None,
        upto: int | None = None,
        step_mb: int | None = None,
        minimum_mb: int = 0,
    ) -> list[UsageGroup] | None:
        """Usage by action, memory and warmth; None if the playground is of an earlier version.

        ``step_mb`` and ``minimum_mb`` say how each run's used memory is rounded up; without a step
        it is not asked for, which is quicker.
        """
        rows = self._rows("/faas/usage", _query(name, since, upto, step_mb, minimum_mb))
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
        """Days with runs, the earliest first; None when it is a playground of an earlier version.

        Each run is billed for its duration rounded up to ``step_ms``, at least ``minimum_ms``; for
        its limit, or with ``step_mb`` for its used memory rounded up to that, at least
        ``minimum_mb``. ``utc_offset``: minutes east of UTC of where the days begin.
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

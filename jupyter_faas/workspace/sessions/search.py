"""Search a target's activation records for runs that pass a filter.

OpenWhisk can select records by name and time only. Other properties are compared here, page by
page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.activations import name_of_run

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Activation

RunStatus = Literal["any", "succeeded", "failed", "cold"]

_PAGE = 200
# The number of records that one search reads. On other hosts than the playground, each page costs a
# request over the network. The caller can continue a search that did not find enough.
_SEARCHED, _SEARCHED_ELSEWHERE = 4000, 1000
# The number of sessions whose calls one search on the playground reads to find cold starts. Each
# costs a few requests the first time.
_SESSIONS_READ = 300


@dataclass(frozen=True)
class RunFilter:
    """What a person looks for: a part of a name, in any case, and a status."""

    contains: str = ""
    status: RunStatus = "any"

    @classmethod
    def parse(cls, contains: str, status: str) -> RunFilter:
        """Return the filter for two texts of a request. Raises InputError for another status."""
        known = get_args(RunStatus)
        if status not in known:
            raise InputError(f"status must be one of {', '.join(known)}, not {status!r}.")
        return cls(contains.strip().lower(), status)  # type: ignore[arg-type]  # checked above

    def matches(self, run: Activation) -> bool:
        """Return whether a run passes the filter.

        Fired triggers, which schedules cause in large numbers, only match their name.
        """
        if self.contains not in name_of_run(run).lower():
            return False
        if is_trigger(run):
            return bool(self.contains) and self.status == "any"
        if self.status == "cold":
            # A session started cold if one of its functions did, which its own record does not say.
            return run.cold or run.kind == SEQUENCE
        return self.status == "any" or run.response.success == (self.status == "succeeded")


@dataclass(frozen=True)
class FoundRuns:
    """The runs that a search found.

    ``searched_to`` is the start of the earliest record that was compared (epoch ms), from which the
    search can be continued, or None if there are no earlier records.
    """

    runs: list[Activation]
    searched_to: int | None


def search_runs(
    client: Client,
    wanted: RunFilter,
    limit: int,
    is_cold: Callable[[Activation], bool],
    **filters: Any,
) -> FoundRuns:
    """Return up to ``limit`` runs without a parent that pass a filter, the latest first.

    ``is_cold`` returns whether a function of an ended session started cold. Only the playground can
    answer that in few requests, so it is not called for other hosts. ``filters`` are the parameters
    ``name``, ``since`` and ``upto`` of ``Client.list_activations``.
    """
    if client.target.kind != "playground":
        return _search_elsewhere(client, wanted, limit, **filters)
    found: list[Activation] = []
    searched_to: int | None = None
    read = 0
    for skip in range(0, _SEARCHED, _PAGE):
        page = client.list_activations(_PAGE, skip, cause="", **filters)
        for each in page:
            searched_to = each.start
            if not wanted.matches(each):
                continue
            if wanted.status == "cold" and each.kind == SEQUENCE:
                read += 1
                if is_cold(each):
                    found.append(each)
            else:
                found.append(each)
            if len(found) == limit or read == _SESSIONS_READ:
                return FoundRuns(found, searched_to)
        if len(page) < _PAGE:
            return FoundRuns(found, None)
    return FoundRuns(found, searched_to)


class _SessionParts:
    """The parts of sessions among the records of a host that cannot list them by their session.

    The parts of a session start at the same time as the session or later, so they are known when
    the session's own record is compared in a list that has the latest records first.
    """

    def __init__(self) -> None:
        self._parts: dict[str, list[Activation]] = {}

    def add(self, runs: Iterable[Activation]) -> None:
        for each in runs:
            if each.cause is not None:
                self._parts.setdefault(each.cause, []).append(each)

    def is_cold(self, session: Activation) -> bool:
        """Return whether a function of a session, or of a session within it, started cold."""
        # The runs of a composition's conductor have the composition's name, and are not calls.
        return any(
            (each.cold and each.name != session.name) or self.is_cold(each)
            for each in self._parts.get(session.activation_id, ())
        )


def _search_elsewhere(client: Client, wanted: RunFilter, limit: int, **filters: Any) -> FoundRuns:
    """Search a host that lists the parts of sessions too and cannot leave them out."""
    found: list[Activation] = []
    parts = _SessionParts()
    searched_to: int | None = None
    cold = wanted.status == "cold"
    # With a name, the host would leave out the parts of a session, which show its cold starts.
    name = filters.pop("name", None) if cold else None
    for skip in range(0, _SEARCHED_ELSEWHERE, _PAGE):
        page = client.list_activations(_PAGE, skip, **filters)
        parts.add(page)
        for each in page:
            searched_to = each.start
            if each.cause is not None or not wanted.matches(each):
                continue
            if name is not None and name_of_run(each) != name:
                continue
            if cold and each.kind == SEQUENCE and not parts.is_cold(each):
                continue
            found.append(each)
            if len(found) == limit:
                return FoundRuns(found, searched_to)
        if len(page) < _PAGE:
            return FoundRuns(found, None)
    return FoundRuns(found, searched_to)


def is_trigger(run: Activation) -> bool:
    """Return whether an activation is that of a fired trigger, for which nothing ran itself."""
    return run.kind is None and run.end is None

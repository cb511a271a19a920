"""Search a target's activation records for runs that pass a filter.

OpenWhisk can select records by name and time only. Other properties are compared here, page by
page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.activations import name_of_run

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Activation

RunStatus = Literal["any", "succeeded", "failed", "cold"]

_PAGE = 200
# The number of records that one search reads. On other hosts than the playground, each page costs a
# request over the network. The caller can continue a search that did not find enough.
_SEARCHED, _SEARCHED_ELSEWHERE = 4000, 1000


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
            return run.cold
        return self.status == "any" or run.response.success == (self.status == "succeeded")


@dataclass(frozen=True)
class FoundRuns:
    """The runs that a search found.

    ``searched_to`` is the start of the earliest record that was compared (epoch ms), from which the
    search can be continued, or None if there are no earlier records.
    """

    runs: list[Activation]
    searched_to: int | None


def search_runs(client: Client, wanted: RunFilter, limit: int, **filters: Any) -> FoundRuns:
    """Return up to ``limit`` runs without a parent that pass a filter, the latest first.

    ``filters`` are the parameters ``name``, ``since`` and ``upto`` of ``Client.list_activations``.
    """
    found: list[Activation] = []
    searched_to: int | None = None
    here = client.target.kind == "playground"
    for skip in range(0, _SEARCHED if here else _SEARCHED_ELSEWHERE, _PAGE):
        page = client.list_activations(_PAGE, skip, cause="", **filters)
        for each in page:
            searched_to = each.start
            # Only the playground leaves out the runs that have a parent.
            if each.cause is None and wanted.matches(each):
                found.append(each)
                if len(found) == limit:
                    return FoundRuns(found, searched_to)
        if len(page) < _PAGE:
            return FoundRuns(found, None)
    return FoundRuns(found, searched_to)


def is_trigger(run: Activation) -> bool:
    """Return whether an activation is that of a fired trigger, for which nothing ran itself."""
    return run.kind is None and run.end is None

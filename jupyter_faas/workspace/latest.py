"""The latest runs of a target, far enough back that a session's many parts do not fill the list."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_faas.workspace.views import ActivationSummary

# A session of forty steps leaves about a hundred records.
_MOST_PAGES = 5


def latest(
    page: Callable[[int], list[ActivationSummary]], size: int, uncaused: int
) -> list[ActivationSummary]:
    """Pages of ``size``, the latest first, until ``uncaused`` runs of them have no cause.

    ``page`` fetches the one that skips so many runs. At most five; fewer where there are no more.
    """
    found: dict[str, ActivationSummary] = {}
    for number in range(_MOST_PAGES):
        entries = page(number * size)
        # Runs that came meanwhile move others into the next page.
        found.update({one.id: one for one in entries if one.id not in found})
        alone = sum(one.cause is None for one in found.values())
        if len(entries) < size or alone >= uncaused:
            break
    return list(found.values())

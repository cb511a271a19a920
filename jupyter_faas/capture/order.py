"""The order in which definitions must stand so that each finds what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Set


def definition_order(
    needs_now: Mapping[str, Set[str]], needs_later: Mapping[str, Set[str]]
) -> list[str]:
    """The keys of ``needs_now`` such that each comes after what its definition runs.

    ``needs_now``: what a definition reads while it is made (a decorator, a base class, a default);
    that may be called then, so everything it leads to comes first too. ``needs_later``: what its
    body reads when it is called, where any order will do. Otherwise the given order is kept.
    """
    first = {name: _reached(name, needs_now, needs_later) for name in needs_now}
    ordered: list[str] = []
    waiting = list(needs_now)
    while waiting:
        # Where definitions go round in a circle, what is needed at once is all that counts.
        chosen = next((n for n in waiting if not first[n] & set(waiting)), None) or next(
            (n for n in waiting if not needs_now[n] & set(waiting) - {n}), waiting[0]
        )
        ordered.append(chosen)
        waiting.remove(chosen)
    return ordered


def reached(needs: Mapping[str, Set[str]], name: str) -> set[str]:
    """All that ``name`` leads to; itself too, when it leads back."""
    found: set[str] = set()
    to_see = list(needs[name])
    while to_see:
        other = to_see.pop()
        if other not in found and other in needs:
            found.add(other)
            to_see += needs[other]
    return found


def _reached(
    name: str, needs_now: Mapping[str, Set[str]], needs_later: Mapping[str, Set[str]]
) -> set[str]:
    reached: set[str] = set()
    to_see = [other for other in needs_now[name] if other in needs_now]
    while to_see:
        other = to_see.pop()
        if other not in reached and other != name:
            reached.add(other)
            to_see += [n for n in needs_now[other] | needs_later[other] if n in needs_now]
    return reached

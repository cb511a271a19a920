"""Compositions that would call themselves, directly or through others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jupyter_faas.errors import CompositionError
from jupyter_faas.whisk.names import OWN_NAMESPACE, FullName


def check_circle(
    name: str, calls: Iterable[str], components: Callable[[str], Iterable[str]], namespace: str
) -> None:
    """Raise CompositionError when ``name`` would call itself, with the chain in words.

    ``calls`` are the full names that it calls, ``components`` tells of others what they call in
    turn; ``namespace`` is the one that ``_`` stands for.
    """

    def own(full: str) -> str:
        parsed = FullName.parse(full)
        is_own = parsed.namespace in (OWN_NAMESPACE, namespace)
        return parsed.local if is_own else f"/{parsed.path}"

    seen: set[str] = set()
    waiting = [(name, own(full), full) for full in calls]
    came_from: dict[str, str] = {}
    while waiting:
        caller, callee, full = waiting.pop(0)
        if callee == name:
            raise _circle(name, caller, came_from)
        if callee not in seen:
            seen.add(callee)
            came_from[callee] = caller
            waiting += [(callee, own(each), each) for each in components(full)]


def _circle(name: str, caller: str, came_from: dict[str, str]) -> CompositionError:
    chain = [name]
    while caller != name:
        chain.insert(0, caller)
        caller = came_from[caller]
    chain.insert(0, name)
    last = chain[-2]
    return CompositionError(
        f"{name} would call itself: {' → '.join(chain)}.",
        hint="To do something again, use loop, repeat or map."
        if last == name
        else f"Take the call of {name} out of {last}. To do something again, use loop, repeat or "
        "map.",
    )

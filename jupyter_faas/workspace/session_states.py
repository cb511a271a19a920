"""Where a composition was, told by the state indices in its conductor's records.

Composer's conductors number their states in a way that both sides can work out from the graph; the
logs tell the path more exactly, where an action keeps any.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_faas.errors import FaasError

_CALLS = ("action", "dynamic")
_FORKS = ("parallel", "map", "async")
# More states than any composition that can run; a walk through them is quick.
_MOST = 100_000


class States:
    """The states of a graph, as npm's Composer compiles it and as ours does."""

    def __init__(self, states: Sequence[Mapping[str, Any]]) -> None:
        self._states = states

    @classmethod
    def of(cls, graph: Mapping[str, Any] | None) -> States | None:
        """None where there is no graph, or none that Composer could have made."""
        if graph is None:
            return None
        from jupyter_faas.composer import compile_fsm, lower, parse

        try:
            states = compile_fsm(lower(parse(dict(graph))))
        except FaasError:
            return None
        return cls(states) if len(states) <= _MOST else None

    def is_call(self, path: str) -> bool:
        """Whether the node at ``path`` runs an action."""
        return any(each.get("path") == path and each["type"] in _CALLS for each in self._states)

    def is_async(self, path: str) -> bool:
        return any(each.get("path") == path and each["type"] == "async" for each in self._states)

    def branch(self, path: str, position: int) -> tuple[str, int | None]:
        """The node that what is started at ``path`` is of, and the state that it begins with.

        That is a component of ``parallel``, or the whole of ``map`` and ``async``.
        """
        for at, each in enumerate(self._states):
            if each.get("path") != path or each["type"] not in _FORKS:
                continue
            if each["type"] != "parallel":
                return path, at + 1
            tasks = each["tasks"]
            begin = at + tasks[position] if position < len(tasks) else None
            return f"{path}[{position}]", begin
        return path, None

    def came_to(
        self, start: int | None, end: int | None, *, stack: Sequence[Any] = (), failed: bool = False
    ) -> list[str]:
        """The paths of the nodes on the shortest way, in order.

        ``start`` is the state that a run of the conductor began with, if known; ``end`` the one
        that is next after the call that it has asked for, None when it came to the end of all.
        ``failed``: what was called before had failed, and the first handler of ``stack`` is next.
        """
        if failed:
            start = next(_handlers(stack), None)
            if start is None:
                return []
        last = None if end is None else self._call_before(start, end)
        if end is not None and last is None:
            return []
        way = [] if start is None else self._way(start, last)
        if not way and last is not None:
            way = [last]
        return [self._states[at]["path"] for at in way if "path" in self._states[at]]

    def _call_before(self, start: int | None, end: int) -> int | None:
        """The state that asks for an action and is followed by ``end``; the nearest, if several."""
        found = [
            at
            for at, each in enumerate(self._states)
            if each["type"] in _CALLS and at + each.get("next", 1) == end
        ]
        if start is not None and len(found) > 1:
            found = [at for at in found if self._way(start, at)] or found
        return found[-1] if found else None

    def _way(self, start: int, last: int | None) -> list[int]:
        """From ``start`` to ``last`` (None: out of the states), as few states as possible."""
        before: dict[int, int | None] = {start: None}
        left = deque([start])
        while left:
            at = left.popleft()
            inside = 0 <= at < len(self._states)
            if at == last or (last is None and not inside):
                return self._back(at if inside else before[at], before)
            if not inside:
                continue
            for each in self._next(at):
                if each not in before:
                    before[each] = at
                    left.append(each)
        return []

    def _back(self, at: int | None, before: Mapping[int, int | None]) -> list[int]:
        way = []
        while at is not None:
            way.append(at)
            at = before[at]
        return way[::-1]

    def _next(self, at: int) -> tuple[int, ...]:
        state = self._states[at]
        kind = state["type"]
        if kind in _CALLS:
            # Here the conductor's run would have ended.
            return ()
        if kind == "choice":
            return (at + state["then"], at + state["else"])
        if kind in _FORKS:
            return (at + state["return"],)
        if kind == "stop":
            return (-1,)
        return (at + state.get("next", 1),)


def _handlers(stack: Sequence[Any]) -> Iterator[int]:
    for frame in stack:
        if not isinstance(frame, Mapping) or frame.get("marker"):
            return
        found = frame.get("catch")
        if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
            yield found

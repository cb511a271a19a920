"""What one run of a conductor tells: the nodes it came to, what it called, what it started."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.errors import FaasError

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation


# As Composer's conductors print them, npm's and ours.
_CAME_TO = "Entering composition"
_BRANCH = re.compile(r"branch (\d+) of (.*): activation ([0-9a-f]{32})")
_ASYNC = re.compile(r"async (.*): activation ([0-9a-f]{32})")
_NPM_BRANCH = re.compile(
    r"barrierId: .*, spawned position: (\d+) with activationId: ([0-9a-f]{32})"
)
_PLACE = re.compile(r"at AST node root((?:\[\d+\]|\.\w+)*)")
# How far below a result's top the id of something asynchronous is looked for.
_DEEP = 4
_LINE = re.compile(r"(\S+) +(stdout|stderr): ?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Spawned:
    """A run that a conductor started beside its own. ``position`` is that among its siblings.

    ``path`` is the node that did so, None where nothing names it.
    """

    id: str
    role: Literal["branch", "async"]
    path: str | None
    position: int = 0


@dataclass(frozen=True)
class Round:
    """One run of a conductor.

    ``visited`` is empty where nothing was printed. ``calls``: it asked for an action; ``state`` is
    the index of what comes after that, ``stack`` what is to be left again. ``waits``: the action
    that it asks for does nothing. ``blamed`` are nodes that it names in an error.
    """

    visited: tuple[str, ...]
    calls: bool
    state: int | None
    stack: tuple[Any, ...]
    waits: bool
    spawned: tuple[Spawned, ...]
    blamed: tuple[str, ...]


def read_round(activation: Activation, *, brought: Any = None) -> Round:
    """What is to be learnt from its record: its logs, and the state that it hands on.

    ``brought`` is the error that it was given: what that names, something else was to blame for.
    """
    result = activation.response.result
    result = result if isinstance(result, Mapping) else {}
    state = result.get("state")
    kept = state.get("$composer") if isinstance(state, Mapping) else None
    kept = kept if isinstance(kept, Mapping) else {}
    texts = [text for _, _, text in log_lines(activation.logs)]
    visited, spawned = _printed(texts)
    spawned += [*_in_state(kept), *_in_result(result)]
    index, stack = kept.get("state"), kept.get("stack")
    return Round(
        visited=tuple(visited),
        calls="action" in result,
        state=index if isinstance(index, int) and not isinstance(index, bool) else None,
        stack=tuple(stack) if isinstance(stack, list) else (),
        waits="fork" in kept or "collect" in kept,
        spawned=tuple(_once(spawned)),
        blamed=tuple(_blamed(texts, result, brought)),
    )


def _once(spawned: Iterable[Spawned]) -> Iterable[Spawned]:
    """Each id as it was told first; logs and state name the node, results do not."""
    found: dict[str, Spawned] = {}
    for each in spawned:
        found.setdefault(each.id, each)
    return found.values()


def log_lines(lines: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Time, stream and text of each; what is no such line has the time of the one before."""
    time = ""
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            yield time, "stderr", line
        else:
            time = found[1]
            yield time, found[2], found[3]


def _printed(texts: list[str]) -> tuple[list[str], list[Spawned]]:
    visited: list[str] = []
    spawned = []
    for text in texts:
        if text.startswith(_CAME_TO):
            visited.append(text[len(_CAME_TO) :].strip())
        elif found := _BRANCH.fullmatch(text):
            path = found[2].removeprefix("root")
            spawned.append(Spawned(found[3], "branch", path, int(found[1])))
        elif found := _ASYNC.fullmatch(text):
            spawned.append(Spawned(found[2], "async", found[1].removeprefix("root")))
        elif found := _NPM_BRANCH.fullmatch(text):
            path = visited[-1] if visited else ""
            spawned.append(Spawned(found[2], "branch", path, int(found[1])))
    return visited, spawned


def _in_state(kept: Mapping[str, Any]) -> Iterator[Spawned]:
    branches, asyncs = kept.get("branches"), kept.get("spawned")
    for path, ids in branches.items() if isinstance(branches, Mapping) else ():
        for position, each in enumerate(ids if isinstance(ids, list) else ()):
            if isinstance(each, str):
                yield Spawned(each, "branch", str(path), position)
    for path, ids in asyncs.items() if isinstance(asyncs, Mapping) else ():
        for each in ids if isinstance(ids, list) else ():
            if isinstance(each, str):
                yield Spawned(each, "async", str(path))


def _in_result(value: Any, depth: int = 0) -> Iterator[Spawned]:
    """npm's conductor tells what it has started asynchronously by handing the id on."""
    if not isinstance(value, Mapping) or depth > _DEEP:
        return
    started = value.get("activationId")
    if value.get("method") == "async" and isinstance(started, str):
        yield Spawned(started, "async", None)
    for each in value.values():
        yield from _in_result(each, depth + 1)


def _blamed(texts: list[str], result: Mapping[str, Any], brought: Any) -> Iterator[str]:
    params = result.get("params")
    told = [result.get("error"), params.get("error") if isinstance(params, Mapping) else None]
    words = [*texts, *(each for each in told if isinstance(each, str) and each != brought)]
    yield from dict.fromkeys(found for each in words for found in _PLACE.findall(each))


# -- Where a composition was, told by the state indices in its conductor's records.


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

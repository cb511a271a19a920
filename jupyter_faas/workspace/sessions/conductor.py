"""Read the records of conductor runs: visited nodes, the called action, spawned runs, state.

A conductor is the action that OpenWhisk runs between the actions of a composition. It returns the
action to call next, and a state with which OpenWhisk invokes it again after that action. Some
conductors print the nodes that they visit. For the others, ``StateMachine`` infers the nodes from
two successive states, by compiling the graph as Composer does.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.errors import FaasError

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation


# Formats of the lines that conductors print: the one of npm Composer and ours.
_ENTERING = "Entering composition"
_BRANCH = re.compile(r"branch (\d+) of (.*): activation ([0-9a-f]{32})")
_ASYNC = re.compile(r"async (.*): activation ([0-9a-f]{32})")
_NPM_BRANCH = re.compile(
    r"barrierId: .*, spawned position: (\d+) with activationId: ([0-9a-f]{32})"
)
_PLACE = re.compile(r"at AST node root((?:\[\d+\]|\.\w+)*)")
# The depth of a result to which ids of asynchronous runs are searched. A result may be 1 MB.
_MAX_DEPTH = 4
# A log line as OpenWhisk stores it: time, stream, text.
_LINE = re.compile(r"(\S+) +(stdout|stderr): ?(.*)", re.DOTALL)


@dataclass(frozen=True)
class SpawnedRun:
    """A run that a conductor started without waiting for it: a branch or an ``async`` call.

    ``path`` is the node that started it, or None when it is unknown. ``position`` is its index
    among the branches of that node.
    """

    id: str
    role: Literal["branch", "async"]
    path: str | None
    position: int = 0


@dataclass(frozen=True)
class ConductorRun:
    """What one run of a conductor did.

    ``visited`` are the paths of the visited nodes, empty when none were printed. ``calls``: it
    returned an action to call. ``state`` is then the index of the next state, and ``stack`` its
    open frames, such as error handlers. ``waits``: that action only waits for branches.
    ``failed_nodes`` are the nodes that an error message names.
    """

    visited: tuple[str, ...]
    calls: bool
    state: int | None
    stack: tuple[Any, ...]
    waits: bool
    spawned: tuple[SpawnedRun, ...]
    failed_nodes: tuple[str, ...]


def read_conductor_run(activation: Activation, *, input_error: Any = None) -> ConductorRun:
    """Read a conductor run from its logs and from the state in its result.

    ``input_error`` is the error that the conductor was invoked with. The nodes that it names
    failed before this run, so they are not in ``failed_nodes``.
    """
    result = activation.response.result
    # Any action can be a conductor, so nothing about the shape of its result is certain.
    result = result if isinstance(result, Mapping) else {}
    # Both conductors keep their own data under ``$composer``, beside the parameters of the
    # composition.
    state = result.get("state")
    composer_state = state.get("$composer") if isinstance(state, Mapping) else None
    composer_state = composer_state if isinstance(composer_state, Mapping) else {}
    texts = [text for _, _, text in log_lines(activation.logs)]
    # Ids in the logs come first: ``_without_repeats`` keeps the first of equal ids.
    visited, spawned = _parse_logs(texts)
    spawned += [*_spawned_in_state(composer_state), *_spawned_in_result(result)]
    index, stack = composer_state.get("state"), composer_state.get("stack")
    return ConductorRun(
        visited=tuple(visited),
        calls="action" in result,
        state=index if isinstance(index, int) and not isinstance(index, bool) else None,
        stack=tuple(stack) if isinstance(stack, list) else (),
        waits="fork" in composer_state or "collect" in composer_state,
        spawned=tuple(_without_repeats(spawned)),
        failed_nodes=tuple(_failed_nodes(texts, result, input_error)),
    )


def _without_repeats(spawned: Iterable[SpawnedRun]) -> Iterable[SpawnedRun]:
    """Drop repeated ids. The first is kept: logs and state name its node, and results do not."""
    found: dict[str, SpawnedRun] = {}
    for each in spawned:
        found.setdefault(each.id, each)
    return found.values()


def log_lines(lines: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield the time, stream and text of each log line.

    A malformed line gets the time of the line before it, so that it stays next to it when sorted.
    """
    time = ""
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            yield time, "stderr", line
        else:
            time = found[1]
            yield time, found[2], found[3]


def _parse_logs(texts: list[str]) -> tuple[list[str], list[SpawnedRun]]:
    visited: list[str] = []
    spawned = []
    for text in texts:
        if text.startswith(_ENTERING):
            visited.append(text[len(_ENTERING) :].strip())
        elif found := _BRANCH.fullmatch(text):
            path = found[2].removeprefix("root")
            spawned.append(SpawnedRun(found[3], "branch", path, int(found[1])))
        elif found := _ASYNC.fullmatch(text):
            spawned.append(SpawnedRun(found[2], "async", found[1].removeprefix("root")))
        # npm's line does not name the node. It is printed right after the node was entered.
        elif found := _NPM_BRANCH.fullmatch(text):
            path = visited[-1] if visited else ""
            spawned.append(SpawnedRun(found[2], "branch", path, int(found[1])))
    return visited, spawned


def _spawned_in_state(composer_state: Mapping[str, Any]) -> Iterator[SpawnedRun]:
    branches, asyncs = composer_state.get("branches"), composer_state.get("spawned")
    for path, ids in branches.items() if isinstance(branches, Mapping) else ():
        for position, each in enumerate(ids if isinstance(ids, list) else ()):
            if isinstance(each, str):
                yield SpawnedRun(each, "branch", str(path), position)
    for path, ids in asyncs.items() if isinstance(asyncs, Mapping) else ():
        for each in ids if isinstance(ids, list) else ():
            if isinstance(each, str):
                yield SpawnedRun(each, "async", str(path))


def _spawned_in_result(value: Any, depth: int = 0) -> Iterator[SpawnedRun]:
    """Find ids of ``async`` calls in a result, the only place where npm's conductor shows them."""
    if not isinstance(value, Mapping) or depth > _MAX_DEPTH:
        return
    started = value.get("activationId")
    if value.get("method") == "async" and isinstance(started, str):
        yield SpawnedRun(started, "async", None)
    for each in value.values():
        yield from _spawned_in_result(each, depth + 1)


def _failed_nodes(texts: list[str], result: Mapping[str, Any], input_error: Any) -> Iterator[str]:
    params = result.get("params")
    errors = [result.get("error"), params.get("error") if isinstance(params, Mapping) else None]
    words = [*texts, *(each for each in errors if isinstance(each, str) and each != input_error)]
    # A dictionary drops repeats and keeps the order.
    yield from dict.fromkeys(found for each in words for found in _PLACE.findall(each))


_CALLS = ("action", "dynamic")
_FORKS = ("parallel", "map", "async")
# A graph with more states is not searched. No composition that can run is that large: its graph
# is an annotation, which is limited to 1 MB.
_MAX_STATES = 100_000


class StateMachine:
    """The states that a composition compiles to. npm Composer and ours compile to the same ones."""

    def __init__(self, states: Sequence[Mapping[str, Any]]) -> None:
        self._states = states

    @classmethod
    def of(cls, graph: Mapping[str, Any] | None) -> StateMachine | None:
        """Compile a graph. Return None without a graph, or for one that Composer did not make."""
        if graph is None:
            return None
        from jupyter_faas.composer import compile_fsm, lower, parse

        try:
            states = compile_fsm(lower(parse(dict(graph))))
        except FaasError:
            return None
        return cls(states) if len(states) <= _MAX_STATES else None

    def is_call(self, path: str) -> bool:
        """Return whether the node at ``path`` runs an action."""
        return any(each.get("path") == path and each["type"] in _CALLS for each in self._states)

    def is_async(self, path: str) -> bool:
        return any(each.get("path") == path and each["type"] == "async" for each in self._states)

    def branch(self, path: str, position: int) -> tuple[str, int | None]:
        """Return the node of a run that the node at ``path`` spawned, and the state it begins with.

        For ``parallel`` the node is the component at ``position``; for ``map`` and ``async`` it is
        the node at ``path`` itself. The state is None when it is unknown.
        """
        for at, each in enumerate(self._states):
            if each.get("path") != path or each["type"] not in _FORKS:
                continue
            if each["type"] != "parallel":
                # The body of ``map`` and ``async`` begins with the state after their own.
                return path, at + 1
            tasks = each["tasks"]
            begin = at + tasks[position] if position < len(tasks) else None
            return f"{path}[{position}]", begin
        return path, None

    def nodes_between(
        self, start: int | None, end: int | None, *, stack: Sequence[Any] = (), failed: bool = False
    ) -> list[str]:
        """Return the nodes on the shortest path between two states, in order.

        ``start`` is the state that a conductor run began with, if known. ``end`` is the state after
        the call that it returned, or None when the composition ended. ``failed``: the previous
        action failed, so the run began with the first error handler on ``stack``.
        """
        if failed:
            start = next(_handlers(stack), None)
            if start is None:
                return []
        last = None if end is None else self._call_before(start, end)
        if end is not None and last is None:
            return []
        path = [] if start is None else self._shortest_path(start, last)
        # The path to the call is unknown, but the call itself is certain.
        if not path and last is not None:
            path = [last]
        return [self._states[at]["path"] for at in path if "path" in self._states[at]]

    def _call_before(self, start: int | None, end: int) -> int | None:
        """Return the index of the call state that ``end`` follows.

        Of several, such as the last calls of two branches, return the last one that can be reached
        from ``start``.
        """
        found = [
            at
            for at, each in enumerate(self._states)
            if each["type"] in _CALLS and at + each.get("next", 1) == end
        ]
        if start is not None and len(found) > 1:
            found = [at for at in found if self._shortest_path(start, at)] or found
        return found[-1] if found else None

    def _shortest_path(self, start: int, last: int | None) -> list[int]:
        """Return the shortest path of states from ``start`` to ``last``, [] when there is none.

        ``last=None`` means the end of the composition, which is after the last state.
        """
        # Breadth-first search: the state from which each state was reached first.
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
        path = []
        while at is not None:
            path.append(at)
            at = before[at]
        return path[::-1]

    def _next(self, at: int) -> tuple[int, ...]:
        state = self._states[at]
        kind = state["type"]
        if kind in _CALLS:
            # A conductor run ends at a call, so no path continues past one.
            return ()
        if kind == "choice":
            return (at + state["then"], at + state["else"])
        if kind in _FORKS:
            return (at + state["return"],)
        if kind == "stop":
            # An index outside the states, which means the end.
            return (-1,)
        return (at + state.get("next", 1),)


def _handlers(stack: Sequence[Any]) -> Iterator[int]:
    for frame in stack:
        # As in the conductor: a marker separates the handlers of a branch from those around it.
        if not isinstance(frame, Mapping) or frame.get("marker"):
            return
        found = frame.get("catch")
        if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
            yield found

"""Parser for conductor records: visited nodes, the called action, spawned runs and the state.

A conductor is the action that OpenWhisk runs between the actions of a composition. The conductor
returns the action to call next, and a state. After that action, OpenWhisk invokes the conductor
again with this state. Some conductors print the nodes that they visit. For other conductors,
``StateMachine`` infers the nodes from two successive states, by compiling the graph as Composer
does.
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


# Formats of the log lines that npm Composer's conductors and our own conductors print.
_ENTERING = "Entering composition"
_BRANCH = re.compile(r"branch (\d+) of (.*): activation ([0-9a-f]{32})")
_ASYNC = re.compile(r"async (.*): activation ([0-9a-f]{32})")
_NPM_BRANCH = re.compile(
    r"barrierId: .*, spawned position: (\d+) with activationId: ([0-9a-f]{32})"
)
_PLACE = re.compile(r"at AST node root((?:\[\d+\]|\.\w+)*)")
# The nesting depth to which a result, which may be 1 MB, is searched for ids of asynchronous runs.
_MAX_DEPTH = 4
# OpenWhisk stores a log line as time, stream and text.
_LINE = re.compile(r"(\S+) +(stdout|stderr): ?(.*)", re.DOTALL)


@dataclass(frozen=True)
class SpawnedRun:
    """A run that a conductor started without waiting for it: a branch or an ``async`` call.

    ``path``: the path of the node that started the run, or None if unknown.
    ``position``: the index of the run among the branches of that node.
    """

    id: str
    role: Literal["branch", "async"]
    path: str | None
    position: int = 0


@dataclass(frozen=True)
class ConductorRun:
    """The data of one conductor run.

    ``visited``: the paths of the visited nodes, or () if the conductor did not print them.
    ``calls``: whether the conductor returned an action to call.
    ``state``: the index of the next state, or None if unknown or at the end of the composition.
    ``stack``: the open frames of the next state, such as error handlers.
    ``waits``: whether the returned action only waits for branches.
    ``spawned``: the runs that the conductor started without waiting for them.
    ``failed_nodes``: the paths of the nodes that an error message names.
    """

    visited: tuple[str, ...]
    calls: bool
    state: int | None
    stack: tuple[Any, ...]
    waits: bool
    spawned: tuple[SpawnedRun, ...]
    failed_nodes: tuple[str, ...]


def read_conductor_run(activation: Activation, *, input_error: Any = None) -> ConductorRun:
    """Parse the logs and the result of a conductor run.

    ``input_error`` is the error that the conductor was invoked with. Nodes that this error names
    failed before the run, so they are not in ``failed_nodes``.
    """
    result = activation.response.result
    # Any action can be a conductor, so its result may have any structure.
    result = result if isinstance(result, Mapping) else {}
    # Both npm's conductors and ours keep their own data under ``$composer``, next to the
    # composition's parameters.
    state = result.get("state")
    composer_state = state.get("$composer") if isinstance(state, Mapping) else None
    composer_state = composer_state if isinstance(composer_state, Mapping) else {}
    texts = [text for _, _, text in log_lines(activation.logs)]
    # Runs from the logs come first, because ``_without_repeats`` keeps the first of equal ids.
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
    """Return the runs without duplicate ids. The first run with each id is kept.

    Runs from logs and states, which name their node, must precede runs from results.
    """
    found: dict[str, SpawnedRun] = {}
    for each in spawned:
        found.setdefault(each.id, each)
    return found.values()


def is_engine_line(text: str) -> bool:
    """Return whether a conductor printed a line about its path, and not an inline function."""
    patterns = (_BRANCH, _ASYNC, _NPM_BRANCH)
    return text.startswith("Entering ") or any(each.fullmatch(text) for each in patterns)


def log_lines(lines: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield the time, stream and text of each log line.

    A malformed line gets the time of the previous line, so that sorting keeps them together.
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
        # npm's log line does not name the node. It directly follows the log line for the node.
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
    """Yield the ``async`` runs in a result, the only place where npm's conductor reports them."""
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
    # dict.fromkeys removes duplicates and keeps the order.
    yield from dict.fromkeys(found for each in words for found in _PLACE.findall(each))


_CALLS = ("action", "dynamic")
_FORKS = ("parallel", "map", "async")
# Graphs with more states are not searched. Compositions that can run are smaller, because their
# graph is stored in an annotation, which is limited to 1 MB.
_MAX_STATES = 100_000


class StateMachine:
    """The states that a composition compiles to, which are the same as in npm Composer."""

    def __init__(self, states: Sequence[Mapping[str, Any]]) -> None:
        self._states = states

    @classmethod
    def of(cls, graph: Mapping[str, Any] | None) -> StateMachine | None:
        """Compile a graph. Return None if it is missing, too large, or not a valid composition."""
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
        """Return the node path and the first state of a run that the node at ``path`` spawned.

        For ``parallel``, the node is the component at ``position``. For ``map`` and ``async``, the
        node's path is ``path`` itself. The state is None if it is unknown.
        """
        for at, each in enumerate(self._states):
            if each.get("path") != path or each["type"] not in _FORKS:
                continue
            if each["type"] != "parallel":
                # The body of a ``map`` or ``async`` node begins with the state after the node.
                return path, at + 1
            tasks = each["tasks"]
            begin = at + tasks[position] if position < len(tasks) else None
            return f"{path}[{position}]", begin
        return path, None

    def nodes_between(
        self, start: int | None, end: int | None, *, stack: Sequence[Any] = (), failed: bool = False
    ) -> list[str]:
        """Return the paths of the nodes between two states, in order.

        The shortest sequence of states is used. The result is [] if there is none.

        ``start``: the state that a conductor run began with, or None if unknown.
        ``end``: the state after the call that the run returned, or None if the composition ended.
        ``failed``: whether the previous action failed, so that the run began with the first error
        handler on ``stack``.
        """
        if failed:
            start = next(_handlers(stack), None)
            if start is None:
                return []
        last = None if end is None else self._call_before(start, end)
        if end is not None and last is None:
            return []
        path = [] if start is None else self._shortest_path(start, last)
        # The states before the call are unknown, but the call itself is certain.
        if not path and last is not None:
            path = [last]
        return [self._states[at]["path"] for at in path if "path" in self._states[at]]

    def _call_before(self, start: int | None, end: int) -> int | None:
        """Return the index of the call state that precedes ``end``, or None if there is none.

        Several calls, such as the last calls of two branches, may precede ``end``. In this case,
        return the last call that can be reached from ``start``.
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
        """Return the shortest path of states from ``start`` to ``last``, or [] if there is none.

        If ``last`` is None, the path leads to the end of the composition, after the last state.
        """
        # In this breadth-first search, ``before`` maps each state to its predecessor.
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
            # A conductor run ends at a call, so paths do not continue after a call.
            return ()
        if kind == "choice":
            return (at + state["then"], at + state["else"])
        if kind in _FORKS:
            return (at + state["return"],)
        if kind == "stop":
            # An index outside the list of states represents the end of the composition.
            return (-1,)
        return (at + state.get("next", 1),)


def _handlers(stack: Sequence[Any]) -> Iterator[int]:
    for frame in stack:
        # As in the conductor, a marker separates a branch's handlers from the enclosing handlers.
        if not isinstance(frame, Mapping) or frame.get("marker"):
            return
        found = frame.get("catch")
        if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
            yield found

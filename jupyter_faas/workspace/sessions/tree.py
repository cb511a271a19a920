"""The tree of activations that a run caused, directly or indirectly.

OpenWhisk records a composition or a sequence as one activation whose logs are the ids of its
children. Children are read level by level, so that each level takes few requests. A conductor can
also spawn runs without waiting for them, namely branches of ``parallel`` and ``map``, and ``async``
calls. Hosts do not link these runs to the conductor. Their ids are read from the conductor's logs
and results.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.sessions.conductor import ConductorRun, SpawnedRun, read_conductor_run
from jupyter_faas.workspace.sessions.model import (
    ChildRun,
    Role,
    RunInfo,
    RunningChild,
    RunTree,
    kind_of,
    path_of,
)

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.sessions.conductor import StateMachine
    from jupyter_faas.workspace.sessions.records import RecordLoader

# A conductor that is about to reach its time limit calls this action, which does nothing. OpenWhisk
# then runs the conductor again with a new time limit.
_ECHO = "whisk.system/utils/echo"
# The maximum number of runs to read, since a session may never stop spawning runs.
MOST = 2000


@dataclass(frozen=True)
class ParentRun:
    """A sequence or composition whose children are read.

    ``own_graph``: whether its nodes belong to the session's graph. The nodes of a nested
    composition belong to a different graph.
    ``state``: the index of the state that the run began with, or None if unknown.
    """

    run: RunInfo
    own_graph: bool
    state: int | None = 0


@dataclass
class ParentReading:
    """The children of one parent.

    ``spawned``: the runs that the parent's conductor started without waiting for them.
    ``path``: the path of the node whose action was called last, or None.
    ``waiting``: whether the action that was called last only waits for branches.
    """

    children: list[ChildRun] = field(default_factory=list)
    spawned: list[SpawnedRun] = field(default_factory=list)
    path: str | None = None
    waiting: bool = False

    def role_of(self, child: RunInfo, parent: RunInfo) -> Role:
        """Return the role of a child that has no record yet."""
        if child.kind != "function":
            return child.kind
        if parent.kind == "composition" and child.path == parent.path:
            return "conductor"
        return "wait" if self.waiting and child.path == _ECHO else "action"


def read_children(
    parent: ParentRun, parts: Iterable[Activation], states: StateMachine | None
) -> ParentReading:
    """Assign roles and nodes to the children of ``parent``.

    ``parts`` are the records of the children, in the order in which they ran. ``states`` is the
    session's compiled graph, or None if there is no graph.
    """
    if parent.run.kind == "composition":
        return _read_composition(parent, parts, states if parent.own_graph else None)
    found = ParentReading()
    for number, part in enumerate(parts):
        path = f"[{number}]" if parent.own_graph else None
        found.children.append(ChildRun(part, _role(part), parent.run.id, path))
    found.path = f"[{len(found.children)}]" if parent.own_graph else None
    return found


def _read_composition(
    parent: ParentRun, parts: Iterable[Activation], states: StateMachine | None
) -> ParentReading:
    """Read the children of a composition, in which runs of its conductor and actions alternate."""
    found = ParentReading()
    visited_so_far: list[str] = []
    path: str | None = None
    previous: ConductorRun | None = None
    state = parent.state
    error: Any = None
    for part in parts:
        # This child is an action of the composition. Runs of the conductor have the composition's
        # own path. A nested run of the same composition has this path as well, but is recorded as a
        # sequence.
        if path_of(part) != parent.run.path or part.kind == SEQUENCE:
            waits = previous is not None and previous.waits and path_of(part) == _ECHO
            role: Role = "wait" if waits else _role(part)
            own_path = path if parent.own_graph else None
            found.children.append(ChildRun(part, role, parent.run.id, own_path))
            # The conductor receives this error as input and may repeat the error in its result.
            error = None if waits else _error_of(part)
            continue
        run = read_conductor_run(part, input_error=error)
        visited = run.visited or _inferred_nodes(run, states, state, previous, error is not None)
        visited_so_far += visited
        found.spawned += [_with_path(one, visited_so_far, states) for one in run.spawned]
        called = _called_node(run, visited, states, state)
        # A conductor run that does not return an action ends the composition, so the path stays.
        path = path if called is None else called
        child = ChildRun(
            part,
            "conductor",
            parent.run.id,
            visited=visited if parent.own_graph else (),
            failed_nodes=run.failed_nodes if parent.own_graph else (),
            waiting=bool(run.spawned and run.waits) or bool(previous and previous.waits),
        )
        found.children.append(child)
        previous, state, error = run, run.state, None
    found.path = path if parent.own_graph else None
    found.waiting = previous is not None and previous.waits
    return found


def _with_path(
    spawned: SpawnedRun, visited: Sequence[str], states: StateMachine | None
) -> SpawnedRun:
    """Return a spawned run with the path of the node that started it.

    npm's conductor does not name the node of an ``async`` run, which is the last visited ``async``
    node.
    """
    if spawned.path is not None:
        return spawned
    paths = (path for path in reversed(visited) if states is None or states.is_async(path))
    return replace(spawned, path=next(paths, None))


def _inferred_nodes(
    run: ConductorRun,
    states: StateMachine | None,
    state: int | None,
    previous: ConductorRun | None,
    failed: bool,
) -> tuple[str, ...]:
    """Return the paths of the nodes that a conductor run visited, inferred from its states.

    This function is only needed for conductors that do not print the visited nodes.
    """
    if states is None:
        return ()
    if run.waits:
        # The run that starts branches visits their node. Later runs, which only wait, do not.
        paths = tuple(dict.fromkeys(each.path for each in run.spawned if each.path is not None))
        return paths if previous is None or not previous.waits else ()
    end = run.state if run.calls else None
    stack = previous.stack if previous is not None else ()
    return tuple(states.nodes_between(state, end, stack=stack, failed=failed))


def _called_node(
    run: ConductorRun, visited: Sequence[str], states: StateMachine | None, state: int | None
) -> str | None:
    """Return the path of the node whose action a conductor run returned, or None.

    This node is the last visited node. If the logs end before it, the node is inferred from the
    states.
    """
    if not run.calls:
        return None
    last = visited[-1] if visited else None
    if states is None or run.waits or (last is not None and states.is_call(last)):
        return last
    inferred = states.nodes_between(state, run.state)
    return inferred[-1] if inferred else last


def _role(part: Activation) -> Role:
    kind = kind_of(part)
    return "action" if kind == "function" else kind


def _error_of(part: Activation) -> Any:
    result = part.response.result
    return result.get("error") if isinstance(result, Mapping) else None


def collect_tree(
    records: RecordLoader, root: RunInfo, states: StateMachine | None, *, most: int = MOST
) -> RunTree:
    """Return the tree of at most ``most`` runs that ``root`` caused, nearest to the root first."""
    search = _TreeSearch(records, states, most)
    search.seen.add(root.id)
    level = [ParentRun(root, own_graph=True)]
    while level and not search.tree.truncated:
        level = search.next_level(level)
    return search.tree


@dataclass
class _TreeSearch:
    """A breadth-first search that builds the tree. ``seen`` contains the ids of its runs."""

    records: RecordLoader
    states: StateMachine | None
    most: int
    tree: RunTree = field(default_factory=RunTree)
    seen: set[str] = field(default_factory=set)

    def next_level(self, level: Sequence[ParentRun]) -> list[ParentRun]:
        """Add the children of a level to the tree. Return the children that may have children."""
        parents: list[ParentRun] = []
        spawned: list[tuple[SpawnedRun, ParentRun]] = []
        for parent, parts in self._parts(level):
            reading = read_children(parent, parts, self.states)
            for child in reading.children:
                run = RunInfo.from_record(child.activation)
                if self._add(child) and run.kind != "function":
                    parents.append(ParentRun(run, own_graph=False))
            # The nodes of running children depend on the ended children, which are read above.
            for running in parent.run.running:
                role = reading.role_of(running, parent.run)
                path = None if role == "conductor" else reading.path
                if self._add_running(running, role, parent, path) and running.kind != "function":
                    parents.append(ParentRun(running, own_graph=False))
            spawned += [(one, parent) for one in reading.spawned if one.id not in self.seen]
        return [*self._with_facts(parents), *self._spawned_parents(spawned)]

    def _parts(self, level: Sequence[ParentRun]) -> Iterator[tuple[ParentRun, list[Activation]]]:
        ended = [each.run.activation for each in level if each.run.activation is not None]
        parts = self.records.parts(ended) if ended else {}
        for parent in level:
            run = parent.run
            if run.activation is not None:
                yield parent, parts[run.id]
            else:
                yield parent, self.records.parts_so_far(run.id, run.start, run.parts)

    def _with_facts(self, parents: Sequence[ParentRun]) -> Iterator[ParentRun]:
        """Yield the parents. Runs that have not ended include their children so far, if known."""
        ids = [each.run.id for each in parents if each.run.activation is None]
        facts = self.records.facts(ids)
        for each in parents:
            known = facts.get(each.run.id)
            if known is not None and known.under_way is not None:
                yield ParentRun(RunInfo.from_running(each.run.id, known.under_way), each.own_graph)
            else:
                yield each

    def _spawned_parents(
        self, spawned: Sequence[tuple[SpawnedRun, ParentRun]]
    ) -> Iterator[ParentRun]:
        """Add spawned runs to the tree. Yield the spawned runs that may have children."""
        # Runs beyond the limit are not fetched.
        wanted = spawned[: self.most - len(self.tree.children)]
        self.tree.truncated |= len(wanted) < len(spawned)
        records = self.records.get(one.id for one, _ in wanted)
        facts = self.records.facts([one.id for one, _ in wanted if one.id not in records])
        # A run that is no longer running ended after the request above, so its record is fetched.
        records |= self.records.get(id_ for id_, each in facts.items() if each.under_way is None)
        for one, parent in wanted:
            record, known = records.get(one.id), facts.get(one.id)
            path, begin = one.path if parent.own_graph else None, None
            if path is not None and self.states is not None:
                path, begin = self.states.branch(path, one.position)
            if record is not None:
                run = RunInfo.from_record(record)
                new = self._add(ChildRun(record, one.role, parent.run.id, path))
            elif known is not None and known.under_way is not None:
                run = RunInfo.from_running(one.id, known.under_way)
                new = self._add_running(run, one.role, parent, path)
            else:
                # The run's record may have been deleted or not stored yet, so totals are not final.
                self.tree.missing += one.id not in self.seen
                continue
            if new and run.kind != "function":
                yield ParentRun(run, parent.own_graph, begin)

    def _add(self, child: ChildRun) -> bool:
        if child.activation.activation_id in self.seen:
            return False
        if len(self.tree.children) >= self.most:
            self.tree.truncated = True
            return False
        self.seen.add(child.activation.activation_id)
        self.tree.children.append(child)
        return True

    def _add_running(self, run: RunInfo, role: Role, parent: ParentRun, path: str | None) -> bool:
        if run.id in self.seen:
            return False
        self.seen.add(run.id)
        self.tree.running.append(RunningChild(run, role, parent.run.id, path))
        return True

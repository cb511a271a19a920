"""All that a run has caused, however deep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.sessions.conductor import Round, Spawned, read_round
from jupyter_faas.workspace.sessions.model import (
    Family,
    Going,
    Known,
    Member,
    Role,
    kind_of,
    path_of,
)

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.sessions.conductor import Spawned, States
    from jupyter_faas.workspace.sessions.records import Runs


# -- The parts of one sequence or composition, in their order: what each of them is to it.


_ECHO = "whisk.system/utils/echo"


@dataclass(frozen=True)
class Whole:
    """A sequence or composition. ``state``: the one that it began with, if known.

    ``own_graph``: its nodes are those of the session's graph.
    """

    run: Known
    own_graph: bool
    state: int | None = 0


@dataclass
class Reading:
    """What was read of it. ``path`` is the node whose action it has called last; ``waits``: that
    one does nothing."""

    members: list[Member] = field(default_factory=list)
    spawned: list[Spawned] = field(default_factory=list)
    path: str | None = None
    waits: bool = False

    def role_of(self, going: Known, whole: Whole) -> Role:
        """What a part is that has no record yet."""
        if going.kind != "function":
            return going.kind
        if whole.run.kind == "composition" and going.path == whole.run.path:
            return "conductor"
        return "wait" if self.waits and going.path == _ECHO else "action"


def read(whole: Whole, parts: Iterable[Activation], states: States | None) -> Reading:
    """``states`` are those of the session's graph."""
    if whole.run.kind == "composition":
        return _read_composition(whole, parts, states if whole.own_graph else None)
    found = Reading()
    for number, part in enumerate(parts):
        path = f"[{number}]" if whole.own_graph else None
        found.members.append(Member(part, _role(part), whole.run.id, path))
    found.path = f"[{len(found.members)}]" if whole.own_graph else None
    return found


def _read_composition(whole: Whole, parts: Iterable[Activation], states: States | None) -> Reading:
    found = Reading()
    been: list[str] = []
    path: str | None = None
    before: Round | None = None
    state = whole.state
    error: Any = None
    for part in parts:
        if path_of(part) != whole.run.path or part.kind == SEQUENCE:
            waits = before is not None and before.waits and path_of(part) == _ECHO
            role: Role = "wait" if waits else _role(part)
            own = path if whole.own_graph else None
            found.members.append(Member(part, role, whole.run.id, own))
            error = None if waits else _error_of(part)
            continue
        told = read_round(part, brought=error)
        visited = told.visited or _worked_out(told, states, state, before, error is not None)
        been += visited
        found.spawned += [_placed(one, been, states) for one in told.spawned]
        called = _called(told, visited, states, state)
        path = path if called is None else called
        waiting = bool(told.spawned and told.waits) or bool(before and before.waits)
        shown = visited if whole.own_graph else ()
        blamed = told.blamed if whole.own_graph else ()
        member = Member(part, "conductor", whole.run.id, None, shown, blamed, waiting)
        found.members.append(member)
        before, state, error = told, told.state, None
    found.path = path if whole.own_graph else None
    found.waits = before is not None and before.waits
    return found


def _placed(one: Spawned, been: Sequence[str], states: States | None) -> Spawned:
    """With the node that started it, where a conductor does not name that: the last ``async``."""
    if one.path is not None:
        return one
    found = (path for path in reversed(been) if states is None or states.is_async(path))
    return replace(one, path=next(found, None))


def _worked_out(
    told: Round, states: States | None, state: int | None, before: Round | None, failed: bool
) -> tuple[str, ...]:
    """The nodes that a run came to which printed nothing."""
    if states is None:
        return ()
    if told.waits:
        paths = tuple(dict.fromkeys(each.path for each in told.spawned if each.path is not None))
        return paths if before is None or not before.waits else ()
    end = told.state if told.calls else None
    stack = before.stack if before is not None else ()
    return tuple(states.came_to(state, end, stack=stack, failed=failed))


def _called(
    told: Round, visited: Sequence[str], states: States | None, state: int | None
) -> str | None:
    """The node whose action a run has asked for: the last that it came to.

    Where the logs were cut before that, the state tells.
    """
    if not told.calls:
        return None
    last = visited[-1] if visited else None
    if states is None or told.waits or (last is not None and states.is_call(last)):
        return last
    found = states.came_to(state, told.state)
    return found[-1] if found else last


def _role(part: Activation) -> Role:
    kind = kind_of(part)
    return "action" if kind == "function" else kind


def _error_of(part: Activation) -> Any:
    result = part.response.result
    return result.get("error") if isinstance(result, Mapping) else None


# More than anybody looks at; a session that spawns without end must not be followed without end.
MOST = 2000


def find_family(runs: Runs, root: Known, states: States | None, *, most: int = MOST) -> Family:
    """What ``root`` has caused: at most ``most`` members, those near it first."""
    search = _Search(runs, states, most)
    search.seen.add(root.id)
    level = [Whole(root, own_graph=True)]
    while level and not search.family.truncated:
        level = search.below(level)
    return search.family


@dataclass
class _Search:
    """Level by level: the parts of each, what they started beside their own run, and theirs."""

    runs: Runs
    states: States | None
    most: int
    family: Family = field(default_factory=Family)
    seen: set[str] = field(default_factory=set)

    def below(self, level: Sequence[Whole]) -> list[Whole]:
        """Note what these have caused; what of that has caused something itself, perhaps."""
        found: list[Whole] = []
        spawned: list[tuple[Spawned, Whole]] = []
        for whole, parts in self._parts(level):
            reading = read(whole, parts, self.states)
            for member in reading.members:
                run = Known.ended(member.activation)
                if self._add(member) and run.kind != "function":
                    found.append(Whole(run, own_graph=False))
            for going in whole.run.going:
                role = reading.role_of(going, whole)
                path = None if role == "conductor" else reading.path
                if self._add_going(going, role, whole, path) and going.kind != "function":
                    found.append(Whole(going, own_graph=False))
            spawned += [(one, whole) for one in reading.spawned if one.id not in self.seen]
        return [*self._told(found), *self._beside(spawned)]

    def _parts(self, level: Sequence[Whole]) -> Iterator[tuple[Whole, list[Activation]]]:
        ended = [each.run.activation for each in level if each.run.activation is not None]
        parts = self.runs.parts(ended) if ended else {}
        for whole in level:
            run = whole.run
            if run.activation is not None:
                yield whole, parts[run.id]
            else:
                yield whole, self.runs.parts_so_far(run.id, run.start, run.parts)

    def _told(self, found: Sequence[Whole]) -> Iterator[Whole]:
        """With what is known of those that go on."""
        facts = self.runs.facts([each.run.id for each in found if each.run.activation is None])
        for each in found:
            told = facts.get(each.run.id)
            if told is not None and told.under_way is not None:
                yield Whole(Known.under_way(each.run.id, told.under_way), each.own_graph)
            else:
                yield each

    def _beside(self, spawned: Sequence[tuple[Spawned, Whole]]) -> Iterator[Whole]:
        """What conductors have started beside their own run, ended or not."""
        wanted = spawned[: self.most - len(self.family.members)]
        self.family.truncated |= len(wanted) < len(spawned)
        records = self.runs.get(one.id for one, _ in wanted)
        facts = self.runs.facts([one.id for one, _ in wanted if one.id not in records])
        # Those have ended since their records were asked for.
        records |= self.runs.get(id_ for id_, each in facts.items() if each.under_way is None)
        for one, parent in wanted:
            record, told = records.get(one.id), facts.get(one.id)
            path, begin = one.path if parent.own_graph else None, None
            if path is not None and self.states is not None:
                path, begin = self.states.branch(path, one.position)
            if record is not None:
                run = Known.ended(record)
                new = self._add(Member(record, one.role, parent.run.id, path))
            elif told is not None and told.under_way is not None:
                run = Known.under_way(one.id, told.under_way)
                new = self._add_going(run, one.role, parent, path)
            else:
                self.family.missing += one.id not in self.seen
                continue
            if new and run.kind != "function":
                yield Whole(run, parent.own_graph, begin)

    def _add(self, member: Member) -> bool:
        if member.activation.activation_id in self.seen:
            return False
        if len(self.family.members) >= self.most:
            self.family.truncated = True
            return False
        self.seen.add(member.activation.activation_id)
        self.family.members.append(member)
        return True

    def _add_going(self, run: Known, role: Role, parent: Whole, path: str | None) -> bool:
        if run.id in self.seen:
            return False
        self.seen.add(run.id)
        self.family.under_way.append(Going(run, role, parent.run.id, path))
        return True

"""All that a run has caused, however deep, and what each of them is to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.session_members import (
    Family,
    Going,
    Kind,
    Member,
    Role,
    Root,
    has_parts,
    kind_of,
    path_of,
)
from jupyter_faas.workspace.session_rounds import Round, Spawned, read_round

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.session_runs import Runs
    from jupyter_faas.workspace.session_states import States

# More than anybody looks at; a session that spawns without end must not be followed without end.
MOST = 2000

_ECHO = "whisk.system/utils/echo"


@dataclass(frozen=True)
class _Branching:
    """A sequence or composition whose parts are to be looked at. ``state``: where it began."""

    id: str
    kind: Kind
    path: str
    own_graph: bool
    state: int | None
    activation: Activation | None
    since: int | None = None


def find_family(runs: Runs, root: Root, states: States | None) -> Family:
    """What ``root`` has caused, level by level: parts, what they started beside, and theirs."""
    family = Family()
    seen = {root.id}
    level = [_Branching(root.id, root.kind, root.path, True, 0, root.activation, root.start)]
    while level:
        ended = [each.activation for each in level if each.activation is not None]
        parts = runs.parts(ended) if ended else {}
        found: list[_Branching] = []
        spawned: list[tuple[Spawned, _Branching]] = []
        for each in level:
            own = parts.get(each.id)
            if own is None:
                own = runs.parts_so_far(each.id, each.since)
            members, started = _read(each, own, states)
            added = [member for member in members if _add(family, seen, member)]
            found += [_nested(member) for member in added if has_parts(member.activation)]
            spawned += [(one, each) for one in started if one.id not in seen]
        found += _beside(runs, spawned, family, seen, states)
        level = [] if family.truncated else found
    return family


def _nested(member: Member) -> _Branching:
    run = member.activation
    return _Branching(run.activation_id, kind_of(run), path_of(run), False, 0, run)


def _branch(run: Activation, own_graph: bool, begin: int | None) -> _Branching:
    return _Branching(run.activation_id, kind_of(run), path_of(run), own_graph, begin, run)


def _add(family: Family, seen: set[str], member: Member) -> bool:
    if member.activation.activation_id in seen:
        return False
    if len(family.members) >= MOST:
        family.truncated = True
        return False
    seen.add(member.activation.activation_id)
    family.members.append(member)
    return True


def _beside(
    runs: Runs,
    spawned: Sequence[tuple[Spawned, _Branching]],
    family: Family,
    seen: set[str],
    states: States | None,
) -> list[_Branching]:
    """What conductors have started beside their own run, ended or not."""
    found = []
    wanted = list(spawned)[: MOST - len(family.members)]
    family.truncated |= len(wanted) < len(spawned)
    records = runs.get(one.id for one, _ in wanted)
    facts = runs.facts([one.id for one, _ in wanted if one.id not in records])
    for one, parent in wanted:
        record, told = records.get(one.id), facts.get(one.id)
        path = one.path if parent.own_graph else None
        begin = None
        if path is not None and states is not None:
            path, begin = states.branch(path, one.position)
        if record is not None:
            member = Member(record, one.role, parent.id, path)
            if _add(family, seen, member) and has_parts(record):
                found.append(_branch(record, parent.own_graph, begin))
        elif told is not None and told.under_way is not None and one.id not in seen:
            seen.add(one.id)
            run = Root.going(one.id, told.under_way)
            family.under_way.append(Going(run, one.role, parent.id, path))
            if run.kind != "function":
                own = parent.own_graph
                found.append(_Branching(one.id, run.kind, run.path, own, begin, None, run.start))
        elif one.id not in seen:
            family.missing += 1
    return found


def _read(
    whole: _Branching, parts: Iterable[Activation], states: States | None
) -> tuple[list[Member], list[Spawned]]:
    if whole.kind == "sequence":
        members = [
            Member(part, _role(part), whole.id, f"[{number}]" if whole.own_graph else None)
            for number, part in enumerate(parts)
        ]
        return members, []
    return _read_composition(whole, parts, states if whole.own_graph else None)


def _read_composition(
    whole: _Branching, parts: Iterable[Activation], states: States | None
) -> tuple[list[Member], list[Spawned]]:
    members: list[Member] = []
    spawned: list[Spawned] = []
    path: str | None = None
    before: Round | None = None
    state = whole.state
    error: Any = None
    for part in parts:
        if path_of(part) != whole.path or part.kind == SEQUENCE:
            waits = before is not None and before.waits and path_of(part) == _ECHO
            role: Role = "wait" if waits else _role(part)
            members.append(Member(part, role, whole.id, path if whole.own_graph else None))
            error = None if waits else _error_of(part)
            continue
        told = read_round(part, brought=error)
        spawned += told.spawned
        visited = told.visited or _worked_out(told, states, state, before, error is not None)
        path = _called(told, visited, states, state) or path
        waiting = bool(told.spawned and told.waits) or bool(before and before.waits)
        shown = visited if whole.own_graph else ()
        blamed = told.blamed if whole.own_graph else ()
        members.append(Member(part, "conductor", whole.id, None, shown, blamed, waiting))
        before, state, error = told, told.state, None
    return members, spawned


def _worked_out(
    told: Round, states: States | None, state: int | None, before: Round | None, failed: bool
) -> tuple[str, ...]:
    """The nodes that a run came to which printed nothing."""
    if states is None:
        return ()
    if told.waits:
        paths = tuple(dict.fromkeys(each.path for each in told.spawned))
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

"""All that a run has caused, however deep, and what each of them is to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.session_rounds import Round, Spawned, read_round

if TYPE_CHECKING:
    from jupyter_faas.client import UnderWay
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.session_runs import Runs
    from jupyter_faas.workspace.session_states import States

Kind = Literal["composition", "sequence", "function"]
Role = Literal["action", "conductor", "branch", "async", "wait", "composition", "sequence"]

# More than anybody looks at; a session that spawns without end must not be followed without end.
MOST = 2000

_ECHO = "whisk.system/utils/echo"


@dataclass(frozen=True)
class Member:
    """A derived run. ``parent`` is the id of the run that it is a part of.

    ``path`` and ``visited`` are nodes of the session's own graph: None and empty for what belongs
    to a nested composition, which has another. ``blamed`` are those that an error names.
    ``waiting``: a conductor's run that only started branches or waited for them.
    """

    activation: Activation
    role: Role
    parent: str
    path: str | None = None
    visited: tuple[str, ...] = ()
    blamed: tuple[str, ...] = ()
    waiting: bool = False


@dataclass
class Family:
    """``under_way``: started beside the session and not ended; ``truncated``: there are more."""

    members: list[Member] = field(default_factory=list)
    under_way: list[tuple[Spawned, str, UnderWay]] = field(default_factory=list)
    truncated: bool = False


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


def kind_of(activation: Activation) -> Kind:
    if activation.kind != SEQUENCE:
        return "function"
    return "composition" if activation.annotation("conductor") is True else "sequence"


def path_of(activation: Activation) -> str:
    """``namespace/[package/]name`` of the action that ran."""
    path = activation.annotation("path")
    return path if isinstance(path, str) else f"{activation.namespace}/{activation.name}"


def find_family(
    runs: Runs, root: Activation | UnderWay, root_id: str, states: States | None
) -> Family:
    """What ``root`` has caused, level by level: parts, what they started beside, and theirs."""
    family = Family()
    seen = {root_id}
    level = [_root(root, root_id)]
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
            for member in members:
                if _add(family, seen, member) and kind_of(member.activation) != "function":
                    found.append(_nested(member))
            spawned += [(one, each) for one in started if one.id not in seen]
        found += _beside(runs, spawned, family, seen)
        level = [] if family.truncated else found
    return family


def _root(root: Activation | UnderWay, root_id: str) -> _Branching:
    from jupyter_faas.whisk import Activation

    if isinstance(root, Activation):
        return _Branching(root_id, kind_of(root), path_of(root), True, 0, root)
    kind: Kind = "sequence" if root.kind == "sequence" else "composition"
    return _Branching(root_id, kind, root.path, True, 0, None, root.started)


def _nested(member: Member) -> _Branching:
    run = member.activation
    return _Branching(run.activation_id, kind_of(run), path_of(run), False, 0, run)


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
    runs: Runs, spawned: Sequence[tuple[Spawned, _Branching]], family: Family, seen: set[str]
) -> list[_Branching]:
    """What conductors have started beside their own run, ended or not."""
    found = []
    wanted = list(spawned)[: MOST - len(family.members)]
    family.truncated |= len(wanted) < len(spawned)
    records = runs.get(one.id for one, _ in wanted)
    facts = runs.facts([one.id for one, _ in wanted if one.id not in records])
    for one, parent in wanted:
        run, told = records.get(one.id), facts.get(one.id)
        path = one.path if parent.own_graph else None
        if run is not None:
            member = Member(run, one.role, parent.id, path)
            if _add(family, seen, member) and kind_of(run) != "function":
                kind, own = kind_of(run), path_of(run)
                found.append(_Branching(one.id, kind, own, parent.own_graph, None, run))
        elif told is not None and told.under_way is not None and one.id not in seen:
            seen.add(one.id)
            going = told.under_way
            family.under_way.append((one, parent.id, going))
            found.append(
                _Branching(
                    one.id,
                    "composition",
                    going.path,
                    parent.own_graph,
                    None,
                    None,
                    going.started,
                )
            )
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
    state, failed = whole.state, False
    for part in parts:
        if path_of(part) != whole.path or part.kind == SEQUENCE:
            waits = before is not None and before.waits and path_of(part) == _ECHO
            role: Role = "wait" if waits else _role(part)
            members.append(Member(part, role, whole.id, path if whole.own_graph else None))
            failed = not waits and _has_error(part)
            continue
        told = read_round(part)
        spawned += told.spawned
        visited = told.visited or _worked_out(told, states, state, before, failed)
        path = _called(told, visited, states, state) or path
        waiting = bool(told.spawned and told.waits) or bool(before and before.waits)
        shown = visited if whole.own_graph else ()
        blamed = told.blamed if whole.own_graph else ()
        members.append(Member(part, "conductor", whole.id, None, shown, blamed, waiting))
        before, state, failed = told, told.state, False
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


def _has_error(part: Activation) -> bool:
    result: Any = part.response.result
    return isinstance(result, Mapping) and "error" in result

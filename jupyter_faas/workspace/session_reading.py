"""The parts of one sequence or composition, in their order: what each of them is to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.session_members import Known, Member, Role, kind_of, path_of
from jupyter_faas.workspace.session_rounds import Round, Spawned, read_round

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.session_states import States

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

"""All that a run has caused, however deep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_faas.workspace.session_members import Family, Going, Known, Member, Role
from jupyter_faas.workspace.session_reading import Whole, read

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.session_rounds import Spawned
    from jupyter_faas.workspace.session_runs import Runs
    from jupyter_faas.workspace.session_states import States

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

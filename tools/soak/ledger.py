"""What a client of a playground was told, and what therefore has to be true after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Entity = dict[str, Any]


@dataclass
class Entry:
    """One name. ``states`` has one state, and a second while a change is not acknowledged.

    A state is the marker of what was put last; None: there is no such entity.
    """

    states: list[str | None] = field(default_factory=lambda: [None])

    @property
    def now(self) -> str | None:
        return self.states[0]


@dataclass
class Ledger:
    """Of one client, which changes its names one at a time. ``names``: by path.

    ``answered``: blocking invocations by id, with the record that came back; ``accepted``: ids that
    came with a 202; ``asked``: the numbers of all invocations that were sent.
    """

    names: dict[str, Entry] = field(default_factory=dict)
    answered: dict[str, Entity] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    fired: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    acknowledged: int = 0

    def state(self, path: str) -> str | None:
        return self.names[path].now if path in self.names else None

    @contextmanager
    def change(self, path: str, to: str | None) -> Iterator[None]:
        """Both states are possible until the body has ended well: the answer has come then."""
        entry = self.names.setdefault(path, Entry())
        entry.states = [entry.now, to]
        yield
        entry.states = [to]
        self.acknowledged += 1

    def new_round(self) -> None:
        """Keep the names; what ran in the last round has been judged."""
        self.answered.clear()
        self.accepted.clear()
        self.fired.clear()
        self.asked.clear()
        self.acknowledged = 0

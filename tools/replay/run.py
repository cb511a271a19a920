"""Replay areas, and hold the result against the list of differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.replay.compare import Difference, differences
from tools.replay.recordings import recorded
from tools.replay.send import Sender


@dataclass
class Tally:
    """What became of the requests of an area. ``different`` has the differences by name."""

    area: str
    sent: list[str] = field(default_factory=list)
    different: dict[str, list[Difference]] = field(default_factory=dict)
    same_status: int = 0

    @property
    def alike(self) -> int:
        return len(self.sent) - len(self.different)

    def __str__(self) -> str:
        return (
            f"{self.area}: {len(self.sent)} sent, {self.alike} identical, {self.same_status} "
            "with the same status"
        )

    def faults(self, expected: Mapping[str, str]) -> list[str]:
        """Return what is wrong with the list of differences, given as the reasons by name.

        These are the requests that differ without being in the list, and those that are in the list
        but are alike.
        """
        found = [
            "\n    ".join([f"{name} differs:", *map(str, parts)])
            for name, parts in self.different.items()
            if name not in expected
        ]
        return found + [
            f"{name} does not differ, but is listed as: {expected[name]}"
            for name in self.sent
            if name not in self.different and name in expected
        ]


def replay(sender: Sender, area: str, only: str = "") -> Tally:
    """Send the requests of an area, or those whose names contain ``only``."""
    tally = Tally(area)
    for each in recorded(area):
        if only not in each.name:
            continue
        reply = sender.reply(each.request)
        tally.sent.append(each.name)
        tally.same_status += reply["status"] == each.reply["status"]
        found = differences(each.reply, reply)
        if found:
            tally.different[each.name] = found
    return tally

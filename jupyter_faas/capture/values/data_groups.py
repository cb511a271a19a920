"""Data objects that contain the same object, such as an XML tree and one of its elements.

A change of that object shows in all of them, and some libraries compare objects by identity. Such
objects are therefore written together, as one list, from which captured.py takes them.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_faas.capture.captured_names import CapturedName
from jupyter_faas.errors import listed


def find_groups(entries: Mapping[str, CapturedName]) -> list[list[CapturedName]]:
    """Return the groups of captured data objects that contain a common object."""
    groups: list[tuple[set[int], list[CapturedName]]] = []
    for entry in entries.values():
        if entry.data is None:
            continue
        ids = set(entry.data.objects)
        linked = [group for group in groups if not group[0].isdisjoint(ids)]
        groups = [group for group in groups if group not in linked]
        members = [one for _, group in linked for one in group]
        groups.append((ids.union(*(found for found, _ in linked)), [*members, entry]))
    return [group for _, group in groups if len(group) > 1]


def take_from_list(group: list[CapturedName], name: str) -> None:
    """Write the objects of a group as items of the list that captured.py calls ``name``."""
    for at, entry in enumerate(group):
        entry.text = f"{entry.name} = {name}[{at}]"
        entry.data, entry.size = None, 0
        entry.needs_now = frozenset({name})
        others = [one.name for one in group if one is not entry]
        entry.notes += (f"shares objects with {_shown(others)}",)


def note_group(group: list[CapturedName]) -> None:
    """Say that the objects of a group do not share objects in an action."""
    for entry in group:
        others = [one.name for one in group if one is not entry]
        entry.notes += (f"shares objects with {_shown(others)} only in the notebook",)


def _shown(names: list[str]) -> str:
    return listed(names) if len(names) < 4 else listed((*names[:2], f"{len(names) - 2} more"))

"""Parts of captured values that captured.py adds after the definitions.

These are the contents of registries, which decorators fill, and the references that values have to
each other.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_faas.capture.captured_names import CapturedName, filling, needed_first, reached
from jupyter_faas.capture.refusals import refuse_circle
from jupyter_faas.capture.values.circles import split_registry, split_value


def fill_registries(entries: Mapping[str, CapturedName]) -> None:
    """Fill containers last, if the definitions of their items use them, as decorators do.

    The definitions find the container empty, as in the notebook.
    """
    now = {name: entry.needs_now for name, entry in entries.items()}
    later = {name: entry.needs_later for name, entry in entries.items()}
    for name, entry in entries.items():
        kind = type(entry.value)
        is_own = entry.kind == "object" and not entry.part and kind in (dict, list, set)
        items = [one for one in entry.holds if one in entries]
        if is_own and any(name in needed_first(one, now, later) for one in items):
            entry.filling = filling(name, entry.value, entry.text.partition(" = ")[2])
            entry.text = f"{name} = {kind.__name__}()"
            entry.needs_now = frozenset()
        elif entry.kind == "object" and not entry.part:
            members = {one for one in items if name in needed_first(one, now, later)}
            split = split_registry(entry.text, members) if members else None
            if split is not None:
                entry.text, entry.filling = split.text, split.filling
                entry.needs_now -= members
                entry.needs_later |= members


def split_circles(entries: Mapping[str, CapturedName]) -> None:
    """Add the parts of values that contain each other after the creation of all of them.

    Raises CaptureError if they cannot be changed, so that none can be created first.
    """
    held = {name: entry.holds & entry.needs_now for name, entry in entries.items()}
    reaches = {name: reached(held, name) for name in held}
    circles = {
        name: {one for one in reaches[name] if name in reaches[one]}
        for name in held
        if name in reaches[name]
    }
    for name, circle in circles.items():
        entry = entries[name]
        is_value = entry.kind in ("object", "constant") and not entry.part
        # A table or set that contains the object would compute its hash before it is complete.
        hashes = type(entry.value).__hash__ not in (None, object.__hash__)
        is_splittable = is_value and not hashes and not entry.filling
        split = split_value(entry.text, circle) if is_splittable else None
        if split is not None:
            entry.text, entry.filling = split.text, split.filling
            entry.needs_later |= entry.needs_now & circle
            entry.needs_now -= circle
            held[name] -= circle
    for name in sorted(held):
        if name in reached(held, name):
            raise refuse_circle(name, entries[name].usage)

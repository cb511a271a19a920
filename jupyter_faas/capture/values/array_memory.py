"""Arrays that share memory, such as ``window = prices[2:5]``, and remain so in an action.

A write to one of them changes the others too. The package therefore contains the shared memory
once, and captured.py creates each array as a view of it. For other objects that share memory, such
as a table and an array of its values, the card says that they do not in an action.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.capture.captured_names import CapturedName, is_whole_array
from jupyter_faas.capture.data import is_frame
from jupyter_faas.errors import listed

# How much numpy may compute to find out whether two arrays share memory. Arrays for which this is
# not enough are treated as if they did, which does not change any answer.
_MAX_WORK = 100_000
# numpy aligns the memory of arrays, and a view of it keeps its place within this many bytes.
_ALIGNMENT = 16
# How large the shared memory may be, in bytes, or compared with the arrays in it.
_SMALL_BYTES = 1 << 20
_MAX_RATIO = 4


@dataclass(frozen=True)
class SharedMemory:
    """The bytes that several arrays share, and the places of the arrays in them.

    ``memory`` is an array of bytes. Bytes that belong to none of the arrays are 0, so that the
    package has nothing of a table of which the notebook uses only some columns. ``views`` has each
    array with its offset in bytes.
    """

    memory: Any
    views: Mapping[str, tuple[CapturedName, int]]

    @property
    def largest(self) -> CapturedName:
        """The array after which the memory is named."""

        def size(entry: CapturedName) -> int:
            array: Any = entry.value
            return int(array.nbytes)

        return max((entry for entry, _ in self.views.values()), key=size)

    def write_views(self, memory: str, numpy: str) -> None:
        """Write each array as a view of the array that captured.py calls ``memory``."""
        for name, (entry, offset) in self.views.items():
            array: Any = entry.value
            dtype = _dtype(array.dtype, numpy)
            place = f"{memory}, {offset}, {array.strides}"
            entry.text = f"{name} = {numpy}.ndarray({array.shape}, {dtype}, {place})"
            entry.size = 0
            entry.needs_now = frozenset({memory})
            others = listed(one for one in self.views if one != name)
            entry.notes += (f"shares memory with {others}",)


def find_shared(entries: Mapping[str, CapturedName], changed: set[str]) -> list[SharedMemory]:
    """Return the memory of each group of captured arrays that share some.

    ``changed`` has the names of the objects that the code changes. The arrays that change with them
    are added.
    """
    arrays = {
        name: entry
        for name, entry in entries.items()
        if entry.kind == "array" and is_whole_array(entry.value)
    }
    found = []
    names = list(arrays)
    while names:
        group = [names.pop(0)]
        for member in group:
            value = arrays[member].value
            linked = [one for one in names if _share_memory(value, arrays[one].value)]
            group += linked
            names = [one for one in names if one not in linked]
        if len(group) > 1:
            members = {name: arrays[name] for name in arrays if name in group}
            if _is_compact(entry.value for entry in members.values()):
                found.append(_memory(members))
            else:
                for name, entry in members.items():
                    _note(entry, [one for one in members if one != name])
        if changed & set(group):
            changed |= set(group)
    return found


def note_memory(entries: Mapping[str, CapturedName]) -> None:
    """Say of objects which share memory in the notebook that they do not in an action."""
    memory = {
        name: (entry.value,) if entry.data is None else entry.data.memory
        for name, entry in entries.items()
        if entry.data is not None or (entry.kind == "array" and is_whole_array(entry.value))
    }
    for name, arrays in memory.items():
        entry = entries[name]
        if entry.data is not None:
            others = [other for other in memory if _may_differ(entry, entries[other])]
            found = [one for one in others if _any_shared(arrays, memory[one])]
        else:
            base = _buffer_of(entry.value)
            found = [one for one, other in entries.items() if other.value is base is not None]
        if found:
            _note(entry, found)


def _note(entry: CapturedName, others: Iterable[str]) -> None:
    entry.notes += (f"shares memory with {listed(others)} only in the notebook",)


def _share_memory(one: Any, other: Any) -> bool:
    """Return whether a write to one of two numpy arrays may change the other."""
    numpy: Any = sys.modules["numpy"]

    if not numpy.may_share_memory(one, other):
        return False
    try:
        return bool(numpy.shares_memory(one, other, max_work=_MAX_WORK))
    # The module of numpy's TooHardError depends on the version.
    except RuntimeError:
        return True


def _any_shared(arrays: Iterable[Any], others: Iterable[Any]) -> bool:
    """Return whether an array shares memory with one of ``others``.

    Only arrays whose ranges of addresses overlap are compared, since objects may have thousands.
    """
    sides = (list(arrays), list(others))
    ranges = sorted(
        (*_bounds(array), side, at)
        for side, group in enumerate(sides)
        for at, array in enumerate(group)
        if array.size
    )
    # The arrays of each side whose range may not have ended yet, with the ends of the ranges.
    reached: tuple[list[tuple[int, Any]], ...] = ([], [])
    for start, end, side, at in ranges:
        array, facing = sides[side][at], reached[1 - side]
        facing[:] = [one for one in facing if one[0] > start]
        if any(_share_memory(array, other) for _, other in facing):
            return True
        reached[side].append((end, array))
    return False


def _may_differ(one: CapturedName, other: CapturedName) -> bool:
    """Return whether two objects that share memory could give other answers without."""
    if one.value is other.value:
        return False
    # With copy on write, pandas copies shared values before it changes them.
    return not (is_frame(one.value) and is_frame(other.value) and _copies_on_write())


def _copies_on_write() -> bool:
    pandas: Any = sys.modules["pandas"]
    is_default = int(pandas.__version__.partition(".")[0]) >= 3
    return is_default or pandas.options.mode.copy_on_write is True


def _buffer_of(array: Any) -> object:
    """Return the object of Python, such as a bytearray, over whose bytes an array was created."""
    import numpy

    base = array
    while isinstance(base, numpy.ndarray):
        base = base.base
    return base.obj if isinstance(base, memoryview) else base


def _memory(entries: Mapping[str, CapturedName]) -> SharedMemory:
    import numpy

    arrays: dict[str, Any] = {name: entry.value for name, entry in entries.items()}
    low, high = _range(arrays.values())
    low -= low % _ALIGNMENT
    memory = numpy.zeros(high - low, numpy.uint8)
    views = {}
    for name, array in arrays.items():
        # This is the address of the first item. It is not the lowest if a stride is negative.
        offset = _address(array) - low
        view: Any = numpy.ndarray(array.shape, array.dtype, memory, offset, array.strides)
        view[...] = array
        views[name] = (entries[name], offset)
    return SharedMemory(memory, views)


def _is_compact(arrays: Iterable[Any]) -> bool:
    """Return whether the shared memory is not much larger than the arrays, like ``table[::1000]``.

    The memory between the items would make the package larger, perhaps by gigabytes.
    """
    values = list(arrays)
    low, high = _range(values)
    size = sum(int(array.nbytes) for array in values)
    return high - low <= max(_SMALL_BYTES, _MAX_RATIO * size)


def _range(arrays: Iterable[Any]) -> tuple[int, int]:
    """Return the address of the first byte of several arrays, and the address after their last."""
    starts, ends = zip(*map(_bounds, arrays), strict=True)
    return min(starts), max(ends)


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def _bounds(array: Any) -> tuple[int, int]:
    """Return the address of the first byte of an array, and the address after its last."""
    steps = [(n - 1) * stride for n, stride in zip(array.shape, array.strides, strict=True)]
    low = sum(step for step in steps if step < 0)
    high = sum(step for step in steps if step > 0)
    return _address(array) + low, _address(array) + high + array.itemsize


def _dtype(dtype: Any, numpy: str) -> str:
    """Return the source of a dtype, which may have fields."""
    from numpy.lib.format import dtype_to_descr

    if dtype.names is None and dtype.subdtype is None:
        return repr(dtype.str)
    return f"{numpy}.lib.format.descr_to_dtype({dtype_to_descr(dtype)!r})"

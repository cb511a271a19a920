"""Iterators of ``itertools`` that have a state, as calls that create them in the same state.

``copy`` and ``__reduce__`` show the state without changing it. Python 3.14 no longer has them for
these types, except for what ``repr`` contains, so there the creation in the notebook is refused.
"""

from __future__ import annotations

import ast
import copy
import itertools
import warnings
from collections.abc import Callable
from typing import Any

from jupyter_faas.capture.values.literals import Write

_LIMIT = 10_000
# The iterators of containers, whose copies refer to the same container.
_COPYABLE = frozenset(
    ("list_iterator", "tuple_iterator", "range_iterator", "str_iterator", "str_ascii_iterator")
) | {"bytes_iterator", "list_reverseiterator"}
Library = Callable[[str], str]


def write_count(value: Any, where: str, write: Write, library: Library) -> str | None:
    # Later versions of Python cannot copy a counter, but its ``repr`` contains the next number.
    _, _, arguments = repr(value).partition("(")
    try:
        numbers = ast.literal_eval(f"({arguments[:-1]},)")
    except ValueError:
        return None
    written = (write(one, where) for one in numbers)
    return f"{library('itertools')}.count({', '.join(written)})"


def write_repeat(value: Any, where: str, write: Write, library: Library) -> str | None:
    state = _state(value)
    if state is None:
        return None
    written = ", ".join(write(one, where) for one in state[1])
    return f"{library('itertools')}.repeat({written})"


def write_cycle(value: Any, where: str, write: Write, library: Library) -> str | None:
    """Return the call for a cycle, with the items in the order in which they come next."""
    state = _state(value)
    if state is None or len(state) < 3:
        return None
    (inner,), (saved, has_ended) = state[1], state[2]
    rest = _rest(inner)
    if rest is None:
        return None
    # In its first round, a cycle has saved what it has returned. Later it has saved everything.
    before = saved[: len(saved) - len(rest)] if has_ended else saved
    return f"{library('itertools')}.cycle({write([*rest, *before], where)})"


def write_chain(value: Any, where: str, write: Write, library: Library) -> str | None:
    """Return the call for a chain, with the items that it has not returned yet."""
    rest = _rest(value)
    return None if rest is None else f"{library('itertools')}.chain({write(rest, where)})"


def _state(value: Any) -> Any:
    """Return what ``__reduce__`` returns, or None where the type does not support it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            found = value.__reduce__()
        except TypeError:
            return None
    # Without a state of its own, an object would be created by ``copyreg``.
    return found if found[0] in (type(value), iter) else None


def _rest(value: Any) -> list[Any] | None:
    """Return the items that an iterator has left, or None if it cannot be read without changes.

    The items are the objects themselves, not copies.
    """
    if isinstance(value, itertools.chain):
        return _rest_of_chain(value)
    if isinstance(value, list | tuple | dict | set | frozenset | str | bytes | range):
        return list(value) if len(value) <= _LIMIT else None
    if type(value).__name__ not in _COPYABLE:
        return None
    items = list(itertools.islice(copy.copy(value), _LIMIT + 1))
    return items if len(items) <= _LIMIT else None


def _rest_of_chain(value: Any) -> list[Any] | None:
    # The state is an iterator over the iterables, and the iterator that is in use. A chain that has
    # ended has no state.
    state = _state(value)
    if state is None:
        return None
    outer, *used = state[2] if len(state) > 2 else [()]
    others = _rest(outer)
    parts = None if others is None else [_rest(one) for one in (*used, *others)]
    if parts is None or any(part is None for part in parts):
        return None
    return [item for part in parts for item in part or ()]

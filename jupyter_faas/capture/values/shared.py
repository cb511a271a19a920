"""Finding the parts of a value that occur in it more than once."""

from __future__ import annotations

import collections
import enum
import functools
import types
from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any

from jupyter_faas.capture.source.objects import is_handle
from jupyter_faas.capture.values.instances import CONTENTS, attributes_of

# The types of Python whose objects can be changed, in addition to those of the user.
_CHANGEABLE = frozenset(
    (list, dict, set, bytearray, types.SimpleNamespace, collections.defaultdict)
) | {collections.OrderedDict, collections.Counter, collections.deque}
# The types of Python whose objects cannot be changed, and hold others.
_HOLDERS = (functools.partial, types.MethodType, types.BuiltinMethodType)


def shared_parts(value: object, is_own: Callable[[type], bool]) -> set[int]:
    """Return the ids of the changeable objects that occur more than once, such as lists.

    They have to remain one object, because a change at one place then changes the other too, as
    in ``[[0] * 3] * 2``. ``is_own`` returns whether a class is the user's.
    """
    found: set[int] = set()
    seen: set[int] = set()
    for one in _changeable(value, is_own, seen):
        (found if id(one) in seen else seen).add(id(one))
    return found


def changeable_parts(
    value: object, is_own: Callable[[type], bool], known: Set[int] = frozenset()
) -> set[int]:
    """Return the ids of the changeable objects in ``value``, and of ``value`` if it is one.

    The parts of the objects in ``known`` are left out.
    """
    seen = set(known)
    found: set[int] = set()
    for one in _changeable(value, is_own, seen):
        seen.add(id(one))
        found.add(id(one))
    return found


def _changeable(value: object, is_own: Callable[[type], bool], seen: set[int]) -> Iterator[object]:
    """Yield the changeable objects in a value. The parts of those in ``seen`` are left out."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        is_object = (_may_be_own(one) and is_own(kind)) or kind in _CHANGEABLE
        is_object = is_object or isinstance(one, BaseException)
        if is_object:
            is_known = id(one) in seen
            yield one
            if is_known:
                continue
        if is_object or kind in CONTENTS or kind in _HOLDERS:
            waiting += _parts(one)


def holding_attributes(values: Sequence[object], part: object) -> set[str]:
    """Return the names of attributes in ``values`` that are ``part`` or a container with it.

    Only objects of the modules that define the classes of ``values`` are looked into.
    """
    modules = {"__main__", *(type(value).__module__ for value in values)}
    found: set[str] = set()
    seen: set[int] = set()
    waiting = list(values)
    while waiting:
        one = waiting.pop()
        if one is part or id(one) in seen:
            continue
        seen.add(id(one))
        is_object = _may_be_own(one) and type(one).__module__ in modules
        if is_object:
            for name, attribute in attributes_of(one).items():
                if _contains(attribute, part):
                    found.add(name)
        if is_object or type(one) in CONTENTS:
            waiting += _parts(one)
    return found


def _contains(value: object, part: object) -> bool:
    if value is part:
        return True
    is_container = type(value) in (dict, list, tuple)
    return is_container and any(_contains(inner, part) for inner in _parts(value))


def _may_be_own(value: object) -> bool:
    # Most values are numbers and strings, so the cheapest test comes first.
    if type(value).__module__ == "builtins":
        return False
    # Functions, the handles of packaged ones and classes are referred to by their names.
    if is_handle(value):
        return False
    return not isinstance(value, enum.Enum | type) and not hasattr(type(value), "__get__")


def _parts(value: Any) -> Iterator[object]:
    if type(value) is functools.partial:
        yield from (value.func, *value.args, *value.keywords.values())
        return
    if isinstance(value, types.MethodType | types.BuiltinMethodType):
        yield value.__self__
        return
    if isinstance(value, BaseException):
        yield from value.args
        yield from vars(value).values()
        return
    kind = next((base for base in type(value).__mro__ if base in CONTENTS), None)
    if kind is dict:
        yield from dict.keys(value)
        yield from dict.values(value)
    elif kind in (list, tuple, set, frozenset):
        yield from kind.__iter__(value)
    elif isinstance(value, collections.deque):
        yield from collections.deque.__iter__(value)
    if type(value).__module__ != "builtins":
        attributes = attributes_of(value)
        if attributes is not value:
            yield from attributes.values()

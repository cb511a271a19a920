"""Classes that a call created, such as ``type("Box", (), {...})``, as the call that does so again.

No statement in the notebook defines such a class under its name, or the statement has created
several. The call is therefore written from the class itself. A class with methods of a class body
is not written, because ``super()`` needs the statement.
"""

from __future__ import annotations

import collections
import dataclasses
import enum
import inspect
import types
from collections.abc import Callable, Set
from typing import Any, TypeGuard

from jupyter_faas.capture.values.literals import Write

Library = Callable[[str], str]

# Python sets these attributes of a class.
_SET_BY_PYTHON = frozenset(
    ("__module__", "__dict__", "__weakref__", "__qualname__", "__firstlineno__", "__doc__")
) | {"__static_attributes__", "__abstractmethods__", "_abc_impl", "__annotations_cache__"}
# Classes with these attributes have more than their call shows.
_NEEDS_STATEMENT = ("__slots__", "__orig_bases__", "__type_params__", "__annotate_func__")
_OF_NAMEDTUPLE = vars(collections.namedtuple("_", ())).keys() | {
    "__orig_bases__",
    "__annotations__",
}
_OF_DATACLASS = frozenset(("__dataclass_fields__", "__dataclass_params__", "__match_args__"))
_OF_DATACLASS |= {"__annotations__", "__replace__"}
_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)
_PARAMETERS = {
    "init": True,
    "repr": True,
    "eq": True,
    "order": False,
    "unsafe_hash": False,
    "frozen": False,
}
_OF_FIELDS = {"init": True, "repr": True, "hash": None, "compare": True, "kw_only": False}


def is_made_by_call(cls: object) -> TypeGuard[type]:
    """Return whether a call may have created a class, because it has nothing of a class body."""
    if not isinstance(cls, type) or cls.__name__ != cls.__qualname__:
        return False
    members = [part for one in vars(cls).values() for part in _functions(one)]
    return not any(_is_from_body(one, cls) for one in members)


def write_class(cls: object, where: str, write: Write, library: Library) -> str | None:
    """Return the call that creates ``cls``, or None if it must be created in another way."""
    if not is_made_by_call(cls):
        return None
    if issubclass(cls, tuple) and "_fields" in vars(cls):
        return _namedtuple(cls, where, write, library)
    if isinstance(cls, enum.EnumMeta):
        return _enum(cls, where, write, library)
    if "__dataclass_fields__" in vars(cls):
        return _dataclass(cls, where, write, library)
    if type(cls) is not type:
        return None
    members = _members(cls, where, write)
    if members is None:
        return None
    return f"type({cls.__name__!r}, {_bases(cls, where, write)}, {members})"


def _bases(cls: type, where: str, write: Write) -> str:
    texts = [write(base, where) for base in cls.__bases__ if base is not object]
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def _namedtuple(cls: Any, where: str, write: Write, library: Library) -> str | None:
    own = vars(cls).keys() - _OF_NAMEDTUPLE - set(cls._fields) - _SET_BY_PYTHON
    if cls.__bases__ != (tuple,) or own:
        return None
    defaults = cls.__new__.__defaults__
    more = f", defaults={write(defaults, where)}" if defaults else ""
    # Names such as ``_1`` are those that ``rename`` has replaced.
    more += ", rename=True" if any(field[:1] == "_" for field in cls._fields) else ""
    fields = list(cls._fields)
    return f"{library('collections')}.namedtuple({cls.__name__!r}, {fields!r}{more})"


def _enum(cls: Any, where: str, write: Write, library: Library) -> str | None:
    *mixins, base = cls.__bases__
    members = {name: member._value_ for name, member in cls.__members__.items()}
    names = {name for name in vars(cls) if not (name[:1] == "_" and name[-1:] == "_")}
    if len(mixins) > 1 or names - members.keys() or not members:
        return None
    maker = (
        f"{library('enum')}.{base.__name__}" if base.__module__ == "enum" else write(base, where)
    )
    more = f", type={write(mixins[0], where)}" if mixins else ""
    return f"{maker}({cls.__name__!r}, {write(members, where)}{more})"


def _dataclass(cls: Any, where: str, write: Write, library: Library) -> str | None:
    annotated = inspect.get_annotations(cls)
    own = [one for one in dataclasses.fields(cls) if one.name in annotated]
    generated = {
        name
        for name, member in vars(cls).items()
        if _is_generated(member) or (name == "__hash__" and member is None)
    }
    members = _members(cls, where, write, generated | _OF_DATACLASS | annotated.keys())
    # There are fewer fields if some are only annotated as class variables.
    if members is None or len(own) != len(annotated):
        return None
    module = library("dataclasses")
    fields = [
        f"({one.name!r}, {write(one.type, where)}{_options(one, where, write, module)})"
        for one in own
    ]
    given = {name: getattr(cls.__dataclass_params__, name) for name in _PARAMETERS}
    arguments = [
        *(repr(cls.__name__), f"[{', '.join(fields)}]"),
        *([f"bases={_bases(cls, where, write)}"] if cls.__bases__ != (object,) else []),
        *([f"namespace={members}"] if members != "{}" else []),
        *(f"{name}={given[name]}" for name, usual in _PARAMETERS.items() if given[name] != usual),
    ]
    return f"{module}.make_dataclass({', '.join(arguments)})"


def _options(field: dataclasses.Field[Any], where: str, write: Write, module: str) -> str:
    """Return ``, field(…)`` with the options of a field that are not the usual ones, or nothing."""
    given = {name: getattr(field, name) for name in ("default", "default_factory")}
    texts = [
        f"{name}={write(value, f'{where}.{field.name}')}"
        for name, value in given.items()
        if value is not dataclasses.MISSING
    ]
    texts += [
        f"{name}={getattr(field, name)}"
        for name, usual in _OF_FIELDS.items()
        if getattr(field, name) != usual
    ]
    if field.metadata:
        texts.append(f"metadata={write(dict(field.metadata), where)}")
    return f", {module}.field({', '.join(texts)})" if texts else ""


def _members(cls: type, where: str, write: Write, generated: Set[str] = frozenset()) -> str | None:
    """Return the attributes of a class as a dictionary, or None if a class body created them."""
    texts = [f"'__doc__': {cls.__doc__!r}"] if cls.__doc__ and not generated else []
    for name, member in vars(cls).items():
        if name in _SET_BY_PYTHON or name in generated:
            continue
        parts = _functions(member)
        if isinstance(member, _DESCRIPTORS) or name in _NEEDS_STATEMENT:
            return None
        inner = ["None" if one is None else write(one, f"{where}.{name}") for one in parts]
        is_wrapped = type(member) in (classmethod, staticmethod, property)
        text = f"{type(member).__name__}({', '.join(inner)})" if is_wrapped else inner[0]
        texts.append(f"{name!r}: {text}")
    return f"{{{', '.join(texts)}}}"


def _functions(member: Any) -> tuple[Any, ...]:
    """Return the functions in a property, class method or static method, or the member itself."""
    if type(member) is property:
        return (member.fget, member.fset, member.fdel)
    return (member.__func__ if type(member) in (classmethod, staticmethod) else member,)


def _is_from_body(member: object, cls: type) -> bool:
    if not isinstance(member, types.FunctionType) or _is_generated(member):
        return False
    return member.__qualname__.startswith(f"{cls.__qualname__}.")


def _is_generated(member: object) -> bool:
    # dataclasses and namedtuple compile the methods that they generate under other file names.
    file = getattr(getattr(member, "__code__", None), "co_filename", "")
    return file.startswith("<string") or file in (dataclasses.__file__, collections.__file__)

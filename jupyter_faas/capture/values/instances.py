"""Conversion of objects of user-defined classes to expressions that create equal objects."""

from __future__ import annotations

import abc
import ast
import collections
import contextlib
import dataclasses
import enum
import json
import string
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_faas.capture.values.attributes import stored_attribute
from jupyter_faas.capture.values.literals import Write

# This helper is added to captured.py for objects that cannot be recreated by calling their class.
# Running ``__init__`` again could open files, train a model or draw random numbers.
RESTORED = "_with_attributes"
RESTORED_TEXT = f'''\
def {RESTORED}(cls, attributes, base=object, *content):
    """An object of the class as the notebook held it, without running its __init__."""
    is_filled = base in (dict, list, set) or hasattr(base, "_constructor")
    if hasattr(base, "__array_finalize__"):
        made = content[0].view(cls)
    else:
        made = base.__new__(cls) if is_filled else base.__new__(cls, *content)
    if is_filled:
        base.__init__(made, *content)
    if attributes is None:
        attributes = {{"__dict__": made}}
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made'''

# How the content of an object is read whose class derives from a built-in type. The methods are
# those of the built-in type, because the class may override them.
CONTENTS: Mapping[type, Callable[[Any], object]] = {
    dict: dict.copy,
    list: list.copy,
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    str: lambda value: str.__getitem__(value, slice(None)),
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    int: int.__int__,
    float: float.__float__,
}

_PLAIN_BASES = (
    *(object, abc.ABC, typing.Generic, typing.Protocol),
    # These keep all state in ``data``.
    *(collections.UserDict, collections.UserList, collections.UserString),
    *(contextlib.AbstractContextManager, contextlib.ContextDecorator),
    # These keep all state in attributes.
    *(string.Formatter, json.JSONEncoder, ast.NodeVisitor, ast.NodeTransformer),
)
# Functions in these modules generate methods in user-defined classes.
_GENERATORS = ("dataclasses", "collections", "typing")
# A class with one of these methods controls how it is copied, so copying its attributes is not
# sufficient.
_OWN_WAYS = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__")


def write_instance(
    value: object,
    where: str,
    write: Write,
    is_own: Callable[[type], bool],
    converted: Callable[[object, Callable[[Any], object]], object],
) -> str | None:
    """Return an expression for ``value``, or None for an object that cannot be recreated.

    ``is_own`` returns whether a class is defined in the notebook or in a local module.
    ``converted`` converts an object with a function, and returns the same result each time. An Enum
    member of any class is written as ``Color.RED``.
    """
    kind = type(value)
    if isinstance(value, enum.Enum):
        return _member(value, where, write)
    if isinstance(value, BaseException):
        return _exception(value, where, write)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return _named_tuple(value, where, write)
    if not is_own(kind):
        return None
    if "__pydantic_fields__" in vars(kind):
        return _pydantic(value, where, write)
    if (table := _table_base(kind)) is not None:
        return _table(value, converted(value, table), where, write, is_own)
    if (array := _array_base(kind)) is not None:
        return _array(value, array, where, write, converted)
    # A library's base class, such as dict or nn.Module, may store state outside the attributes.
    held = next((base for base in kind.__mro__ if base in CONTENTS), None)
    if any(base is not held and not _is_plain(base) and not is_own(base) for base in kind.__mro__):
        return None
    if any(_has(kind, name) for name in _OWN_WAYS):
        return None
    content = "" if held is None else f", {held.__name__}, {write(CONTENTS[held](value), where)}"
    attributes = attributes_of(value)
    if attributes is value:
        # ``self.__dict__ = self`` makes the keys of a dictionary its attributes.
        return f"{RESTORED}({write(kind, where)}, None{content})"
    texts = {key: write(one, f"{where}.{key}") for key, one in attributes.items()}
    if not content and _is_made_by_its_fields(kind, attributes):
        arguments = ", ".join(f"{key}={text}" for key, text in texts.items())
        return f"{write(kind, where)}({arguments})"
    inner = ", ".join(f"{key!r}: {text}" for key, text in texts.items())
    return f"{RESTORED}({write(kind, where)}, {{{inner}}}{content})"


def _named_tuple(value: Any, where: str, write: Write) -> str:
    kind = type(value)
    fields = [write(one, f"{where}.{key}") for key, one in zip(kind._fields, value, strict=True)]
    made = f"({', '.join(fields)}{',' if len(fields) == 1 else ''})"
    return f"{write(kind, where)}{f'._make({made})' if _has(kind, '__new__') else made}"


def _table_base(kind: type) -> Any:
    """Return pandas' Series or DataFrame if a class derives from it, and None otherwise."""
    names = ("pandas.Series", "pandas.DataFrame")
    bases = (base for base in kind.__mro__ if base.__module__.partition(".")[0] == "pandas")
    return next((one for one in bases if f"pandas.{one.__name__}" in names), None)


def _table(
    value: Any, plain: Any, where: str, write: Write, is_own: Callable[[type], bool]
) -> str | None:
    """Return the expression for an object of a class that the user derived from a pandas table."""
    kind, base = type(value), type(plain)
    own = [one for one in kind.__mro__ if is_own(one)]
    if any(name in vars(one) for one in own for name in _OWN_WAYS):
        return None
    names = [name for name in kind._metadata if name not in base._metadata]
    texts = [f"{name!r}: {write(getattr(value, name, None), f'{where}.{name}')}" for name in names]
    content = write(plain, where)
    inner = ", ".join(texts)
    return f"{RESTORED}({write(kind, where)}, {{{inner}}}, {write(base, where)}, {content})"


def _array_base(kind: type) -> Any:
    """Return numpy's array class if a class derives directly from it, and None otherwise."""
    bases = [one for one in kind.__mro__ if one.__module__.partition(".")[0] == "numpy"]
    return bases[0] if [one.__name__ for one in bases] == ["ndarray"] else None


def _array(
    value: Any,
    base: Any,
    where: str,
    write: Write,
    converted: Callable[[object, Callable[[Any], object]], object],
) -> str:
    """Return the expression for an array of a class that the user derived from numpy's."""
    # The array under a view is preferred, because the notebook may have a name for it.
    under = value.base
    key = "__array_interface__"
    is_same = type(under) is base and getattr(under, key) == getattr(value, key)
    plain = under if is_same else converted(value, lambda one: one.view(base))
    texts = [f"{key!r}: {write(one, f'{where}.{key}')}" for key, one in vars(value).items()]
    return (
        f"{RESTORED}({write(type(value), where)}, {{{', '.join(texts)}}}, "
        f"{write(base, where)}, {write(plain, where)})"
    )


def _exception(value: BaseException, where: str, write: Write) -> str | None:
    """Return the expression for an exception, without its traceback.

    Returns None for an exception whose class keeps more than arguments and attributes, such as the
    position of a syntax error, and would not be the same if it was created from its arguments.
    """
    kind = type(value)
    attributes = dict(vars(value))
    for key in ("__cause__", "__context__"):
        if getattr(value, key) is not None:
            attributes[key] = getattr(value, key)
    if "__cause__" in attributes or value.__suppress_context__:
        attributes["__suppress_context__"] = value.__suppress_context__
    base = next(one for one in kind.__mro__ if one.__module__ == "builtins")
    kept = _kept_by(base)
    if kept:
        # ``args`` lacks the name of an OSError's file, which its constructor needs.
        given = value.__reduce__()[1]
        made = kind(*given) if kind is base and not attributes else None
        if made is None or any(_read(made, key) != _read(value, key) for key in kept):
            return None
    else:
        given = value.args
    arguments = [write(one, f"{where}.args[{at}]") for at, one in enumerate(given)]
    if kind is base and not attributes:
        return f"{write(kind, where)}({', '.join(arguments)})"
    texts = [f"{key!r}: {write(one, f'{where}.{key}')}" for key, one in attributes.items()]
    parts = (write(kind, where), f"{{{', '.join(texts)}}}", base.__name__, *arguments)
    return f"{RESTORED}({', '.join(parts)})"


def _read(value: object, key: str) -> object:
    # An OSError raises AttributeError for the count of written characters, which it may lack.
    return getattr(value, key, None)


def _kept_by(base: type) -> list[str]:
    """Return the names of what a built-in exception keeps in addition to its arguments."""
    return [
        key
        for one in base.__mro__
        if one not in (BaseException, object)
        for key, member in vars(one).items()
        if isinstance(member, types.MemberDescriptorType | types.GetSetDescriptorType)
    ]


def _pydantic(value: Any, where: str, write: Write) -> str | None:
    """Return the expression for a pydantic model, which is created without validation.

    Returns None for a model with private attributes.
    """
    if getattr(value, "__pydantic_private__", None):
        return None
    # A class of the user's that controls how it is copied may do more than set its fields.
    own = [base for base in type(value).__mro__ if not base.__module__.startswith("pydantic")]
    if any(name in vars(base) for base in own[:-1] for name in _OWN_WAYS):
        return None
    # The values that are not fields, which the model allows, are stored elsewhere.
    values = {**vars(value), **(getattr(value, "__pydantic_extra__", None) or {})}
    texts = [f"{key}={write(one, f'{where}.{key}')}" for key, one in values.items()]
    given = write(set(value.model_fields_set), where)
    return f"{write(type(value), where)}.model_construct({', '.join([given, *texts])})"


def _member(value: enum.Enum, where: str, write: Write) -> str:
    kind = type(value)
    name = value.name
    if name in kind.__members__ and kind.__members__[name] is value:
        return f"{write(kind, where)}.{name}"
    # A combination of flags (``A | B``) is not a named member, so it is written by its value.
    return f"{write(kind, where)}({write(value.value, where)})"


def attributes_of(value: object) -> dict[str, Any]:
    """Return the attributes in an object's slots and its ``__dict__``."""
    found: dict[str, Any] = {}
    own: dict[str, Any] = stored_attribute(value, "__dict__", {})
    if own is value:
        return own
    for base in type(value).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return {**found, **own}


def _is_plain(base: type) -> bool:
    return base in _PLAIN_BASES or base.__module__ in ("collections.abc", "numbers")


def _is_made_by_its_fields(kind: type, attributes: dict[str, Any]) -> bool:
    """Return whether calling a dataclass only sets these attributes from its fields.

    The object can then be written as ``Config(low=1, high=2)``, which is easy to read.
    """
    if not dataclasses.is_dataclass(kind) or any(map(_runs(kind), ("__post_init__", "__new__"))):
        return False
    fields = dataclasses.fields(kind)
    generated = vars(kind).get("__init__")
    # dataclasses compiles generated methods with this file name.
    is_generated = getattr(generated, "__code__", None) is not None and (
        generated.__code__.co_filename == "<string>"  # type: ignore[union-attr]  # checked above
    )
    named = {one.name for one in fields if one.init}
    return is_generated and named == set(attributes) and all(one.init for one in fields)


def _runs(kind: type) -> Callable[[str], bool]:
    return lambda name: _has(kind, name)


def _has(kind: type, name: str) -> bool:
    """Return whether the user wrote the method, in the class or in one of its bases."""
    return any(
        name in vars(base) and _is_written(vars(base)[name])
        for base in kind.__mro__
        if not _is_plain(base) and base.__module__ != "builtins"
    )


def _is_written(member: object) -> bool:
    function = getattr(member, "__func__", member)
    code = getattr(function, "__code__", None)
    if code is not None and code.co_filename.startswith("<string"):
        return False
    module = str(getattr(function, "__module__", None))
    # namedtuple compiles ``__new__`` in a namespace whose name has this prefix.
    return module not in _GENERATORS and not module.startswith("namedtuple_")

"""The encoder of data objects: plain values, containers, references, and the table of writers."""

from __future__ import annotations

import enum
import functools
import io
import json
import logging
import math
import pathlib
import re
import sys
import types
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from jupyter_faas.capture.data import (
    library_objects,
    native_formats,
    numpy_values,
    pandas_values,
    scipy_values,
    sklearn_values,
    soup_values,
    sympy_values,
)
from jupyter_faas.capture.data.nodes import DataTooLarge, Node, NodeWriter, NotData

# The largest size of one object's files in bytes. OpenWhisk limits an action to 48 MB, zipped.
MAX_BYTES = 50_000_000
_DEPTH = 150

# Data with more objects of the notebook would make captured.py too long to read.
_MOST_OWN = 200

Write = Callable[[NodeWriter, Any, str], "Node | None"]
# Writers by the top-level module of a value's type. A writer returns None for types that it does
# not know, which are then written as instances.
_WRITERS: Mapping[str, Write] = MappingProxyType(
    {
        "numpy": numpy_values.write,
        "pandas": pandas_values.write,
        "networkx": native_formats.write_graph,
        "polars": native_formats.write_polars,
        "tokenizers": native_formats.write_tokenizer,
        "catboost": native_formats.write_catboost,
        "sqlite3": native_formats.write_sqlite,
        "regex": native_formats.write_regex,
        "shapely": native_formats.write_geometry,
        "xgboost": native_formats.write_booster,
        "lightgbm": native_formats.write_booster,
        "torch": native_formats.write_torch,
        "scipy": scipy_values.write,
        "sklearn": sklearn_values.write,
        "sympy": sympy_values.write,
        "bs4": soup_values.write,
    }
)


class Encoder:
    """An encoder for one object. ``is_available`` says whether an action can import a module.

    ``is_own`` says whether the notebook defines a function or class. ``code`` collects these and
    the objects of such classes, in the order in which the nodes refer to them, and ``memory`` the
    numpy arrays of the object.
    """

    def __init__(
        self,
        is_available: Callable[[str], bool],
        is_own: Callable[[object], bool] = lambda _: False,
    ) -> None:
        self.modules: set[str] = set()
        self.code: list[object] = []
        self.memory: list[Any] = []
        self._is_own = is_own
        self._is_available = is_available
        self._arrays: list[Any] = []
        self._files: dict[str, bytes] = {}
        # Objects are kept as well as their nodes, because the id of a dead object may be reused.
        self._known: dict[int, tuple[Any, Node]] = {}
        self._open: set[int] = set()
        self._ids = 0
        self._size = 0

    @property
    def objects(self) -> dict[int, Any]:
        """The objects that were written once because code may change them, by id."""
        return {
            key: value
            for key, (value, node) in self._known.items()
            if node.get("is") not in _UNCHANGEABLE
        }

    def files(self, value: Any) -> dict[str, bytes]:
        """Return the files of ``value`` by their endings.

        Raises NotData if a part cannot be written, and DataTooLarge over MAX_BYTES.
        """
        tree = self.write(value, "")
        text = json.dumps(tree, allow_nan=False, separators=(",", ":"))
        files = {"json": text.encode("ascii"), **self._files}
        if self._arrays:
            import numpy

            stream = io.BytesIO()
            numpy.savez(stream, **{str(at): one for at, one in enumerate(self._arrays)})
            files["npz"] = stream.getvalue()
        size = sum(map(len, files.values()))
        if size > MAX_BYTES:
            raise DataTooLarge(size)
        return files

    def write(self, value: Any, where: str) -> Node:
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"is": "float", "text": repr(value)}
        key = id(value)
        if key in self._known:
            return {"ref": self._number(self._known[key][1])}
        if key in self._open or len(self._open) > _DEPTH:
            raise NotData(where, value)
        self._open.add(key)
        node = self._node(value, where)
        self._open.discard(key)
        if node is None:
            raise NotData(where, value)
        if node.get("is") not in _WITHOUT_IDENTITY:
            self.remember(value, node)
        return node

    def _number(self, node: Node) -> int:
        if "id" not in node:
            node["id"] = self._ids
            self._ids += 1
        return int(node["id"])

    def remember(self, value: Any, node: Node) -> None:
        self._known[id(value)] = (value, node)

    def write_all(self, values: Any, where: str) -> list[Node]:
        return [self.write(one, f"{where}[{at}]") for at, one in enumerate(values)]

    def pairs(self, values: Any, where: str) -> list[list[Node]]:
        return [
            [self.write(key, f"{where}[{key!r}]"), self.write(one, f"{where}[{key!r}]")]
            for key, one in values.items()
        ]

    def array(self, value: Any) -> Node:
        self._size += value.nbytes
        if self._size > MAX_BYTES:
            raise DataTooLarge(self._size)
        self.need("numpy")
        self.use_memory(value)
        self._arrays.append(value)
        return {"is": "array", "at": len(self._arrays) - 1}

    def use_memory(self, value: Any) -> None:
        self.memory.append(value)

    def file(self, ending: str, data: bytes) -> str:
        name = f"{len(self._files)}.{ending}"
        self._files[name] = data
        return name

    def need(self, module: str) -> None:
        if module.partition(".")[0] not in sys.stdlib_module_names:
            self.modules.add(module)

    def path(self, value: Any, where: str) -> str:
        found = library_objects.path_of(value)
        if found is None or not self._is_available(found.partition(":")[0]):
            raise NotData(where, value)
        self.need(found.partition(":")[0])
        return found

    def _is_own_object(self, value: Any) -> bool:
        """Return whether ``value`` is the notebook's function or class, or an object inside data.

        Such an object, as in a column of models, is written as an expression of captured.py.
        """
        if isinstance(value, type | types.FunctionType):
            return self._is_own(value)
        return len(self._open) > 1 and self._is_own(type(value))

    def _node(self, value: Any, where: str) -> Node | None:
        plain = _PLAIN.get(type(value))
        if plain is not None:
            return plain(self, value, where)
        if self._is_own_object(value):
            known = (at for at, one in enumerate(self.code) if one is value)
            at = next(known, len(self.code))
            if at >= _MOST_OWN:
                raise NotData(where, value)
            self.code[at:] = [value]
            return {"is": "own", "at": at}
        if isinstance(value, enum.Flag):
            # A combination of flags does not have a name in every version of Python.
            return {"is": "call", "type": self.path(type(value), where), "args": [value.value]}
        if isinstance(value, enum.Enum):
            return {"is": "member", "type": self.path(type(value), where), "name": value.name}
        if isinstance(value, pathlib.PurePath):
            return None
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType) or _is_cython(
            value
        ):
            return {"is": "found", "path": self.path(value, where)}
        module = library_objects.public_module(type(value))
        top = module.partition(".")[0]
        if top in ("__main__", "builtins") or not self._is_available(module):
            return None
        write = _WRITERS.get(top)
        node = write(self, value, where) if write is not None else None
        return node if node is not None else library_objects.write(self, value, where)


def _is_cython(value: object) -> bool:
    """Return whether ``value`` is a function of a library that was compiled with Cython."""
    kind = type(value)
    return kind.__module__.startswith("_cython_") and "function" in kind.__name__


# Equal values of these kinds are interchangeable, so that they are written twice. Whether they are
# one object may differ from run to run.
_WITHOUT_IDENTITY = frozenset(
    ("complex", "bytes", "collection", "slice", "range", "call", "pattern", "found", "member")
) | {"own", "method", "logger", "scalar", "dtype", "index", "range_index", "multi_index", "ref"}

# Objects of these kinds cannot be changed, so it does not matter whether they are one object.
_UNCHANGEABLE = frozenset(("expression", "geometry", "distribution"))


def _numbers(*values: object) -> list[str]:
    return [repr(value) for value in values]


def _complex(writer: Encoder, value: complex, where: str) -> Node:
    return {"is": "complex", "parts": _numbers(value.real, value.imag)}


def _bytes(writer: Encoder, value: bytes, where: str) -> Node:
    return {"is": "bytes", "type": f"builtins:{type(value).__name__}", "hex": value.hex()}


def _list(writer: Encoder, value: list[Any], where: str) -> Node:
    node: Node = {"is": "list", "items": []}
    writer.remember(value, node)
    node["items"] = writer.write_all(value, where)
    return node


def _dict(writer: Encoder, value: Mapping[Any, Any], where: str) -> Node:
    node: Node = {"is": "dict", "items": []}
    writer.remember(value, node)
    node["items"] = writer.pairs(value, where)
    return node


def _collection(writer: Encoder, value: Any, where: str) -> Node:
    items = writer.write_all(value, where)
    if not isinstance(value, tuple):
        # Python randomizes string hashes, so the order of a set differs from run to run.
        items.sort(key=json.dumps)
    return {"is": "collection", "type": f"builtins:{type(value).__name__}", "items": items}


def _slice(writer: Encoder, value: slice, where: str) -> Node:
    return {"is": "slice", "items": writer.write_all((value.start, value.stop, value.step), where)}


def _range(writer: Encoder, value: range, where: str) -> Node:
    return {"is": "range", "items": [value.start, value.stop, value.step]}


def _ellipsis(writer: Encoder, value: object, where: str) -> Node:
    return {"is": "found", "path": "builtins:Ellipsis"}


def _counter(writer: Encoder, value: Any, where: str) -> Node:
    node: Node = {"is": "counter", "type": f"collections:{type(value).__name__}"}
    writer.remember(value, node)
    node["items"] = writer.pairs(value, where)
    return node


def _defaultdict(writer: Encoder, value: Any, where: str) -> Node:
    node: Node = {"is": "defaultdict", "factory": writer.write(value.default_factory, where)}
    writer.remember(value, node)
    node["items"] = writer.pairs(value, where)
    return node


def _namespace(writer: Encoder, value: types.SimpleNamespace, where: str) -> Node:
    node: Node = {"is": "namespace"}
    writer.remember(value, node)
    node["items"] = writer.pairs(vars(value), where)
    return node


def _deque(writer: Encoder, value: Any, where: str) -> Node:
    node: Node = {"is": "deque", "most": value.maxlen}
    writer.remember(value, node)
    node["items"] = writer.write_all(value, where)
    return node


def _call(path: str, arguments: Callable[[Any], tuple[Any, ...]]) -> Callable[..., Node]:
    """Return a writer for a type whose constructor accepts ``arguments(value)``."""

    def write(writer: Encoder, value: Any, where: str) -> Node:
        return {"is": "call", "type": path, "args": writer.write_all(arguments(value), where)}

    return write


def _date_parts(value: Any) -> tuple[Any, ...]:
    return (value.year, value.month, value.day)


def _time_parts(value: Any) -> tuple[Any, ...]:
    return (value.hour, value.minute, value.second, value.microsecond, value.tzinfo)


def _zone(writer: Encoder, value: Any, where: str) -> Node | None:
    # A time zone that was read from a file does not have a key by which it can be found again.
    return {"is": "call", "type": "zoneinfo:ZoneInfo", "args": [value.key]} if value.key else None


def _pattern(writer: Encoder, value: re.Pattern[Any], where: str) -> Node:
    pattern = writer.write(value.pattern, where)
    # The flag for text is implied by the pattern, and is rejected for bytes.
    return {"is": "pattern", "pattern": pattern, "flags": value.flags & ~re.UNICODE.value}


def _method(writer: Encoder, value: types.MethodType, where: str) -> Node | None:
    name = value.__func__.__name__
    if getattr(type(value.__self__), name, None) is not value.__func__:
        return None
    return {"is": "method", "of": writer.write(value.__self__, where), "name": name}


def _partial(writer: Encoder, value: Any, where: str) -> Node | None:
    parts = (value.func, value.args, value.keywords)
    return None if vars(value) else {"is": "partial", "items": writer.write_all(parts, where)}


def _random(writer: Encoder, value: Any, where: str) -> Node:
    return {"is": "random", "state": writer.write(value.getstate(), where)}


def _logger(writer: Encoder, value: logging.Logger, where: str) -> Node:
    return {"is": "logger", "name": value.name}


def _module(writer: Encoder, value: types.ModuleType, where: str) -> Node | None:
    if sys.modules.get(value.__name__) is not value:
        return None
    return {"is": "found", "path": f"{writer.path(value, where)}"}


def _plain_types() -> dict[type, Callable[..., Node | None]]:
    import collections
    import datetime
    import decimal
    import fractions
    import random
    import uuid
    import zoneinfo

    return {
        complex: _complex,
        bytes: _bytes,
        bytearray: _bytes,
        list: _list,
        dict: _dict,
        tuple: _collection,
        set: _collection,
        frozenset: _collection,
        slice: _slice,
        range: _range,
        type(Ellipsis): _ellipsis,
        collections.OrderedDict: _counter,
        collections.Counter: _counter,
        collections.defaultdict: _defaultdict,
        collections.deque: _deque,
        datetime.date: _call("datetime:date", _date_parts),
        datetime.time: _call("datetime:time", _time_parts),
        datetime.datetime: _call(
            "datetime:datetime", lambda value: (*_date_parts(value), *_time_parts(value))
        ),
        datetime.timedelta: _call(
            "datetime:timedelta", lambda value: (value.days, value.seconds, value.microseconds)
        ),
        datetime.timezone: _call("datetime:timezone", lambda value: value.__getinitargs__()),
        zoneinfo.ZoneInfo: _zone,
        decimal.Decimal: _call("decimal:Decimal", lambda value: (str(value),)),
        fractions.Fraction: _call(
            "fractions:Fraction", lambda value: (value.numerator, value.denominator)
        ),
        uuid.UUID: _call("uuid:UUID", lambda value: (str(value),)),
        re.Pattern: _pattern,
        types.SimpleNamespace: _namespace,
        functools.partial: _partial,
        random.Random: _random,
        types.MethodType: _method,
        types.ModuleType: _module,
        logging.Logger: _logger,
    }


_PLAIN: Mapping[type, Callable[..., Node | None]] = MappingProxyType(_plain_types())

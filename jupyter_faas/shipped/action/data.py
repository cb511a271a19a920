"""Load the notebook's data objects inside an action: frames, splines, fitted results and others.

Packages contain this module as ``faas_data.py``, with ``faas_data_libraries.py`` beside it for
pandas, polars and other libraries. The module itself imports only the standard library, and numpy
where the object has arrays. A library is imported when the first object of that library is loaded.

``data/<name>.json`` describes an object as a tree of nodes. A node is a JSON string, number,
Boolean or null, or a dictionary whose ``is`` names the kind. ``data/<name>.npz`` contains the
arrays, by number. ``data/<name>.<number>.<ending>`` contains a part in a format of its library.
Nothing is unpickled: the kinds below are all that can be created. An ``instance`` is created
without calling ``__init__``, and its attributes are set. An ``own`` node refers to a function or
class of the notebook, which captured.py defines and passes to ``load_data``.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from collections.abc import Callable, Sequence
    from typing import IO, Any


def load_data(
    name: str, code: Sequence[Any] = (), directory: str | os.PathLike[str] | None = None
) -> Any:
    """Return the object that the notebook calls ``name``.

    ``code`` contains the functions and classes of the notebook inside the object. ``directory`` is
    the package's directory (default: the directory of this file). Raises RuntimeError if a library
    of another version cannot create the object.
    """
    folder = os.path.join(directory or os.path.dirname(os.path.abspath(__file__)), "data")

    def open_file(ending: str) -> IO[bytes]:
        return open(os.path.join(folder, f"{name}.{ending}"), "rb")

    try:
        return Reader(open_file, code).load()
    except (ImportError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise RuntimeError(
            f"{name} cannot be created with the libraries that are installed here: "
            f"{type(error).__name__}: {error}"
        ) from error


class Reader:
    """A reader for one object. ``open_file`` opens one of the object's files by its ending."""

    def __init__(self, open_file: Callable[[str], IO[bytes]], code: Sequence[Any] = ()) -> None:
        self.code = code
        self._open = open_file
        self._shared: dict[int, Any] = {}
        self._arrays: Any = None

    def load(self) -> Any:
        """Return the object."""
        tree = json.loads(self.file("json"))
        try:
            return self.read(tree)
        finally:
            if self._arrays is not None:
                self._arrays.close()

    def file(self, ending: str) -> bytes:
        """Return the content of the object's file with this ending."""
        with self._open(ending) as file:
            return file.read()

    def read(self, node: Any) -> Any:
        """Return the value that a node describes."""
        if not isinstance(node, dict):
            return node
        if "ref" in node:
            return self._shared[node["ref"]]
        kind = node["is"]
        make = _MAKERS.get(kind) or getattr(libraries(), f"make_{kind}")
        return self.share(node, make(self, node))

    def share(self, node: Any, value: Any) -> Any:
        """Make ``value`` known to the nodes that refer to ``node``, and return it.

        A maker calls this before it fills a value, because the value may contain itself.
        """
        if "id" in node:
            self._shared[node["id"]] = value
        return value

    def items(self, nodes: Any) -> Any:
        """Yield the values of a list of nodes."""
        return map(self.read, nodes)

    def array(self, number: int) -> Any:
        """Return an array of the object's .npz file."""
        if self._arrays is None:
            import numpy

            self._arrays = numpy.load(io.BytesIO(self.file("npz")), allow_pickle=False)
        return self._arrays[str(number)]


def libraries() -> Any:
    """Return the module that creates objects of pandas and other libraries."""
    return importlib.import_module("faas_data_libraries")


def find(path: str) -> Any:
    """Return the object at a path such as ``scipy.stats:norm`` or ``numpy.ma:MaskedArray``."""
    module, _, names = path.partition(":")
    found = importlib.import_module(module)
    for name in filter(None, names.split(".")):
        found = getattr(found, name)
    return found


# The following functions create plain values and containers.


def _float(reader: Reader, node: Any) -> float:
    return float(node["text"])


def _complex(reader: Reader, node: Any) -> complex:
    return complex(*map(float, node["parts"]))


def _bytes(reader: Reader, node: Any) -> Any:
    return find(node["type"])(bytes.fromhex(node["hex"]))


def _list(reader: Reader, node: Any) -> list[Any]:
    made: list[Any] = reader.share(node, [])
    made.extend(reader.items(node["items"]))
    return made


def _dict(reader: Reader, node: Any) -> dict[Any, Any]:
    made: dict[Any, Any] = reader.share(node, {})
    for key, value in node["items"]:
        made[reader.read(key)] = reader.read(value)
    return made


def _collection(reader: Reader, node: Any) -> Any:
    return find(node["type"])(reader.items(node["items"]))


def _slice(reader: Reader, node: Any) -> slice:
    return slice(*reader.items(node["items"]))


def _range(reader: Reader, node: Any) -> range:
    return range(*node["items"])


def _call(reader: Reader, node: Any) -> Any:
    """Create a value of the standard library, such as a date, from plain arguments."""
    return find(node["type"])(*reader.items(node["args"]))


def _pattern(reader: Reader, node: Any) -> Any:
    import re

    return re.compile(reader.read(node["pattern"]), node["flags"])


def _counter(reader: Reader, node: Any) -> Any:
    made = reader.share(node, find(node["type"])())
    for key, value in node["items"]:
        made[reader.read(key)] = reader.read(value)
    return made


def _defaultdict(reader: Reader, node: Any) -> Any:
    made = reader.share(node, find("collections:defaultdict")(reader.read(node["factory"])))
    for key, value in node["items"]:
        made[reader.read(key)] = reader.read(value)
    return made


def _deque(reader: Reader, node: Any) -> Any:
    made = reader.share(node, find("collections:deque")(maxlen=node["most"]))
    made.extend(reader.items(node["items"]))
    return made


def _namespace(reader: Reader, node: Any) -> Any:
    made = reader.share(node, types.SimpleNamespace())
    for key, value in node["items"]:
        setattr(made, key, reader.read(value))
    return made


# The following functions create references to code, and objects of library classes.


def _found(reader: Reader, node: Any) -> Any:
    return find(node["path"])


def _own(reader: Reader, node: Any) -> Any:
    return reader.code[node["at"]]


def _member(reader: Reader, node: Any) -> Any:
    return find(node["type"])[node["name"]]


def _method(reader: Reader, node: Any) -> Any:
    owner = reader.read(node["of"])
    function = getattr(type(owner), node["name"])
    return types.MethodType(function, owner)


def _partial(reader: Reader, node: Any) -> Any:
    import functools

    function, args, keywords = reader.items(node["items"])
    return functools.partial(function, *args, **keywords)


def _logger(reader: Reader, node: Any) -> Any:
    import logging

    return logging.getLogger(node["name"])


def _instance(reader: Reader, node: Any) -> Any:
    """Create an object from its class and state, without calling ``__init__``."""
    kind = find(node["type"])
    args = tuple(reader.items(node.get("args", ())))
    keywords = {key: reader.read(value) for key, value in node.get("keywords", {}).items()}
    made = reader.share(node, kind.__new__(kind, *args, **keywords))
    # This is the order in which the module ``copy`` rebuilds an object.
    if "state" in node or "slots" in node:
        _set_state(made, reader, node)
    for value in reader.items(node.get("items", ())):
        made.append(value)
    for key, value in node.get("pairs", ()):
        made[reader.read(key)] = reader.read(value)
    return made


def _set_state(made: Any, reader: Reader, node: Any) -> None:
    state, slots = reader.read(node.get("state")), reader.read(node.get("slots"))
    if hasattr(made, "__setstate__"):
        whole = state if slots is None else (state, slots)
        if "scope" in node:
            # statsmodels evaluates a formula again, and looks up its names in the calling frames.
            scope = {key: reader.read(value) for key, value in node["scope"].items()}
            eval("_set_state()", {**scope, "_set_state": lambda: made.__setstate__(whole)})  # noqa: S307 no text of the user
            return
        made.__setstate__(whole)
        return
    if state:
        # As in ``copy``, attributes are interned and set without calling ``__setattr__``.
        made.__dict__.update({sys.intern(str(key)): value for key, value in state.items()})
    for key, value in (slots or {}).items():
        setattr(made, key, value)


# The following functions create values of numpy.


def _array(reader: Reader, node: Any) -> Any:
    return reader.array(node["at"])


def _texts(reader: Reader, node: Any) -> Any:
    """Create an array of Python strings, in which None and NaN mark missing values."""
    import numpy

    made = numpy.empty(len(node["items"]), dtype=object)
    made[:] = node["items"]
    made[node["nan"]] = float("nan")
    return made.reshape(node["shape"])


def _objects(reader: Reader, node: Any) -> Any:
    import numpy

    made = numpy.empty(len(node["items"]), dtype=object)
    for at, item in enumerate(reader.items(node["items"])):
        made[at] = item
    return made.reshape(node["shape"])


def _scalar(reader: Reader, node: Any) -> Any:
    import numpy

    return numpy.frombuffer(bytes.fromhex(node["hex"]), numpy.dtype(node["dtype"]))[0]


def _dtype(reader: Reader, node: Any) -> Any:
    import numpy

    return numpy.dtype(node["text"])


_MAKERS = {
    "float": _float,
    "complex": _complex,
    "bytes": _bytes,
    "list": _list,
    "dict": _dict,
    "collection": _collection,
    "slice": _slice,
    "range": _range,
    "call": _call,
    "pattern": _pattern,
    "counter": _counter,
    "defaultdict": _defaultdict,
    "deque": _deque,
    "namespace": _namespace,
    "found": _found,
    "own": _own,
    "member": _member,
    "method": _method,
    "partial": _partial,
    "logger": _logger,
    "instance": _instance,
    "array": _array,
    "texts": _texts,
    "objects": _objects,
    "scalar": _scalar,
    "dtype": _dtype,
}


# The following function stands for an object of which only attributes are in the package.


def only_attributes(name: str, /, **attributes: Any) -> Any:
    """Return an object that has just the attributes that the function reads from ``name``.

    ``__len__`` is the length of the object.
    """
    length: int | None = attributes.pop("__len__", None)

    class Attributes:
        def __getattr__(self, attribute: str) -> Any:
            raise AttributeError(
                f"{name}.{attribute} is not in the package, which contains only these "
                f"attributes of {name}: {', '.join(sorted(attributes))}"
            )

        def __len__(self) -> int:
            if length is None:
                raise TypeError(f"the length of {name} is not in the package")
            return length

        def __bool__(self) -> bool:
            raise TypeError(
                f"the package contains only these attributes of {name}: "
                f"{', '.join(sorted(attributes))}"
            )

        def __repr__(self) -> str:
            return f"<{name}: {', '.join(sorted(attributes))}>"

    made = Attributes()
    vars(made).update(attributes)
    return made

"""Hashes of live values, to detect whether they have changed since they were packaged."""

from __future__ import annotations

import hashlib
import io
import pickle
import types
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.source.factories import is_dispatcher
from jupyter_faas.capture.source.objects import NotebookSources, SourceMissing


def fingerprint(names: Iterable[str], namespace: Mapping[str, object]) -> dict[str, str]:
    """Return SHA-256 hashes (hex) of the current values of ``names``, without undefined names.

    Within one process, a value's hash stays the same as long as the value does not change. It
    changes when a model is fitted again, when data changes, or when a function is redefined with
    different source. Only pickling code of the values is executed. The hash of a value that cannot
    be pickled depends on the object's identity.
    """
    sources = NotebookSources(namespace, ExecutedCells(namespace))
    return {name: _hash(name, namespace[name], sources) for name in names if name in namespace}


def _hash(name: str, value: object, sources: NotebookSources) -> str:
    if isinstance(value, types.ModuleType):
        return _hex(f"module {value.__name__}")
    # Running a cell again creates a new function object, so functions are compared by their source.
    if sources.is_from_notebook(value):
        try:
            more = [one for one, _ in sources.registered(value)] if is_dispatcher(value) else []
            return _hex("\n".join(one.text for one in (sources.find(name, value), *more)))
        except SourceMissing:
            return _identity(value)
    sink = _HashingSink()
    try:
        # Protocol 5 passes large arrays out of band, so that they are hashed without a copy.
        _Pickler(sink, protocol=5, buffer_callback=sink.take).dump(value)
    except Exception:
        # A user's ``__reduce__`` or ``__getstate__`` may raise any exception, which must not stop
        # the check.
        return _identity(value)
    return sink.hexdigest()


def _hex(text: str) -> str:
    # Names and source can contain lone surrogates, which the default error handler rejects.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _identity(value: object) -> str:
    return _hex(f"object {type(value).__qualname__} {id(value)}")


class _HashingSink(io.RawIOBase):
    """A stream that hashes a pickle's bytes and out-of-band arrays without storing them."""

    def __init__(self) -> None:
        super().__init__()
        self._hash = hashlib.sha256()

    def write(self, data: Any) -> int:
        self._hash.update(data)
        return len(data)

    def take(self, buffer: pickle.PickleBuffer) -> None:
        self._hash.update(buffer.raw())

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class _Pickler(pickle.Pickler):
    """A pickler that stores functions by their code, so that lambdas can be hashed."""

    # By default, pickle stores a function as its module and name, and rejects lambdas.
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, types.FunctionType):
            return (str, (_describe(value.__code__),))
        if isinstance(value, types.ModuleType):
            return (str, (value.__name__,))
        return NotImplemented


def _describe(code: types.CodeType) -> str:
    constants = [
        _describe(value) if isinstance(value, types.CodeType) else repr(value)
        for value in code.co_consts
    ]
    return f"{code.co_name} {code.co_code!r} {code.co_names} {constants}"

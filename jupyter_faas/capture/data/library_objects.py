"""Objects of library classes, written as their class and their state, as the module copy does."""

from __future__ import annotations

import copyreg
import sys
import types
from collections.abc import Iterator, Set
from typing import Any

from jupyter_faas.capture.data.nodes import Node, NodeWriter, NotData
from jupyter_faas.capture.values.attributes import stored_attribute

# Objects of these libraries hold connections, keys or threads, which must be made in the action.
CONNECTIONS = frozenset(
    ("requests", "urllib3", "httpx", "httpcore", "aiohttp", "websockets", "boto3", "botocore")
) | {
    *("sqlalchemy", "psycopg", "psycopg2", "pymongo", "redis", "pymysql", "paramiko", "grpc"),
    *("openai", "anthropic", "google", "azure", "kafka", "pika", "ibm_boto3", "huggingface_hub"),
    *("onnxruntime", "dask", "distributed", "ray", "pyspark", "selenium", "playwright"),
}
# Attributes with intermediate results that the library computes again. They depend on what was
# called before, so that the same object would give other bytes.
_CACHES = {
    "statsmodels": frozenset(
        ("_cache", "_initializations", "_statespaces", "_kalman_filters", "_kalman_smoothers")
    )
}


# Libraries whose types name a private module.
_PUBLIC_MODULES = {"_regex": "regex"}


def public_module(kind: type) -> str:
    """Return the module by which an action imports the library of a type."""
    return _PUBLIC_MODULES.get(kind.__module__, kind.__module__)


def path_of(value: Any) -> str | None:
    """Return ``module:name`` for a class, function or module that can be found again, or None."""
    if isinstance(value, types.ModuleType):
        return f"{value.__name__}:"
    for module, name in _places(value):
        found: Any = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is value and found is not None:
            return f"{module}:{name}"
    return None


def _places(value: Any) -> Iterator[tuple[str, str]]:
    name = stored_attribute(value, "__qualname__") or stored_attribute(value, "__name__", "")
    module = stored_attribute(value, "__module__")
    if not isinstance(name, str) or not name or "<" in name:
        return
    if isinstance(module, str) and module not in ("__main__", "__mp_main__"):
        yield module, name
    # A universal function (ufunc) does not know its module in every version of numpy.
    for holder in ("numpy", "scipy.special"):
        yield holder, name


def write(
    writer: NodeWriter, value: Any, where: str, *, leave_out: Set[str] = frozenset()
) -> Node | None:
    """Return the node of an object that can be copied by its class and its state.

    Returns None for an object that needs a function of its library to be rebuilt, such as most
    objects of compiled classes, and for an object that holds a connection. ``leave_out`` contains
    attributes that the caller restores.
    """
    kind = type(value)
    top = kind.__module__.partition(".")[0]
    if top in CONNECTIONS:
        return None
    if callable(value) and hasattr(value, "__name__") and path_of(value) is not None:
        return {"is": "found", "path": writer.path(value, where)}
    try:
        reduced = value.__reduce_ex__(2)
    # A library's own ``__reduce_ex__`` may raise any exception. The object then cannot be copied.
    except Exception:
        return None
    if isinstance(reduced, str):
        path = _constant_path(value, reduced)
        # ``writer.path`` raises an error if an action cannot import the class.
        return {"is": "found", "path": path} if path and writer.path(kind, where) else None
    parts = _parts(value, reduced) if isinstance(reduced, tuple) else None
    if parts is None:
        return None
    args, keywords, state, items, pairs = parts
    node: Node = {"is": "instance", "type": writer.path(kind, where)}
    if args:
        node["args"] = writer.write_all(args, where)
    if keywords:
        node["keywords"] = {key: writer.write(one, where) for key, one in keywords.items()}
    # The object is known from here on, because its state may refer to it.
    writer.remember(value, node)
    if leave_out:
        state = {key: one for key, one in state.items() if key not in leave_out}
    scope = _formula_scope(value) if isinstance(state, dict) and "formula" in state else {}
    if scope:
        node["scope"] = {key: writer.write(one, f"{where}.{key}") for key, one in scope.items()}
    _write_state(writer, node, state, where, kind.__module__)
    if items is not None:
        node["items"] = writer.write_all(list(items), where)
    if pairs is not None:
        node["pairs"] = writer.pairs(dict(pairs), where)
    return node


def _formula_scope(value: Any) -> dict[str, Any]:
    """Return the notebook's functions and values that the formula of a statsmodels object reads.

    The object's state contains the formula only as text.
    """
    spec = getattr(value, "model_spec", None) or getattr(value, "design_info", None)
    found: dict[str, Any] = {}
    for factor in (getattr(spec, "factor_infos", None) or {}).values():
        environment = factor.state.get("eval_env")
        for names in getattr(environment, "_namespaces", ()):
            found.update((key, one) for key, one in names.items() if _is_of_notebook(one))
    return dict(sorted(found.items()))


def _is_of_notebook(value: Any) -> bool:
    if isinstance(value, types.FunctionType | type):
        return value.__module__ in ("__main__", "__mp_main__")
    return isinstance(value, int | float | str | list | tuple | dict)


def _constant_path(value: Any, name: str) -> str | None:
    """Return the path of an object that copies itself by its name, such as a marker, or None."""
    top = public_module(type(value))
    found = (module for module in (top, top.partition(".")[0]) if module in sys.modules)
    return next(
        (f"{one}:{name}" for one in found if getattr(sys.modules[one], name, 0) is value), None
    )


def _parts(value: Any, reduced: tuple[Any, ...]) -> tuple[Any, Any, Any, Any, Any] | None:
    """Return the arguments of ``__new__``, the state and the items of an object, or None."""
    function, given, state, items, pairs = (*reduced, None, None, None)[:5]
    if function is copyreg.__newobj__:  # type: ignore[attr-defined]  # has no stub
        kind, *args = given
        keywords: Any = {}
    elif function is getattr(copyreg, "__newobj_ex__", None):
        kind, args, keywords = given
    elif function is type(value) and function.__module__ == "ast":
        # Python's syntax trees are created without arguments.
        kind, args, keywords = function, given, {}
    else:
        return None
    return (args, keywords, state, items, pairs) if kind is type(value) else None


def _write_state(writer: NodeWriter, node: Node, state: Any, where: str, module: str) -> None:
    if state is None:
        return
    caches = _CACHES.get(module.partition(".")[0], frozenset())
    # With slots, the state is a pair of the attributes and the slots.
    slots = None
    if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):
        state, slots = state
    if isinstance(state, dict):
        if not all(isinstance(key, str) for key in state):
            raise NotData(where, state)
        kept = {key: {} if key in caches else one for key, one in state.items()}
        node["state"] = _attributes(writer, kept, where, module)
    else:
        node["state"] = writer.write(state, where)
    if slots is not None:
        node["slots"] = _attributes(writer, slots, where, module)


def _attributes(writer: NodeWriter, values: dict[str, Any], where: str, module: str) -> Node:
    items = []
    for key, one in values.items():
        marker = _sentinel(one, module)
        node = {"is": "found", "path": marker} if marker else writer.write(one, f"{where}.{key}")
        items.append([key, node])
    return {"is": "dict", "items": items}


def _sentinel(value: Any, module: str) -> str | None:
    """Return the path of a bare ``object()`` that a module uses as a marker, or None."""
    if type(value) is not object:
        return None
    names = (name for name, one in vars(sys.modules[module]).items() if one is value)
    return next((f"{module}:{name}" for name in names), None)

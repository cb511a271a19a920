"""Detection of local modules that differ from their files.

A module differs if its file was edited or its attributes were set after the import.
"""

from __future__ import annotations

import ast
import importlib.util
import struct
import sys
import types
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from jupyter_faas.capture.source.cells import compiled
from jupyter_faas.capture.source.classes import written_methods
from jupyter_faas.capture.source.objects import core_function, shape

# A compiled file begins with its version, flags, and the time and size of its source (PEP 552).
_PYC_HEADER = 16
_U32 = 0xFFFF_FFFF


def difference(tree: ast.Module, file: Path) -> str | None:
    """Return the name of a function, method or constant that differs between module and file.

    ``tree`` is the syntax tree of ``file``. Returns None when everything that can be compared is
    equal, or when the module has not been imported.
    """
    module = _loaded_from(file)
    if module is None:
        return None
    written = dict(_codes(compiled(tree)))
    for path, function in _functions(module):
        if shape(function.__code__) not in written.get(path, ()):
            return path
    for name, value in _constants(tree):
        live = vars(module).get(name)
        # The type is compared too, because ``1 == True``.
        if type(live) is not type(value) or live != value:
            return name
    return None


def is_edited(file: Path) -> bool:
    """Return whether a module's file has changed since it was compiled for the import.

    Without the compiled file, it counts as edited.
    """
    try:
        header = Path(importlib.util.cache_from_source(str(file))).read_bytes()[:_PYC_HEADER]
        found = file.stat()
    except (OSError, NotImplementedError):
        return True
    # The flags are zero if the source is compared by time and size, and not by its hash.
    flags, compiled_at, size = struct.unpack("<3I", header[4:])
    return bool(flags or compiled_at != int(found.st_mtime) & _U32 or size != found.st_size & _U32)


def _loaded_from(file: Path) -> types.ModuleType | None:
    # The name under which the module was imported is not known, so it is found by its file. The
    # loop uses a copy, because another thread may import a module during the loop.
    for module in list(sys.modules.values()):
        if isinstance(module, types.ModuleType) and getattr(module, "__file__", None) == str(file):
            return module
    return None


def _codes(code: types.CodeType) -> Iterator[tuple[str, list[object]]]:
    """Yield ``(name, shapes)`` for each function and ``Class.method``.

    There are several shapes if a name is defined several times.
    """
    found: dict[str, list[object]] = {}
    for inner in _inner(code):
        found.setdefault(inner.co_name, []).append(shape(inner))
        for method in _inner(inner):
            path = f"{inner.co_name}.{method.co_name}"
            found.setdefault(path, []).append(shape(method))
    yield from found.items()


def _inner(code: types.CodeType) -> Iterator[types.CodeType]:
    return (value for value in code.co_consts if isinstance(value, types.CodeType))


def _functions(module: types.ModuleType) -> Iterator[tuple[str, types.FunctionType]]:
    """Yield ``(qualified name, function)`` for functions and methods from the module's own file."""
    for value in vars(module).values():
        # Imported functions belong to other files.
        if getattr(value, "__module__", None) != module.__name__:
            continue
        found = written_methods(value).values() if isinstance(value, type) else [value]
        for one in found:
            function = core_function(one)
            if function is None or function.__code__.co_filename != module.__file__:
                continue
            # Nested functions and lambdas do not have unique names by which to find their code.
            if function.__qualname__.count(".") <= 1 and "<" not in function.__qualname__:
                yield function.__qualname__, function


def _constants(tree: ast.Module) -> Iterator[tuple[str, object]]:
    """Yield ``(name, value)`` for each name whose only assignment is a top-level literal."""
    nodes = list(ast.walk(tree))
    stores = Counter(
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and stores[target.id] == 1:
            yield target.id, node.value.value

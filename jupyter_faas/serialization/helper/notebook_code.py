"""The notebook's functions and classes inside a model, on their way to the helper process.

The helper cannot import what a notebook defines. The kernel therefore pickles these objects by
name, and sends their source. The helper executes the source as the module ``function``, in which
the action will find the same names.
"""

from __future__ import annotations

import ast
import importlib
import io
import pickle
import sys
import tempfile
import traceback
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from jupyter_faas.errors import ConversionError

# The module of a cell and of captured.py in an action (shipped/action/action_main.py).
MODULE = "function"
_FILE = "captured.py"
# The names of these modules in a package (bundle/layout.py).
_DATA_MODULES = ("faas_data", "faas_data_libraries")


class CodeFailed(ConversionError):
    """Raised when the notebook's code fails; ``line`` is the line of a definition, or empty."""

    line = ""


@dataclass(frozen=True)
class NotebookCode:
    """The source of the functions and classes inside a model.

    ``names`` has the names that ``source`` binds and the model refers to. ``files`` maps relative
    paths to the contents of the files that ``source`` reads. ``values`` has, for each value that
    the skops format cannot hold, its path inside the model and the name that ``source`` binds to
    it (see ``restore_values`` in shipped/action/estimators.py).
    """

    source: str
    names: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    values: Sequence[Any] = ()


def notebook_object(name: str) -> Any:
    """Return the object that the executed source binds to ``name``. Pickles call this function."""
    return getattr(sys.modules[MODULE], name)


def dump_model(model: object, names: Mapping[str, object]) -> bytes:
    """Return a pickle of a model, in which the objects of ``names`` are stored as their names."""
    stream = io.BytesIO()
    _Pickler(stream, names).dump(model)
    return stream.getvalue()


class _Pickler(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, names: Mapping[str, object]) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self._names = {id(value): name for name, value in names.items()}

    def reducer_override(self, value: Any) -> Any:
        name = self._names.get(id(value))
        return NotImplemented if name is None else (notebook_object, (name,))


def dump_sample(sample: object, names: Mapping[str, object]) -> bytes:
    """Return a pickle of a sample, in which rows of the notebook's classes are plain.

    A row may be a named tuple or another subclass of a plain type, which models read like one.
    """
    stream = io.BytesIO()
    _SamplePickler(stream, names).dump(sample)
    return stream.getvalue()


class _SamplePickler(_Pickler):
    def reducer_override(self, value: Any) -> Any:
        if type(value).__module__ == "__main__":
            for plain in (list, tuple, dict):
                if isinstance(value, plain):
                    return plain, (plain(value),)
        return super().reducer_override(value)


@contextmanager
def executed(model: str, code: NotebookCode | None) -> Iterator[None]:
    """Provide the notebook's code as the module ``function`` during the ``with`` block.

    ``model`` is the name of the model, for messages. Raises ConversionError if the code fails.
    """
    if code is None:
        yield
        return
    module = types.ModuleType(MODULE)
    with tempfile.TemporaryDirectory(prefix="jupyter-faas-") as folder:
        path = Path(folder) / _FILE
        for relative, data in {**code.files, **_data_modules(code)}.items():
            file = path.parent / relative
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        module.__file__ = str(path)
        sys.modules[MODULE] = module
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            _execute(model, code, module)
            yield
        finally:
            sys.path.remove(folder)
            for name in (MODULE, *_DATA_MODULES):
                sys.modules.pop(name, None)


def _data_modules(code: NotebookCode) -> dict[str, bytes]:
    """Return the modules with which the source loads data objects, if it has any."""
    if not code.files:
        return {}
    folder = resources.files("jupyter_faas") / "shipped" / "action"
    return {
        f"{name}.py": (folder / f"{name.removeprefix('faas_')}.py").read_bytes()
        for name in _DATA_MODULES
    }


def _execute(model: str, code: NotebookCode, module: types.ModuleType) -> None:
    try:
        compiled = compile(code.source, _FILE, "exec", dont_inherit=True)
        exec(compiled, module.__dict__)  # noqa: S102 - the user's own code, as in the action
        for name in code.names:
            _rename(getattr(module, name), name)
    except Exception as error:  # the user's code may raise anything
        line = _failing_line(error, code.source)
        where = f" in `{line}`" if line else ""
        failed = CodeFailed(
            f"Code from the notebook that {model!r} uses fails outside the notebook, as in an "
            f"action: {type(error).__name__}: {error}{where}.",
        )
        failed.line = line
        raise failed from error


def _failing_line(error: Exception, source: str) -> str:
    """Return the line of a definition that failed, or "" if the code could not be compiled."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = source.split("\n")
    found = [
        lines[one.lineno - 1].strip() for one in frames if one.filename == _FILE and one.lineno
    ]
    # A function that the line calls is not what has to be changed.
    return next(filter(_assigned, found), found[-1] if found else "")


def _assigned(line: str) -> str:
    """Return the name that a line assigns a value to, or "" for another statement."""
    with suppress(SyntaxError):
        for one in ast.parse(line).body:
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                return one.targets[0].id
    return ""


def value_hint(line: str, names: Mapping[str, object]) -> str:
    """Return the hint to write the value that ``line`` of a class gave to an attribute.

    ``names`` has the live classes. Returns "" if that value cannot be written in the cell.
    """
    name = _assigned(line)
    found = [
        vars(one)[name] for one in names.values() if isinstance(one, type) and name in vars(one)
    ]
    for value in found:
        with suppress(ValueError, SyntaxError):
            if ast.literal_eval(repr(value)) == value:
                return f"Write {name} = {value!r} instead of {line}"
    return ""


def _rename(value: Any, name: str) -> None:
    """Let a function or class refer to its place in the module.

    skops stores the module and the name of a function. The name of a lambda, for example, is
    another one.
    """
    if isinstance(value, types.FunctionType | type):
        value.__module__, value.__name__, value.__qualname__ = MODULE, name, name

"""Functions that read compositions from Python scripts and from the JSON output of ``compose``."""

from __future__ import annotations

import ast
import json
import linecache
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import CompositionError, FaasError, InputError
from jupyter_faas.workspace.compositions.npm_composer import (
    INSTALL,
    PACKAGE,
    compile_file,
    find_npm_composer,
)

if TYPE_CHECKING:
    from jupyter_faas.composer import Composition

VARIABLE = "composition"


@dataclass(frozen=True)
class ComposedFile:
    """A composition from a file.

    ``text``: the content of the file.
    ``namespace``: the globals of a Python script, in which the composition's inline functions are
    defined. It is empty for a JSON file.
    """

    composition: Composition
    text: str
    namespace: Mapping[str, object]


def read_file(path: Path) -> ComposedFile:
    """Read a composition from a ``.json`` file, or run a ``.py`` or ``.js`` file that creates it.

    A ``.js`` file is run by npm Composer, if that is installed. Raises InputError if the file has
    another extension, cannot be read or run, or does not contain a composition. Raises
    CompositionError, which names the node, if the composition is invalid.
    """
    if path.suffix == ".json":
        return ComposedFile(read_json(path), _text(path), {})
    if path.suffix == ".py":
        return _run(path)
    if path.suffix == ".js":
        return _compile(path)
    raise InputError(
        f"{path} is not a .json, .py or .js file.",
        hint=f"Rename it to {path.stem}.py if it contains Python, to {path.stem}.js if it contains "
        f"JavaScript, or to {path.stem}.json if npm's compose command wrote it.",
    )


def read_json(path: Path) -> Composition:
    """Read a composition from a file that npm's ``compose`` wrote.

    Raises InputError if the file is not JSON, and CompositionError if the composition is invalid.
    """
    return parse_json(_text(path), path)


def parse_json(text: str, path: Path) -> Composition:
    """Parse the text that ``compose`` wrote for ``path``. Raises errors as ``read_json`` does."""
    from jupyter_faas.composer import parse
    from jupyter_faas.composer.parsing import NODE_HINT

    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}.", hint=_json_hint(path)) from error
    try:
        return parse(data)
    except CompositionError as error:
        hint = _json_hint(path) if error.hint == NODE_HINT else error.hint
        raise CompositionError(f"{path}: {error.message}", hint=hint) from error


def _json_hint(path: Path) -> str:
    if path.suffix in (".py", ".js"):
        return f"To deploy this file: %faas compose {path} --deploy NAME"
    # The command is named with its package, because npm has another one of this name.
    return f"Create the file again: npx --yes -p {PACKAGE} compose {path.stem}.js > {path}"


def _compile(path: Path) -> ComposedFile:
    """Read a composition in JavaScript, compiled by npm Composer."""
    _text(path)
    package = find_npm_composer(path.resolve().parent, os.environ)
    if package is None:
        raise InputError(
            f"{path} is a JavaScript file. It needs npm Composer, which is not installed.",
            hint=f"Install npm Composer next to the file: {INSTALL}",
        )
    text = compile_file(package, path.resolve(), os.environ)
    return ComposedFile(parse_json(text, path), text, {})


def root_of(value: Any) -> Composition:
    """Return the composition to package for the value of a cell or file.

    For a named composition, return its contents. As a task, a named composition would be only a
    call of the action with its name.
    """
    from jupyter_faas.composer import Composition, NamedComposition, task

    if isinstance(value, NamedComposition):
        return Composition(value.type, value.arguments, value.components, live=value.live)
    return task(value)


def last_value(tree: ast.Module, filename: str, namespace: dict[str, Any]) -> Any:
    """Execute a module and return the value of its last expression, as in a notebook cell.

    Return None if the last statement is not an expression.
    """
    last = tree.body[-1] if tree.body else None
    before = tree.body[:-1] if isinstance(last, ast.Expr) else tree.body
    code = compile(ast.Module(before, []), filename, "exec")
    exec(code, namespace)  # noqa: S102 - the user's own file
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), filename, "eval"), namespace)  # noqa: S307


def _run(path: Path) -> ComposedFile:
    from jupyter_faas.composer import Composition

    text = _text(path)
    try:
        tree = ast.parse(text, str(path))
    except SyntaxError as error:
        raise InputError(f"{path}, line {error.lineno}: {error.msg}.") from error
    # The source of inline functions is read from the line cache, which may have an older text.
    linecache.checkcache(str(path))
    # Set ``__name__`` and ``__file__`` as if Python ran the file as a script.
    module = ModuleType("__main__")
    module.__file__ = str(path)
    namespace = vars(module)
    with _script_environment(path):
        value = last_value(tree, str(path), namespace)
    # The value of the last expression takes precedence if it is a composition. The variable comes
    # next, followed by any other value of the last expression, and by the last composition.
    if not isinstance(value, Composition):
        value = namespace.get(VARIABLE, value)
    if not _is_task(value):
        made = [one for one in namespace.values() if isinstance(one, Composition)]
        value = made[-1] if made else value
    if not _is_task(value):
        raise InputError(
            f"{path} does not define a composition.",
            hint="End the file with a composition, such as:\n"
            "from jupyter_faas.composer import sequence\nsequence(lambda p: p)",
        )
    return ComposedFile(root_of(value), text, namespace)


def _is_task(value: object) -> bool:
    from jupyter_faas.composer import Composition

    return isinstance(value, (Composition, str)) or callable(value)


@contextmanager
def _script_environment(path: Path) -> Iterator[None]:
    """Return a context in which to run a script.

    Modules next to the script can be imported, and errors name the line of the script.
    """
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    except FaasError as error:
        raise type(error)(f"{_line_of(path, error)}: {error.message}", hint=error.hint) from error
    except Exception as error:  # The user's file may raise anything.
        raise InputError(f"{_line_of(path, error)}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder)


def _line_of(path: Path, error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f"{path}, line {lines[-1]}" if lines else str(path)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise InputError(f"Cannot read {path}: {reason}.") from error

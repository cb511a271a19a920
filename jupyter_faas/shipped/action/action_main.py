"""The entry point of an action, which calls the cell's function with JSON parameters.

Packages contain this module as ``__main__.py``, with ``faas_parameters.py`` and
``faas_results.py`` in the same directory. If the function takes or returns images,
``faas_images.py`` is there too, and ``faas_objects.py`` if it takes frames, dates or its own
classes.

The OpenWhisk runtime imports this module during initialization. ``load`` then executes
``captured.py`` (the notebook's objects that the function uses) and ``function.py`` (the cell) once,
in the namespace of a module that is named ``__main__``, as in a notebook. If they raise an
exception, the initialization fails.

For each activation, the runtime calls ``main(params)``. ``bind`` checks the parameters against the
schema in ``manifest.json`` and converts them. Images are read, the function is called (and awaited
if it is async), and ``answer`` converts the result to JSON. An exception in the function becomes
``{"error": message}``, and the traceback is logged.

The notebook also uses this module for local calls. There is no ``manifest.json`` in that case, so
nothing is loaded, and :func:`call` performs the same steps. The module supports Python 3.9 and
later, and uses only the standard library.
"""

from __future__ import annotations
import __future__

import json
import os
import sys
import types

_HERE = os.path.dirname(os.path.abspath(globals().get("__file__", "")))
_IS_PACKAGE = "__file__" in globals() and os.path.exists(os.path.join(_HERE, "manifest.json"))
if "__file__" in globals() and _HERE not in sys.path:
    # A runtime may import this file by its path without adding the directory to sys.path.
    sys.path.insert(0, _HERE)

from faas_parameters import ParametersRejected, bind, is_web  # noqa: E402 needs the path
from faas_results import BOXED, ResultRejected, answer, to_json, unbox  # noqa: E402, F401 local calls

# The module faas_images, or None if the package does not have it.
faas_images: Any = None
if _IS_PACKAGE and os.path.exists(os.path.join(_HERE, "faas_images.py")):
    faas_images = __import__("faas_images")

# The module faas_objects, or None if no parameter has a type that it makes.
faas_objects: Any = None
if _IS_PACKAGE and os.path.exists(os.path.join(_HERE, "faas_objects.py")):
    faas_objects = __import__("faas_objects")

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from collections.abc import Callable, Mapping
    from typing import Any

MODULE_NAME = "function"
_OWN_MODULES = (
    *("faas_parameters", "faas_results", "faas_library_values"),
    *("faas_images", "faas_image_download", "faas_objects"),
)


def call(function: Callable[..., Any], spec: Mapping[str, Any], params: Any) -> dict[str, Any]:
    """Call the function with ``params``, and return its result as a JSON-serializable dictionary.

    A result that is not a JSON object is boxed as ``{"value": result}``. ``spec`` is the manifest,
    of which ``name``, ``parameter_style`` ("dictionary" or "named") and ``schema`` are used. The
    result of an ``async def`` function is awaited. Raises ParametersRejected if the parameters do
    not fit, ResultRejected if the result cannot be converted to JSON, and any exception of the
    function.
    """
    args, kwargs = bind(spec, params, converter(spec["schema"], _namespace_of(function)))
    if faas_images is not None:
        args, kwargs = _with_images(spec["schema"], args, kwargs, is_web(params))
    result = function(*args, **kwargs)
    if hasattr(result, "__await__"):
        result = _run_awaitable(result)
    data: dict[str, Any] = answer(result, spec["name"], bool(spec["schema"].get(BOXED)))
    return data


def converter(schema: Mapping[str, Any], namespace: Mapping[str, Any] | None = None) -> Any:
    """Return what makes the objects of the parameters, or None if they are plain JSON data.

    ``namespace`` contains the classes of the parameters. If it is None, the data are only checked.
    """
    typed = faas_objects is not None and schema.get("x-faas-typed")
    return faas_objects.Converter(schema, namespace) if typed else None


def _namespace_of(function: Callable[..., Any]) -> Mapping[str, Any]:
    if _IS_PACKAGE:
        return sys.modules[MODULE_NAME].__dict__
    # In a notebook, a decorator of another module may have replaced the function.
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return getattr(function, "__globals__", None) or vars(sys.modules["__main__"])


def _with_images(
    schema: Mapping[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any], web: bool
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    read = faas_images.read_images
    # Anyone can call a web function, so callers must not be able to read from the action's network.
    if args:
        return (read(schema, args[0], "", public_only=web),), kwargs
    return (), read(schema, kwargs, "", public_only=web)


class _Loop:
    """The event loop of a thread, which is closed when the thread ends."""

    def __init__(self, loop: Any) -> None:
        self.loop = loop

    def __del__(self) -> None:
        self.loop.close()


# Both are created for the first async function, because threading would take up a tenth of a cold
# start.
_LOOPS: Any = None
_NOTEBOOK_THREAD: Any = None


def _run_awaitable(awaitable: Any) -> Any:
    global _NOTEBOOK_THREAD
    import asyncio

    # The public asyncio.get_running_loop raises an error if no loop is running, and this error
    # would appear in the traceback of every exception in the function.
    if asyncio._get_running_loop() is None:
        return _wait(awaitable)
    # In a notebook, the kernel's event loop runs in this thread and is busy with the calling cell.
    from concurrent.futures import ThreadPoolExecutor

    own = getattr(_LOOPS, "own", None)
    if own is not None and own.loop.is_running():
        # The function called another async function of the notebook, and this thread is busy too.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(_wait, awaitable).result()
    if _NOTEBOOK_THREAD is None:
        _NOTEBOOK_THREAD = ThreadPoolExecutor(1, "async functions")
    return _NOTEBOOK_THREAD.submit(_wait, awaitable).result()


def _wait(awaitable: Any) -> Any:
    """Return the result of an awaitable, which runs in the event loop of this thread.

    All calls share a loop, as all cells of a notebook do, because objects such as a semaphore
    belong to the loop that first used them. Tasks that the call leaves behind are cancelled.
    """
    global _LOOPS
    import asyncio
    import threading

    async def wait() -> Any:
        return await awaitable

    if _LOOPS is None:
        _LOOPS = threading.local()
    own = getattr(_LOOPS, "own", None)
    if own is None or own.loop.is_closed():
        own = _LOOPS.own = _Loop(asyncio.new_event_loop())
    loop = own.loop
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(wait())
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


def load(directory: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Execute a package's captured.py and function.py, and return ``(handler, manifest)``.

    ``directory``: the directory of the package. Raises RuntimeError if the files do not compile or
    do not define the handler, and any exception that the files raise.
    """
    with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
        manifest: dict[str, Any] = json.load(file)
    # Code that reads ``__name__`` gets the same value as in the notebook. dataclasses, typing, enum
    # and pickle look up a class's module in sys.modules. Models name it ``function``.
    module = types.ModuleType("__main__")
    module.__file__ = os.path.join(directory, "function.py")
    # Processes that multiprocessing spawns do not execute a main module with this name.
    module.__spec__ = type(types.__spec__)("__main__", None)
    sys.modules[MODULE_NAME] = sys.modules["__main__"] = module
    flags = 0
    for name in ("captured.py", "function.py"):
        path = os.path.join(directory, name)
        with open(path, encoding="utf-8") as file:
            source = file.read()
        try:
            code = compile(
                _without_main_blocks(source, path, flags), path, "exec", flags, dont_inherit=True
            )
        except SyntaxError as error:
            here = ".".join(map(str, sys.version_info[:3]))
            raise RuntimeError(
                f"{name}, line {error.lineno}, is not valid in Python {here}; it was packaged "
                f"with Python {manifest.get('python')}"
            ) from error
        # In a notebook, ``from __future__ import annotations`` applies to all later cells, so the
        # flag applies to function.py too.
        flags = code.co_flags & __future__.annotations.compiler_flag
        exec(code, module.__dict__)  # noqa: S102 - running the user's own cell is the purpose
    function = module.__dict__.get(manifest["handler"])
    if not callable(function):
        raise RuntimeError(f"function.py does not define the function {manifest['handler']}")
    return function, manifest


def _without_main_blocks(source: str, path: str, flags: int) -> Any:
    """Return what to compile: the source, without ``if __name__ == "__main__":`` of the cell.

    Such a block is for the notebook only, which has executed it. Blocks in functions and classes
    stay, because the notebook's answers depend on them. Raises SyntaxError.
    """
    if "__main__" not in source:
        return source
    import ast

    def is_main_block(node: ast.AST) -> bool:
        if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
            return False
        compared = {ast.dump(one) for one in (node.test.left, *node.test.comparators)}
        wanted = {ast.dump(ast.parse(one, mode="eval").body) for one in ("__name__", "'__main__'")}
        return compared == wanted and [type(one) for one in node.test.ops] == [ast.Eq]

    class Remover(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST:
            return ast.Pass() if is_main_block(node) else self.generic_visit(node)

        def visit_FunctionDef(self, node: ast.AST) -> ast.AST:
            return node

        visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # noqa: N815 - ast's own names

    tree = compile(source, path, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    return ast.fix_missing_locations(Remover().visit(tree))


_FUNCTION, _MANIFEST = load(_HERE) if _IS_PACKAGE else (None, {})
_SECRETS = _MANIFEST.get("secrets", ())
# This parameter has preset values that are not text, as JSON by name.
_PRESETS = "__faas_parameters"


def _take_bound(params: dict[str, Any]) -> dict[str, Any]:
    """Return ``params`` without secrets and with the values in ``__faas_parameters``.

    A deploy by jupyter_faas binds secrets as environment variables, and other values as parameters.
    Tools such as wskdeploy bind text only, as parameters. Secrets become environment variables
    here, unless these are set already, so that no caller can replace them. A caller can replace
    other values, except in a web action, whose preset parameters are final: it refuses them, as
    OpenWhisk does.
    """
    params = dict(params)
    for name in _SECRETS:
        value = params.pop(name, None)
        if isinstance(value, str):
            os.environ.setdefault(name, value)
    presets = params.pop(_PRESETS, None)
    if isinstance(presets, dict):
        try:
            values = {name: json.loads(text) for name, text in presets.items()}
        except (TypeError, ValueError):
            raise ParametersRejected(f"a value in {_PRESETS} is not JSON") from None
        if is_web(params):
            # A caller can send this map if the deploy did not bind it. It must not replace a final
            # parameter or what the host tells about the request.
            for name in values:
                if name in params or name == "http" or name.startswith("__ow_"):
                    raise ParametersRejected(
                        f"the parameter {name} is already set and cannot be overridden"
                    )
        return {**values, **params}
    return params


def main(params: Any) -> dict[str, Any]:
    """Run an activation with JSON parameters, and return a JSON object.

    An exception in the function becomes ``{"error": …}``, as in OpenWhisk's own runtimes. The
    logged traceback begins at the cell's frames. If the parameters of a web request do not fit, the
    error has an HTTP status and a body. Raises MemoryError, and RuntimeError outside a package.
    """
    if _FUNCTION is None:
        raise RuntimeError(f"no manifest.json in {_HERE or 'the current folder'}")
    try:
        if isinstance(params, dict) and (_SECRETS or _PRESETS in params):
            params = _take_bound(params)
        return call(_FUNCTION, _MANIFEST, params)
    except ParametersRejected as error:
        # No traceback is logged, because the parameters are wrong, not the code.
        if is_web(params):
            # The body is an object, because a client that expects JSON could not parse plain text.
            return {"error": {"statusCode": 400, "body": {"error": str(error)}}}
        return {"error": str(error)}
    except ResultRejected as error:
        return {"error": str(error)}
    # The runtime must see a MemoryError, to report that the activation exhausted its memory.
    except MemoryError:
        raise
    except Exception as error:
        _log_traceback(error)
        return {"error": str(error) or type(error).__name__}


def _is_own(namespace: Mapping[str, Any]) -> bool:
    return namespace is globals() or namespace.get("__name__") in _OWN_MODULES


def _log_traceback(error: Exception) -> None:
    import traceback

    frames = error.__traceback__
    while frames is not None and _is_own(frames.tb_frame.f_globals):
        frames = frames.tb_next
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
        # Paths relative to the package are shorter, and do not reveal the machine's directories.
        sys.stderr.write(text.replace(_HERE + os.sep, ""))
    except Exception:
        # The function may have replaced sys.stderr, or its exception may fail in str(). The error
        # must not be lost, so at least the class name is written.
        os.write(2, f"{type(error).__name__}\n".encode())

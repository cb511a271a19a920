"""The action's entry point: calls the cell's function with JSON parameters.

In the package it is ``__main__.py``. The files ``faas_parameters.py`` and ``faas_results.py`` are
beside it, and ``faas_images.py`` if the function takes or returns images.

At init, the OpenWhisk runtime imports this file. ``load`` then runs ``captured.py`` (the objects
that the function uses from its notebook) and ``function.py`` (the cell) once, in the namespace of
one module, ``function``. An exception there fails the init.

For each activation, the runtime calls ``main(params)``. ``bind`` checks the parameters against the
schema in ``manifest.json`` and converts them. Images are read, the function is called (and awaited
if it is async), and ``answer`` converts its result to JSON. An exception of the function becomes
``{"error": message}``, with the traceback in the logs.

The notebook uses this file for local calls too. There is no ``manifest.json`` beside it there, so
nothing is loaded, and :func:`call` does the same steps. Python 3.9 and later, standard library
only.
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
    # A runtime may import this file by its path, without its folder in sys.path.
    sys.path.insert(0, _HERE)

from faas_parameters import ParametersRejected, bind, is_web  # noqa: E402 needs the path
from faas_results import ResultRejected, answer, to_json  # noqa: E402, F401 for local calls

# The module faas_images, or None if the package does not have it.
faas_images: Any = None
if _IS_PACKAGE and os.path.exists(os.path.join(_HERE, "faas_images.py")):
    faas_images = __import__("faas_images")

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from collections.abc import Callable, Mapping
    from typing import Any

MODULE_NAME = "function"
_OWN_MODULES = ("faas_parameters", "faas_results", "faas_images", "faas_image_download")


def call(function: Callable[..., Any], spec: Mapping[str, Any], params: Any) -> dict[str, Any]:
    """Return the function's result for ``params``, as data for JSON.

    ``spec`` is the manifest, or the part of it with ``name``, ``parameter_style`` ("dictionary" or
    "named") and ``schema``. An ``async def`` function is awaited. Raises ParametersRejected,
    ResultRejected, and whatever the function raises.
    """
    args, kwargs = bind(spec, params)
    if faas_images is not None:
        args, kwargs = _with_images(spec["schema"], args, kwargs, is_web(params))
    result = function(*args, **kwargs)
    if hasattr(result, "__await__"):
        result = _run_awaitable(result)
    data: dict[str, Any] = answer(result, spec["name"])
    return data


def _with_images(
    schema: Mapping[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any], web: bool
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    read = faas_images.read_images
    # Anyone can call a web function, so it must not read from its own network for the caller.
    if args:
        return (read(schema, args[0], "", public_only=web),), kwargs
    return (), read(schema, kwargs, "", public_only=web)


def _run_awaitable(awaitable: Any) -> Any:
    import asyncio

    async def wait() -> Any:
        return await awaitable

    # The public asyncio.get_running_loop raises an error without a loop, and that error would be in
    # the traceback of every exception of the function.
    if asyncio._get_running_loop() is None:
        return asyncio.run(wait())
    # In a notebook, the kernel's loop runs in this thread, and it is busy with the calling cell.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, wait()).result()


def load(directory: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Run a package's captured.py and function.py; return ``(handler, manifest)``.

    Raises RuntimeError if they do not compile or do not define the handler, and whatever they
    raise.
    """
    with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
        manifest: dict[str, Any] = json.load(file)
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = os.path.join(directory, "function.py")
    # dataclasses, typing and enum look up the module of a class while it is created.
    sys.modules[MODULE_NAME] = module
    flags = 0
    for name in ("captured.py", "function.py"):
        path = os.path.join(directory, name)
        with open(path, encoding="utf-8") as file:
            source = file.read()
        try:
            code = compile(source, path, "exec", flags, dont_inherit=True)
        except SyntaxError as error:
            here = ".".join(map(str, sys.version_info[:3]))
            raise RuntimeError(
                f"{name}, line {error.lineno}, is not Python {here}; "
                f"it was packaged with Python {manifest.get('python')}"
            ) from error
        # As in a notebook, where a __future__ import applies to all later cells.
        flags = code.co_flags & __future__.annotations.compiler_flag
        exec(code, module.__dict__)  # noqa: S102 - running the user's own cell is the purpose
    function = module.__dict__.get(manifest["handler"])
    if not callable(function):
        raise RuntimeError(f"function.py defines no function {manifest['handler']}")
    return function, manifest


_FUNCTION, _MANIFEST = load(_HERE) if _IS_PACKAGE else (None, {})


def main(params: Any) -> dict[str, Any]:
    """Run one activation with JSON parameters, and return a JSON object.

    An exception of the function becomes ``{"error": …}``, as in OpenWhisk's own runtimes. The
    traceback in the logs begins at the cell's frames. If the parameters of a web request do not
    fit, the error has a status and a body, as web actions need it.
    """
    if _FUNCTION is None:
        raise RuntimeError(f"no manifest.json in {_HERE or 'the current folder'}")
    try:
        return call(_FUNCTION, _MANIFEST, params)
    except ParametersRejected as error:
        # Without a traceback, because the parameters are wrong and not the code.
        if is_web(params):
            # A web client that asks for JSON could not parse a plain string.
            return {"error": {"statusCode": 400, "body": {"error": str(error)}}}
        return {"error": str(error)}
    except ResultRejected as error:
        return {"error": str(error)}
    # The runtime must see it: the activation then reports that it exhausted its memory.
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
        # Paths relative to the package are shorter, and do not show the machine's folders.
        sys.stderr.write(text.replace(_HERE + os.sep, ""))
    except Exception:
        # The function may have replaced sys.stderr, or str() of its exception may fail. The error
        # must not be lost, so at least the class name is written.
        os.write(2, f"{type(error).__name__}\n".encode())

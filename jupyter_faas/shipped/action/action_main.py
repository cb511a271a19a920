"""The action's entry point: calls the cell's function with JSON parameters.

It lies in the package as ``__main__.py``, beside ``faas_parameters.py`` and ``faas_results.py``,
and ``faas_images.py`` where images come in or go out.
``captured.py`` (what the function uses from its notebook) and ``function.py`` (the cell) run once,
when this file is imported, in one namespace: the module ``function``. ``main(params)`` then
answers every activation.

The notebook loads this same file for local calls, where no ``manifest.json`` lies beside it;
:func:`call` is the whole way from parameters to result, here and there alike. Python 3.9 and up,
standard library only.
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
    # Whoever imports this file need not have its folder on the path.
    sys.path.insert(0, _HERE)

from faas_parameters import ParametersRejected, bind, is_web  # noqa: E402 it lies there
from faas_results import ResultRejected, answer, to_json  # noqa: E402, F401 the notebook uses it

# The module, where images come in or go out.
faas_images: Any = None
if _IS_PACKAGE and os.path.exists(os.path.join(_HERE, "faas_images.py")):
    faas_images = __import__("faas_images")

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    from collections.abc import Callable, Mapping
    from typing import Any

MODULE_NAME = "function"
_GLUE = ("faas_parameters", "faas_results", "faas_images", "faas_image_download")


def call(function: Callable[..., Any], spec: Mapping[str, Any], params: Any) -> dict[str, Any]:
    """The function's answer to ``params``, as JSON-able data.

    ``spec`` is the manifest or its part: ``name``, ``parameter_style`` ("dictionary" or "named")
    and ``schema``. An ``async def`` function is awaited. Raises ParametersRejected,
    ResultRejected, and whatever the function raises.
    """
    args, kwargs = bind(spec, params)
    if faas_images is not None:
        args, kwargs = _with_images(spec["schema"], args, kwargs, is_web(params))
    result = function(*args, **kwargs)
    if hasattr(result, "__await__"):
        result = _finish(result)
    data: dict[str, Any] = answer(result, spec["name"])
    return data


def _with_images(
    schema: Mapping[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any], web: bool
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    read = faas_images.read_images
    # Whoever finds a web function can call it, and shall not look around in its network.
    found = [read(schema, value, "", public_only=web) for value in (args[:1] or (kwargs,))]
    return (tuple(found), kwargs) if args else ((), found[0])


def _finish(awaitable: Any) -> Any:
    import asyncio

    async def wait() -> Any:
        return await awaitable

    # asyncio.get_running_loop raises where there is none, and would stand in every traceback.
    if asyncio._get_running_loop() is None:
        return asyncio.run(wait())
    # In a notebook this thread's loop is the kernel's own, busy with the cell that called us.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, wait()).result()


def load(directory: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Run a package's captured.py and function.py; ``(handler, manifest)``."""
    with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
        manifest: dict[str, Any] = json.load(file)
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = os.path.join(directory, "function.py")
    # Dataclasses, typing and enum look their module up here while the classes are being made.
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
        # A notebook's __future__ imports hold for all its later cells.
        flags = code.co_flags & __future__.annotations.compiler_flag
        exec(code, module.__dict__)  # noqa: S102 - running the user's own cell is the purpose
    function = module.__dict__.get(manifest["handler"])
    if not callable(function):
        raise RuntimeError(f"function.py defines no function {manifest['handler']}")
    return function, manifest


_FUNCTION, _MANIFEST = load(_HERE) if _IS_PACKAGE else (None, {})


def main(params: Any) -> dict[str, Any]:
    """Answer one activation: JSON parameters in, a JSON object out.

    What the function raises is answered as the runtime would, ``{"error": …}``, with the
    traceback in the logs from the cell's own frames on. Parameters of a web request that do not
    fit are answered as OpenWhisk's web actions say errors: with a status and a body.
    """
    if _FUNCTION is None:
        raise RuntimeError(f"no manifest.json in {_HERE or 'the current folder'}")
    try:
        return call(_FUNCTION, _MANIFEST, params)
    except ParametersRejected as error:
        # The words say it all: there is no bug to look for in any code.
        if is_web(params):
            # A mere string never reaches who asked for JSON: it is not valid there.
            return {"error": {"statusCode": 400, "body": {"error": str(error)}}}
        return {"error": str(error)}
    except ResultRejected as error:
        return {"error": str(error)}
    except MemoryError:
        raise
    except Exception as error:
        _log_traceback(error)
        return {"error": str(error) or type(error).__name__}


def _is_ours(namespace: Mapping[str, Any]) -> bool:
    return namespace is globals() or namespace.get("__name__") in _GLUE


def _log_traceback(error: Exception) -> None:
    import traceback

    frames = error.__traceback__
    while frames is not None and _is_ours(frames.tb_frame.f_globals):
        frames = frames.tb_next
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
        # Where the runtime unpacks a package is nobody's business.
        sys.stderr.write(text.replace(_HERE + os.sep, ""))
    except Exception:
        # The function may have replaced sys.stderr, or its exception may not print.
        os.write(2, f"{type(error).__name__}\n".encode())

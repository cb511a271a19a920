"""Measures how long a package takes to answer, in the process that runs this file.

Started by path as ``python stopwatch.py FOLDER STARTED_NS ANSWER [PARAMS]``, under the interpreter
that packaged the function; that one may not have jupyter_faas, so this file imports only the
standard library. ``STARTED_NS`` is the clock when the process was started. Writes the milliseconds
``imported``, ``loaded``, ``first`` and ``warm`` as JSON to the file ANSWER, each beginning where
the one before ended (``warm`` is the median of three calls); PARAMS is a JSON file. When stdin
closes, whoever asked is gone: then it ends, and the folder around FOLDER goes too.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import signal
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any


def measure(folder: str, started_ns: int, params: dict[str, Any] | None) -> dict[str, float | None]:
    """Import what the package imports, then the package, then call it four times."""
    sys.path.insert(0, folder)
    for name in ("captured.py", "function.py", "faas_models.py", "faas_estimators.py"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            _run_imports(path)
    imported_ns = time.time_ns()
    main = _load_main(folder)
    loaded_ns = time.time_ns()
    times: dict[str, float | None] = {
        "imported": _ms(started_ns, imported_ns),
        "loaded": _ms(imported_ns, loaded_ns),
        "first": None,
        "warm": None,
    }
    if params is not None:
        first, *warm = [_timed(main, params) for _ in range(4)]
        times["first"] = first
        times["warm"] = statistics.median(warm)
    return times


def _run_imports(path: str) -> None:
    """The imports at the top level of a file, and nothing else of it."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    tree.body = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    exec(compile(tree, path, "exec"), {"__name__": "imports"})  # noqa: S102 - the user's own imports


def _load_main(folder: str) -> Callable[[dict[str, Any]], object]:
    # The name under which OpenWhisk's Python runtime imports __main__.py.
    spec = importlib.util.spec_from_file_location("main__", os.path.join(folder, "__main__.py"))
    assert spec is not None and spec.loader is not None  # noqa: S101 - it is a .py file
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if hasattr(module, "prepare"):
        # Of a package whose models lie in a store: else the first call would fetch them.
        module.prepare()
    main: Callable[[dict[str, Any]], object] = module.main
    return main


def _timed(main: Callable[[dict[str, Any]], object], params: dict[str, Any]) -> float:
    began_ns = time.time_ns()
    result = main(dict(params))
    ended_ns = time.time_ns()
    if isinstance(result, dict) and list(result) == ["error"]:
        # An exception has its traceback on stderr by now, a refusal has nothing there.
        sys.exit(f"error: {result['error']}")
    return _ms(began_ns, ended_ns)


def _ms(began_ns: int, ended_ns: int) -> float:
    return max(0, ended_ns - began_ns) / 1e6


def _end_with_the_asker(folder: str) -> None:
    # The function may read stdin itself: it gets an empty one.
    asker = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait() -> None:
        os.read(asker, 1)
        shutil.rmtree(os.path.dirname(folder), ignore_errors=True)
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _main(argv: list[str]) -> None:
    _end_with_the_asker(argv[1])
    params = None
    if len(argv) > 4:
        with open(argv[4], encoding="utf-8") as file:
            params = json.load(file)
    times = measure(argv[1], int(argv[2]), params)
    with open(argv[3], "w", encoding="utf-8") as file:
        json.dump(times, file)


if __name__ == "__main__":
    _main(sys.argv)

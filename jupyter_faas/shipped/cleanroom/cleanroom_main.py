"""Runs a package on its own and measures it, in the process that runs this file.

Started by path as ``python -I cleanroom_main.py FOLDER STARTED_NS ANSWER JOB``, under the
interpreter that packaged the function. That interpreter may lack jupyter_faas, so this file imports
only the standard library. ``STARTED_NS`` is the clock when the process was started. The file JOB
holds ``{"requirements", "hidden", "shown", "home", "calls", "times"}``; see
``cleanroom_isolation.py``. A call is its parameters, and ``times`` says how often each is made.

With a fifth word, ``{"told": {"requirements", "hidden", "shown", "home"}, "imports"}``, it begins
before there is a package: it imports those modules and waits until a byte comes on stdin, when
FOLDER and JOB are there. What it did ahead counts by the processor's clock, since those who make
the package are at work at the same time.

Writes to the file ANSWER as JSON: the milliseconds ``imported``, ``loaded``, ``first`` and
``warm``, each beginning where the one before ended (``warm`` is the median of the calls like the
first), ``answers`` (of each call, one for each time), ``failed`` (what ended it, or null), and what
was looked for in vain: ``missing`` modules, ``unread`` files, ``unset`` variables. When stdin
closes, whoever asked is gone: then it ends, and the folder around FOLDER goes too.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import json
import os
import shutil
import signal
import statistics
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

Main = Callable[[dict[str, Any]], Any]


def enter(folder: str, told: dict[str, Any]) -> Any:
    """From here on only what the package has and requires is there; the Isolation."""
    here = os.path.dirname(os.path.abspath(__file__))
    found_here = _load(os.path.join(here, "cleanroom_isolation.py"), "isolation")
    isolation = found_here.Isolation(
        folder, **{name: told[name] for name in ("requirements", "hidden", "shown", "home")}
    )
    sys.path.insert(0, folder)
    isolation.enter()
    return isolation


def run(folder: str, started_ns: int, job: dict[str, Any], isolation: Any) -> dict[str, Any]:
    """Import what the package imports, then the package, then answer the calls."""
    found: dict[str, Any] = dict.fromkeys(("imported", "loaded", "first", "warm", "failed"))
    found["answers"] = []
    try:
        main = _loaded(folder, started_ns, found)
        _answer(main, job["calls"], job["times"], found)
    except BaseException as error:  # the seam to the user's code, which may even end the process
        found["failed"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        for name in ("missing", "unread", "unset"):
            found[name] = getattr(isolation, name)
        with open(job["answer"], "w", encoding="utf-8") as file:
            json.dump(found, file)
    return found


def _loaded(folder: str, started_ns: int, found: dict[str, Any]) -> Main:
    for name in ("captured.py", "function.py", "faas_models.py", "faas_estimators.py"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            _run_imports(path)
    imported_ns = time.time_ns()
    # The name under which OpenWhisk's Python runtime imports __main__.py.
    module = _load(os.path.join(folder, "__main__.py"), "main__")
    if hasattr(module, "prepare"):
        # Of a package whose models lie in a store: else the first call would fetch them.
        module.prepare()
    main: Main = module.main
    found["imported"] = _ms(started_ns, imported_ns)
    found["loaded"] = _ms(imported_ns, time.time_ns())
    return main


def _run_imports(path: str) -> None:
    """The imports at the top level of a file, and nothing else of it."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    tree.body = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    exec(compile(tree, path, "exec"), {"__name__": "imports"})  # noqa: S102 - the user's own imports


def _load(path: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # noqa: S101 - it is a .py file
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _answer(
    main: Main, calls: list[dict[str, Any]], times: list[int], found: dict[str, Any]
) -> None:
    for number, params in enumerate(calls):
        ran = [_timed(main, params) for _ in range(times[number])]
        found["answers"].append([answer for answer, _ in ran])
        if number == 0:
            first, *warm = [took for _, took in ran]
            found["first"] = first
            if warm and not _is_error(ran[0][0]):
                found["warm"] = statistics.median(warm)


def _timed(main: Main, params: dict[str, Any]) -> tuple[Any, float]:
    # A call may change what it is given.
    given = json.loads(json.dumps(params))
    began_ns = time.time_ns()
    result = main(given)
    ended_ns = time.time_ns()
    return result, _ms(began_ns, ended_ns)


def _is_error(answer: Any) -> bool:
    return isinstance(answer, dict) and list(answer) == ["error"]


def _ms(began_ns: int, ended_ns: int) -> float:
    return max(0, ended_ns - began_ns) / 1e6


def _asker() -> int:
    """The descriptor that closes when whoever asked is gone."""
    # The function may read stdin itself: it gets an empty one.
    asker = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return asker


def _end(folder: str) -> None:
    shutil.rmtree(os.path.dirname(folder), ignore_errors=True)
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _begin_ahead(folder: str, early: dict[str, Any], asker: int) -> tuple[int, Any]:
    """When it would have been started, had it not been started ahead; and the Isolation."""
    begun_ns = time.process_time_ns()
    isolation = enter(folder, early["told"])
    looked_up_ns = time.process_time_ns() - begun_ns
    for name in early["imports"]:
        # What cannot be imported is told when the package does it.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    spent_ns = time.process_time_ns() - looked_up_ns
    if not os.read(asker, 1):
        _end(folder)
    # The folder was empty when it was looked into.
    importlib.invalidate_caches()
    return time.time_ns() - spent_ns, isolation


def _main(argv: list[str]) -> None:
    folder, started_ns, asker = argv[1], int(argv[2]), _asker()
    isolation: Any = None
    if len(argv) > 5:
        started_ns, isolation = _begin_ahead(folder, json.loads(argv[5]), asker)

    def watch() -> None:
        os.read(asker, 1)
        _end(folder)

    threading.Thread(target=watch, daemon=True).start()
    with open(argv[4], encoding="utf-8") as file:
        job = json.load(file)
    code = 1
    try:
        if isolation is None:
            begun_ns = time.time_ns()
            isolation = enter(folder, job)
            # Looking up what is installed is no part of a cold start.
            started_ns += time.time_ns() - begun_ns
        run(folder, started_ns, {**job, "answer": argv[3]}, isolation)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        # At once, whatever threads the function has left running.
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _main(sys.argv)

"""Runs a package on its own and measures it, in the process that runs this file.

Started by path as ``python -I stopwatch.py FOLDER STARTED_NS ANSWER JOB``, under the interpreter
that packaged the function; that one may not have jupyter_faas, so this file imports only the
standard library. ``STARTED_NS`` is the clock when the process was started. The file JOB holds
``{"requirements", "hidden", "shown", "home", "calls", "times"}``; see ``isolation.py``. A call is
its parameters, and ``times`` says how often each is made.

Writes to the file ANSWER as JSON: the milliseconds ``imported``, ``loaded``, ``first`` and
``warm``, each beginning where the one before ended (``warm`` is the median of the calls like the
first), ``answers`` (of each call, one for each time), ``failed`` (what ended it, or null), and what
was looked for in vain: ``missing`` modules, ``unread`` files, ``unset`` variables. When stdin
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
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

Main = Callable[[dict[str, Any]], Any]


def run(folder: str, started_ns: int, job: dict[str, Any]) -> dict[str, Any]:
    """Import what the package imports, then the package, then answer the calls."""
    begun_ns = time.time_ns()
    here = os.path.dirname(os.path.abspath(__file__))
    told = {name: job[name] for name in ("requirements", "hidden", "shown", "home")}
    found_here = _load(os.path.join(here, "isolation.py"), "isolation")
    isolation = found_here.Isolation(folder, **told)
    sys.path.insert(0, folder)
    isolation.enter()
    # Looking up what is installed is no part of a cold start.
    started_ns += time.time_ns() - begun_ns
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
    with open(argv[4], encoding="utf-8") as file:
        job = json.load(file)
    code = 1
    try:
        run(argv[1], int(argv[2]), {**job, "answer": argv[3]})
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        # At once, whatever threads the function has left running.
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _main(sys.argv)

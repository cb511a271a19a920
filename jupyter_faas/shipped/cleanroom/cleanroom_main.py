"""The clean-room test's process, which imports a package in isolation, calls it, and measures time.

The command is ``python -I cleanroom_main.py FOLDER STARTED_NS ANSWER JOB``, with the path of this
file and the interpreter that packaged the function. The interpreter may not have jupyter_faas, so
this file imports only the standard library. ``STARTED_NS`` is the time when the process was
started, in nanoseconds. The JSON file JOB contains the keys ``requirements``, ``hidden``,
``shown``, ``home``, ``libraries``, ``calls`` and ``times``. ``cleanroom_isolation.py`` describes
the first four, and ``enter`` the fifth.
``calls`` lists the parameters of each call, and ``times`` lists how often each call is made.

An optional fifth argument, ``{"told": {"requirements", "hidden", "shown", "home"}, "imports"}``,
prewarms the process before the package is complete. The process imports the modules in ``imports``
and waits for a byte on stdin, which means that FOLDER and JOB exist. Prewarming is measured in CPU
time, because the packaging uses the machine at the same time.

The process writes its results to the file ANSWER as JSON:

- ``imported``: the time for importing the libraries, in milliseconds.
- ``loaded``: the time for loading the package after that, in milliseconds.
- ``first``: the duration of the first call, in milliseconds.
- ``warm``: the median duration of the repetitions of the first call, in milliseconds.
- ``answers``: a list of results for each call.
- ``failed``: the exception that ended the test, or null.
- ``missing``, ``unread`` and ``unset``: modules, files and environment variables that the package
  did not find.

If stdin closes, the parent has exited. The process then deletes the parent directory of FOLDER and
exits.
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


def enter(folder: str, options: dict[str, Any]) -> Any:
    """Isolate the package in ``folder``, and return the Isolation.

    ``options``: the keyword arguments of Isolation. If ``libraries`` is true, the directory of that
    name beside ``folder`` has the libraries of the target's image. Other keys are ignored.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    module = _load(os.path.join(here, "cleanroom_isolation.py"), "isolation")
    isolation = module.Isolation(
        folder, **{name: options[name] for name in ("requirements", "hidden", "shown", "home")}
    )
    sys.path.insert(0, folder)
    if options.get("libraries"):
        sys.path.append(os.path.join(os.path.dirname(folder), "libraries"))
    isolation.enter()
    return isolation


def run(folder: str, started_ns: int, job: dict[str, Any], isolation: Any) -> dict[str, Any]:
    """Import the package's libraries, load the package, and make the calls.

    Writes the results to the file ``job["answer"]`` and returns them. If the package raises an
    exception, the results are written before the exception is raised again.
    """
    found: dict[str, Any] = dict.fromkeys(("imported", "loaded", "first", "warm", "failed"))
    found["answers"] = []
    try:
        main = _load_package(folder, started_ns, found)
        _make_calls(main, job["calls"], job["times"], found)
    except BaseException as error:  # the user's code may even call sys.exit
        found["failed"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        for name in ("missing", "unread", "unset"):
            found[name] = getattr(isolation, name)
        with open(job["answer"], "w", encoding="utf-8") as file:
            json.dump(found, file)
    return found


def _load_package(folder: str, started_ns: int, found: dict[str, Any]) -> Main:
    for name in ("captured.py", "function.py", "faas_models.py", "faas_estimators.py"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            _run_imports(path)
    imported_ns = time.time_ns()
    # OpenWhisk's Python runtime imports __main__.py under this name.
    module = _load(os.path.join(folder, "__main__.py"), "main__")
    if hasattr(module, "prepare"):
        # The models are in a model store. Without this, the first call would include the download.
        module.prepare()
    main: Main = module.main
    found["imported"] = _ms(started_ns, imported_ns)
    found["loaded"] = _ms(imported_ns, time.time_ns())
    return main


def _run_imports(path: str) -> None:
    """Execute only the top-level import statements of a file, and settings that affect imports.

    The imports can then be measured separately from loading the models.
    """
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    tree.body = [
        node
        for node in tree.body
        # captured.py sets the backend of Keras in this way.
        if isinstance(node, (ast.Import, ast.ImportFrom))
        or (isinstance(node, ast.Expr) and "os.environ.setdefault(" in ast.unparse(node))
    ]
    exec(compile(tree, path, "exec"), {"__name__": "imports"})  # noqa: S102 - the user's own imports


def _load(path: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # noqa: S101 - it is a .py file
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _make_calls(
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
    # The parameters are copied, because the function may change them.
    given = json.loads(json.dumps(params))
    began_ns = time.time_ns()
    result = main(given)
    ended_ns = time.time_ns()
    return result, _ms(began_ns, ended_ns)


def _is_error(answer: Any) -> bool:
    return isinstance(answer, dict) and list(answer) == ["error"]


def _ms(began_ns: int, ended_ns: int) -> float:
    return max(0, ended_ns - began_ns) / 1e6


def _keep_stdin() -> int:
    """Return a duplicate of stdin's file descriptor, and redirect stdin to the null device.

    Reading from the duplicate returns b"" after the parent has exited.
    """
    # If the function reads from stdin, it must not consume the bytes from the parent.
    stdin = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return stdin


def _end(folder: str) -> None:
    shutil.rmtree(os.path.dirname(folder), ignore_errors=True)
    # The whole process group is killed, because the function may have started processes.
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _prewarm(folder: str, request: dict[str, Any], stdin: int) -> tuple[int, Any]:
    """Import modules in advance, and wait for the package.

    Returns a start time and the Isolation. The start time is the current time minus the CPU time
    that this process has used without the isolation, in nanoseconds.
    """
    started_ns = time.process_time_ns()
    isolation = enter(folder, request["told"])
    looked_up_ns = time.process_time_ns() - started_ns
    for name in request["imports"]:
        # Errors are ignored here, because they are reported when the package imports the module.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    spent_ns = time.process_time_ns() - looked_up_ns
    if not os.read(stdin, 1):
        _end(folder)
    # The import system may have cached that the directory is empty.
    importlib.invalidate_caches()
    return time.time_ns() - spent_ns, isolation


def _main(argv: list[str]) -> None:
    folder, started_ns, stdin = argv[1], int(argv[2]), _keep_stdin()
    isolation: Any = None
    if len(argv) > 5:
        started_ns, isolation = _prewarm(folder, json.loads(argv[5]), stdin)

    def watch() -> None:
        os.read(stdin, 1)
        _end(folder)

    threading.Thread(target=watch, daemon=True).start()
    with open(argv[4], encoding="utf-8") as file:
        job = json.load(file)
    code = 1
    try:
        if isolation is None:
            begun_ns = time.time_ns()
            isolation = enter(folder, job)
            # The time for the isolation is not counted, because a cold start does not include it.
            started_ns += time.time_ns() - begun_ns
        run(folder, started_ns, {**job, "answer": argv[3]}, isolation)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        # os._exit is used because a normal exit would wait for the function's threads.
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _main(sys.argv)

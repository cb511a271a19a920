"""Starts one worker for an action, and sees to it that nothing of it is left.

Run by the playground as ``python launcher.py CONTROL REPORT REPLY`` with the worker's standard
input, output and error, and the numbers of three pipes. Standard library only: it runs under the
interpreter of the action, Python 3.9 or newer.

The one line that comes on CONTROL, JSON, says what to run::

    {"directory": "/…/code/7", "main": "main", "environment": {"__OW_ACTION_NAME": "/guest/iris"},
     "data_bytes": 805306368, "cgroup": null}

This process then forks. The child is the worker and speaks ActionLoop: a line of JSON in on its
standard input, a line out on REPLY, logs on standard output and error. The parent is the subreaper
of everything that the worker starts, so that even a daemon that left its session stays within
reach. It waits until CONTROL closes, which it also does when the playground is killed, or until
the worker ends. Then it ends every descendant, reports
``{"code": 3, "signal": 0, "memory_exhausted": false}`` on REPORT and exits.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # At run time these imports would be a tenth of a cold start.
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# Not JSON, so no result of an action looks like it.
MEMORY_EXHAUSTED = b"!memory\n"
CANNOT_START = "Cannot start action. Check logs for details."

# The worker keeps its own ends of the pipes at and above this number.
FIRST_OWN_DESCRIPTOR = 64


def main() -> None:
    control, report, reply = (int(text) for text in sys.argv[1:4])
    start = read_line(control)
    if start is None:
        return
    launcher = os.getpid()
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)
    worker = os.fork()
    if worker == 0:
        os.close(control)
        os.close(report)
        become_worker(start, reply, launcher)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(reply)
    code = watch(control, worker)
    end_descendants(worker)
    ending = {
        "code": max(code or 0, 0),
        "signal": max(-(code or 0), 0),
        "memory_exhausted": leave_cgroup(start.get("cgroup")),
    }
    with contextlib.suppress(OSError):  # The playground may be gone.
        os.write(report, json.dumps(ending).encode() + b"\n")
    # Nothing is left to tidy up, and the interpreter would take its time over it.
    os._exit(0)


# -- the worker ------------------------------------------------------------------------------


def become_worker(start: dict[str, Any], reply: int, launcher: int) -> None:
    """Never returns."""
    code = 1
    try:
        code = work(start, reply, launcher)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException as error:
        print_traceback(error)
    finally:
        # At once, whatever threads the action has left running.
        flush()
        os._exit(code)


def work(start: dict[str, Any], reply: int, launcher: int) -> int:
    """Run the action's code until standard input ends; give the exit code."""
    # The action cannot get at these by number, and what it starts does not inherit them.
    requests = os.fdopen(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR), "rb")
    reply = fcntl.fcntl(reply, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR)
    os.closerange(3, FIRST_OWN_DESCRIPTOR)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    confine(start, launcher)
    try:
        function = load(start["directory"], start["main"])
    except MemoryError:
        flush()
        answer(reply, MEMORY_EXHAUSTED)
        return 1
    except Exception as error:
        print_traceback(error)
        flush()
        answer(reply, json.dumps({"error": CANNOT_START}).encode() + b"\n")
        return 1
    flush()
    answer(reply, b'{"ok":true}\n')
    while True:
        line = requests.readline()
        if not line:
            return 0
        data = run(function, line)
        # Before the answer, so that whoever reads the answer can read all the logs.
        flush()
        answer(reply, data)


def confine(start: dict[str, Any], launcher: int) -> None:
    """Take the place, the environment and the limits of the action."""
    os.setpgid(0, 0)
    set_process_option(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != launcher:
        sys.exit(1)
    if start.get("cgroup"):
        write_file(os.path.join(start["cgroup"], "cgroup.procs"), "0")
    # When the machine runs out of memory, let it be the action that goes.
    write_file("/proc/self/oom_score_adj", "1000")
    try:
        import resource

        if start["data_bytes"] and sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_DATA, (start["data_bytes"], start["data_bytes"]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        pass  # The playground watches the memory as well.
    os.environ.update(start["environment"])
    os.chdir(start["directory"])
    # The folder of this file is no place for the action's imports.
    sys.path[0] = start["directory"]
    sys.argv = ["__main__.py"]


def load(directory: str, main: str) -> Callable[[Any], Any]:
    """The function ``main`` of ``__main__.py``, imported as OpenWhisk does, under ``main__``."""
    from importlib.util import module_from_spec, spec_from_file_location

    path = os.path.join(directory, "__main__.py")
    spec = spec_from_file_location("main__", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = module_from_spec(spec)
    sys.modules["main__"] = module
    spec.loader.exec_module(module)
    if not hasattr(module, main):
        raise ImportError(f"cannot import name {main!r} from {path!r}")
    function: Callable[[Any], Any] = getattr(module, main)
    return function


def run(function: Callable[[Any], Any], line: bytes) -> bytes:
    """The answer to one request, as bytes that end with a newline.

    A result that cannot be JSON ends the process, as in OpenWhisk; so does ``sys.exit()``.
    """
    try:
        request = json.loads(line)
        for key, value in request.items():
            if key != "value":
                os.environ["__OW_" + key.upper()] = value
        try:
            result = function(request.get("value", {}))
        except MemoryError:
            raise
        except Exception as error:
            print_traceback(error)
            result = {"error": str(error)}
        return json.dumps(result, ensure_ascii=False).encode() + b"\n"
    except MemoryError:
        return MEMORY_EXHAUSTED


def print_traceback(error: BaseException) -> None:
    """On standard error, without the frames that are not the action's."""
    import traceback

    frames: TracebackType | None = error.__traceback__
    while frames is not None and foreign(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    try:
        traceback.print_exception(type(error), error, frames)
    except Exception:
        # The action may have broken sys.stderr, or its exception may not print.
        os.write(2, f"{type(error).__name__}\n".encode())


def foreign(filename: str) -> bool:
    return filename == __file__ or filename.startswith("<frozen importlib")


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # The action may have closed or replaced them.
            stream.flush()


def answer(reply: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(reply, view) :]


# -- its keeper ------------------------------------------------------------------------------


def watch(control: int, worker: int) -> int | None:
    """Wait until the worker ends or the playground wants it gone.

    Give its exit code, minus the number of the signal that ended it, or None when it still runs.
    """
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while not asked:
        # Before the first wait too: a worker that ended before the handler was set sends no signal.
        code = reap(worker)
        if code is not None:
            return code
        readable, _, _ = select.select([control, woken], [], [])
        if woken in readable:
            os.read(woken, 4096)
        if control in readable:
            return None
    return None


def reap(worker: int = 0) -> int | None:
    """Collect the dead; give the exit code of the worker if it was among them."""
    code = None
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return code
            if pid == worker:
                code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    except ChildProcessError:
        return code


def end_descendants(worker: int) -> None:
    """Kill until there is nobody left: orphans become our children, and new ones may be born."""
    while True:
        for pid in descendants(os.getpid()):
            end(pid)
        if sys.platform != "linux":
            end(-worker)
        reap()
        try:
            if os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                time.sleep(0.001)
        except ChildProcessError:
            return


def end(pid: int) -> None:
    with contextlib.suppress(OSError):  # It may have ended by itself.
        os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """Those of ``pid``, nearest first. Reads /proc, and finds nobody where there is none."""
    children: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                children.extend(int(word) for word in file.read().split())
    except OSError:
        pass  # It ended meanwhile.
    return children + [each for child in children for each in descendants(child)]


def leave_cgroup(path: str | None) -> bool:
    """Remove it; give whether the kernel has killed for want of memory in it."""
    if not path:
        return False
    with contextlib.suppress(OSError), open(os.path.join(path, "memory.events")) as file:
        events = file.read().split()
        os.rmdir(path)
        return "oom_kill" in events and events[events.index("oom_kill") + 1] != "0"
    return False


# -- small things ----------------------------------------------------------------------------


def read_line(descriptor: int) -> dict[str, Any] | None:
    data = b""
    while not data.endswith(b"\n"):
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return None
        data += chunk
    start: dict[str, Any] = json.loads(data)
    return start


def set_process_option(option: int, value: int) -> None:
    """prctl(2); does nothing where there is none."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def write_file(path: str, text: str) -> None:
    with contextlib.suppress(OSError), open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()

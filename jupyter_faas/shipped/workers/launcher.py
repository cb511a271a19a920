"""Starts one worker for an action, and sees to it that nothing of it is left.

Run by the playground as ``python launcher.py CONTROL REPORT REPLY`` with the worker's standard
input, output and error, and the numbers of three pipes. Standard library only: it runs under the
interpreter of the action, Python 3.9 or newer.

The one line that comes on CONTROL, JSON, says what to run::

    {"directory": "/…/code/7", "main": "main", "environment": {"__OW_ACTION_NAME": "/guest/iris"},
     "data_bytes": 805306368, "cgroup": null, "command": null}

This process then forks. The child takes on the limits of the action and becomes its worker (see
``python_worker.py``), or the program that ``command`` names (see ``node_worker.js``). The parent
is the subreaper of everything that the worker starts, so that even a daemon that left its session
stays within reach. It waits until CONTROL closes, which it also does when the playground is killed,
or until the worker ends. Then it ends every descendant, reports
``{"code": 3, "signal": 0, "memory_exhausted": false}`` on REPORT and exits.

A zygote forks such processes instead of starting this one (see ``zygote.py``).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import select
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # At run time these imports would be a tenth of a cold start.
    from collections.abc import Callable
    from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# Where a command finds its pipes. Node.js keeps from its children what it is given below 16.
REQUESTS = 14
REPLY = 15
FIRST_FREE_DESCRIPTOR = 64


def find_prctl() -> Callable[..., int] | None:
    """Of the C library, which is loaded already; None where there is none."""
    found = getattr(ctypes.CDLL(None), "prctl", None)
    if found is not None:
        found.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    return found


prctl = find_prctl()

# Without the wrapper and without enumerations: the less is looked up, the fewer are the pages of
# memory that this process has for itself. For the same reason there is no contextlib where much
# is forked.
handle: Any = getattr(signal.signal, "__wrapped__", signal.signal)
SIGINT, SIGHUP, SIGTERM = int(signal.SIGINT), int(signal.SIGHUP), int(signal.SIGTERM)
SIGCHLD, SIGKILL = int(signal.SIGCHLD), int(signal.SIGKILL)
DEFAULT, IGNORE = int(signal.SIG_DFL), int(signal.SIG_IGN)
# No file of an action grows beyond this, so that one that writes for ever meets an error.
MAX_FILE_BYTES = 4 << 30


def main() -> None:
    control, report, reply = (int(text) for text in sys.argv[1:4])
    launch(control, report, reply)


def launch(control: int, report: int, reply: int) -> None:
    """Start the worker and see to its end. Never returns, unless nobody wants one any more."""
    line = read_line(control)
    if not line:
        return
    start = json.loads(line)
    # Before the fork, for its compiled form is shared then; a plain import, for it lies beside
    # this file wherever that was copied to.
    command: list[str] | None = start.get("command")
    serve = None if command else __import__("python_worker").serve
    launcher = os.getpid()
    adopt()
    worker = os.fork()
    if worker == 0:
        try:
            os.close(control)
            os.close(report)
            belong_to(launcher)
            confine(start)
            if command:
                become(command, reply)
            elif serve:
                serve(start["directory"], start["main"], reply)
        except OSError as error:
            os.write(2, f"{error}\n".encode())
        finally:
            os._exit(1)
    os.close(reply)
    attend(worker, control, report, line)


def adopt() -> None:
    """Whoever loses its parent below this process becomes its child."""
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)
    # Nothing here is worth a collection, and it would write to memory that others share.
    gc.disable()


def attend(worker: int, control: int, report: int, line: bytes) -> None:
    """See to the end of the worker that ``line`` has started. Never returns."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    code = watch(control, worker, *os.pipe())
    end_descendants(worker)
    start = json.loads(line)
    ending = {
        "code": max(code or 0, 0),
        "signal": max(-(code or 0), 0),
        # V8 aborts when its heap is full. The cgroup is left in any case.
        "memory_exhausted": leave_cgroup(start.get("cgroup"))
        or (start.get("command") is not None and code == -signal.SIGABRT),
    }
    with contextlib.suppress(OSError):  # The playground may be gone.
        os.write(report, json.dumps(ending).encode() + b"\n")
    # Nothing is left to tidy up, and the interpreter would take its time over it.
    os._exit(0)


def belong_to(launcher: int) -> None:
    """End with the launcher, and before anybody else when memory is short."""
    gc.enable()
    os.setpgid(0, 0)
    set_process_option(PR_SET_PDEATHSIG, SIGKILL)
    if os.getppid() != launcher:
        os._exit(1)
    # When the machine runs out of memory, let it be the action that goes.
    write_file("/proc/self/oom_score_adj", "1000")
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
    except (OSError, ValueError):
        pass


def confine(start: dict[str, Any]) -> None:
    """Take the place, the environment and the limits of the action."""
    if start.get("cgroup"):
        write_file(os.path.join(start["cgroup"], "cgroup.procs"), "0")
    # Where this fails, the playground still watches the memory.
    try:
        if start["data_bytes"] and sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_DATA, (start["data_bytes"], start["data_bytes"]))
    except (OSError, ValueError):
        pass
    # The playground's own is stricter than what actions find elsewhere.
    os.umask(0o022)
    os.environ.update(start["environment"])
    os.chdir(start["directory"])


def become(command: list[str], reply: int) -> None:
    """Turn into the program ``command``, which finds its pipes at REQUESTS and REPLY.

    Its standard input is empty, and no other descriptor of ours stays open. Never returns.
    """
    import fcntl

    requests = fcntl.fcntl(0, fcntl.F_DUPFD, FIRST_FREE_DESCRIPTOR)
    # Its own number may be beyond those that are closed below.
    reply, given = fcntl.fcntl(reply, fcntl.F_DUPFD, FIRST_FREE_DESCRIPTOR), reply
    os.close(given)
    os.closerange(3, FIRST_FREE_DESCRIPTOR)
    os.dup2(requests, REQUESTS)
    os.dup2(reply, REPLY)
    os.close(requests)
    os.close(reply)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.execv(command[0], command)  # noqa: S606


def watch(control: int, worker: int, woken: int, wake: int) -> int | None:
    """Wait until the worker ends or the playground wants it gone.

    Give its exit code, minus the number of the signal that ended it, or None when it still runs.
    Signals show at ``woken``, the end of a pipe whose other is ``wake``.
    """
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    asked: list[int] = []
    handle(SIGINT, IGNORE)
    handle(SIGHUP, IGNORE)
    handle(SIGTERM, lambda number, _: asked.append(number))
    handle(SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while not asked:
        # Before the first wait too: a worker that ended before the handler was set sends no signal.
        code = reap(worker)
        if code is not None:
            return code
        for descriptor, _ in poll.poll():
            if descriptor == control:
                return None
            os.read(woken, 4096)
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
        # The group in one call: those that fork for ever would be quicker than we are.
        if sys.platform != "linux" or group_lives(worker):
            end(-worker)
        for pid in descendants(os.getpid()):
            end(pid)
        reap()
        try:
            if os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                time.sleep(0.001)
        except ChildProcessError:
            return


def group_lives(group: int) -> bool:
    """Whether a child of ours is in it: else the number may be somebody else's by now."""
    own = os.getpid()
    with contextlib.suppress(OSError), open(f"/proc/{own}/task/{own}/children") as file:
        for child in file.read().split():
            with contextlib.suppress(OSError):
                if os.getpgid(int(child)) == group:
                    return True
    return False


def end(pid: int) -> None:
    with contextlib.suppress(OSError):  # It may have ended by itself.
        os.kill(pid, SIGKILL)


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


def read_line(descriptor: int) -> bytes:
    """Empty when its other end was closed before."""
    data = b""
    while not data.endswith(b"\n"):
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return b""
        data += chunk
    return data


def set_process_option(option: int, value: int) -> None:
    """prctl(2); does nothing where there is none."""
    if prctl is not None:
        prctl(option, value, 0, 0, 0)


def write_file(path: str, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        os.write(descriptor, text.encode())
        os.close(descriptor)
    except OSError:
        pass


if __name__ == "__main__":
    main()

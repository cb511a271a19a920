"""The launcher, which starts a worker with limits and kills all descendants at the end.

The playground runs ``python launcher.py CONTROL REPORT REPLY``. The arguments are file descriptors
of pipes, and standard input, output and error are those of the worker. The action's interpreter
runs this file, so it supports Python 3.9 and newer, and uses only the standard library.

A line of JSON on CONTROL, the start line, specifies what to run::

    {"directory": "/…/code/7", "main": "main", "environment": {"__OW_ACTION_NAME": "/guest/iris"},
     "data_bytes": 805306368, "cgroup": null, "command": null}

The launcher then forks. The child applies the action's limits and becomes the Python worker (see
``python_worker.py``) or executes ``command`` (see ``node_worker.js``). The parent is the subreaper
of all processes that the worker starts. So even a daemon in another session becomes a child of the
launcher when its parent ends. The launcher waits until the worker ends or CONTROL closes, which
also happens when the playground is killed. Then it kills all descendants, writes
``{"code": 3, "signal": 0, "memory_exhausted": false}`` to REPORT, and exits.

A zygote can fork a launcher, which is faster than starting an interpreter (see ``zygote.py``).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time

# Between a fork and the first reply, most code runs once. There, a name of this module writes to
# one memory page, whereas os.setpgid also writes to the pages of the module, its dictionary and the
# text "setpgid". A forked process must copy each of these pages.
from gc import disable as disable_gc
from gc import enable as enable_gc
from os import O_CLOEXEC, O_RDWR, O_WRONLY, chdir, close, devnull, dup2, getppid, setpgid, umask
from os import open as open_file
from os import write as write_bytes
from resource import RLIMIT_CORE, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_NOFILE, setrlimit

TYPE_CHECKING = False
if TYPE_CHECKING:  # At run time, these imports would take up a tenth of a cold start.
    from collections.abc import Callable
    from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# The file descriptors of a command's pipes. Node.js does not pass descriptors below 16 to its child
# processes.
REQUESTS = 14
REPLY = 15

# Duplicated file descriptors start at this number, above all descriptors with a fixed meaning.
FIRST_FREE_DESCRIPTOR = 64


def find_prctl() -> Callable[..., int] | None:
    """Return prctl(2) from the C library, or None if it does not exist."""
    # CDLL(None) gives access to the libraries that this process has already loaded.
    found = getattr(ctypes.CDLL(None), "prctl", None)
    if found is not None:
        found.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    return found


prctl = find_prctl()

# Calling signal.signal without its wrapper, and with integers instead of enum members, writes to
# fewer memory pages, which a forked process would have to copy (twenty in CPython 3.11). For the
# same reason, the code between a fork and the first reply does not use contextlib.
set_handler: Any = getattr(sys.modules.get("_signal"), "signal", signal.signal)
SIGINT, SIGHUP, SIGTERM = int(signal.SIGINT), int(signal.SIGHUP), int(signal.SIGTERM)
SIGCHLD, SIGKILL = int(signal.SIGCHLD), int(signal.SIGKILL)
DEFAULT, IGNORE = int(signal.SIG_DFL), int(signal.SIG_IGN)

# The maximum size of a file that an action writes. Larger writes fail.
MAX_FILE_BYTES = 4 << 30

# The maximum number of open files, as in OpenWhisk's containers.
MAX_OPEN_FILES = 1024


def main() -> None:
    """Run a launcher with the file descriptors from the command line."""
    control, report, reply = (int(text) for text in sys.argv[1:4])
    launch(control, report, reply)


def launch(control: int, report: int, reply: int) -> None:
    """Start the worker and supervise it.

    Return only if CONTROL closes before the start line is complete.
    """
    line = read_line(control)
    if not line:
        return
    start = json.loads(line)
    # Import before the fork, so that both processes share the memory of the module. __import__ is
    # used because python_worker.py is copied to this file's directory without its package.
    command: list[str] | None = start.get("command")
    worker_module = None if command else __import__("python_worker")
    launcher = os.getpid()
    become_subreaper()
    worker = os.fork()
    if worker == 0:
        try:
            os.close(control)
            os.close(report)
            bind_to_launcher(launcher)
            apply_limits(start)
            if command:
                exec_command(command, reply)
            elif worker_module:
                worker_module.configure_output()
                requests, reply = worker_module.take_pipes(reply)
                worker_module.serve(start["directory"], start["main"], requests, reply)
        except OSError as error:
            os.write(2, f"{error}\n".encode())
        finally:
            # Only an error leads here. The child must not go on to run the launcher's code.
            os._exit(1)
    os.close(reply)
    supervise(worker, control, report, line)


def become_subreaper() -> None:
    """Make this process the new parent of every descendant whose own parent ends."""
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)
    # The launcher does not create garbage, and a collection would write to memory pages that are
    # shared with the zygote.
    disable_gc()


def supervise(worker: int, control: int, report: int, line: bytes) -> None:
    """Wait until the worker ends, kill all descendants, write the report, and exit.

    ``worker``: the process id of the worker.
    ``control``, ``report``: file descriptors of the pipes.
    ``line``: the start line of the worker.
    """
    # The worker's pipes must close when the worker ends, so the launcher must not hold them open.
    null = open_file(devnull, O_RDWR)
    for descriptor in (0, 1, 2):
        dup2(null, descriptor)
    code = wait_for_end(control, worker, *os.pipe())
    kill_descendants(worker)
    start = json.loads(line)
    report_fields = {
        "code": max(code or 0, 0),
        "signal": max(-(code or 0), 0),
        # leave_cgroup is the first operand, so that it always runs. V8 aborts when its heap is
        # full.
        "memory_exhausted": leave_cgroup(start.get("cgroup"))
        or (start.get("command") is not None and code == -signal.SIGABRT),
    }
    with contextlib.suppress(OSError):  # The playground may have ended.
        os.write(report, json.dumps(report_fields).encode() + b"\n")
    # Skip the interpreter's shutdown, which takes time.
    os._exit(0)


def bind_to_launcher(launcher: int) -> None:
    """Make this worker end with its launcher, and be killed first if the machine's memory runs out.

    Also set a process group, and limits for core dumps and file sizes.
    """
    # The launcher turned off garbage collection before the fork.
    enable_gc()
    # With a new process group, most processes of the action can be killed in one call.
    setpgid(0, 0)
    set_process_option(PR_SET_PDEATHSIG, SIGKILL)
    # The launcher may have ended before the option was set.
    if getppid() != launcher:
        os._exit(1)
    # If the machine runs out of memory, the kernel should kill the action instead of the
    # playground. Child processes cannot lower this value, so it also identifies orphans of workers.
    write_file("/proc/self/oom_score_adj", "1000")
    try:
        setrlimit(RLIMIT_CORE, (0, 0))
        setrlimit(RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
        setrlimit(RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    except (OSError, ValueError):
        pass


def apply_limits(start: dict[str, Any]) -> None:
    """Apply the action's limits, environment variables and working directory to this process."""
    if start.get("cgroup"):
        write_file(os.path.join(start["cgroup"], "cgroup.procs"), "0")
    # If setting RLIMIT_DATA fails, the playground's memory watchdog still enforces the limit.
    try:
        if start["data_bytes"] and sys.platform == "linux":
            setrlimit(RLIMIT_DATA, (start["data_bytes"], start["data_bytes"]))
    except (OSError, ValueError):
        pass
    # The playground's umask is stricter than the umask in OpenWhisk's containers.
    umask(0o022)
    # os.environ.update writes to more memory pages.
    for name, value in start["environment"].items():
        os.environ[name] = value
    chdir(start["directory"])


def exec_command(command: list[str], reply: int) -> None:
    """Replace this process with ``command``, whose pipes have the descriptors REQUESTS and REPLY.

    The command's standard input is empty. Its standard output and error stay open, and all other
    file descriptors are closed. Raises OSError if the command cannot be executed.
    """
    import fcntl

    requests = fcntl.fcntl(0, fcntl.F_DUPFD, FIRST_FREE_DESCRIPTOR)
    # The old descriptor may be above the range that closerange closes.
    reply, old_reply = fcntl.fcntl(reply, fcntl.F_DUPFD, FIRST_FREE_DESCRIPTOR), reply
    os.close(old_reply)
    os.closerange(3, FIRST_FREE_DESCRIPTOR)
    os.dup2(requests, REQUESTS)
    os.dup2(reply, REPLY)
    os.close(requests)
    os.close(reply)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.execv(command[0], command)  # noqa: S606


def wait_for_end(control: int, worker: int, wakeup_read: int, wakeup_write: int) -> int | None:
    """Wait until the worker ends, ``control`` closes, or this process receives SIGTERM.

    Return the worker's exit code, or the negated number of the signal that ended it. Return None if
    the worker is still running.

    ``wakeup_read``, ``wakeup_write``: the ends of a pipe for ``signal.set_wakeup_fd``.
    """
    os.set_blocking(wakeup_read, False)
    os.set_blocking(wakeup_write, False)
    signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
    signals: list[int] = []
    set_handler(SIGINT, IGNORE)
    set_handler(SIGHUP, IGNORE)
    set_handler(SIGTERM, lambda number, _: signals.append(number))
    # SIGCHLD needs a handler, because only handled signals write to the wakeup pipe.
    set_handler(SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wakeup_read, select.POLLIN)
    while not signals:
        # Reap before the first poll, because the worker may have ended before the handler was set.
        code = reap(worker)
        if code is not None:
            return code
        for descriptor, _ in poll.poll():
            if descriptor == control:
                return None
            os.read(wakeup_read, 4096)
    return None


def reap(worker: int = 0) -> int | None:
    """Reap all children that have ended.

    Return the worker's exit code, or the negated number of the signal that ended it. Return None if
    the worker has not ended.
    """
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


def kill_descendants(worker: int) -> None:
    """Kill all descendants, and repeat until none is left, because they may still be forking."""
    while True:
        # Kill the whole group in one call, because a fork bomb can fork faster than its processes
        # can be killed one by one.
        if sys.platform != "linux" or has_child_in_group(worker):
            kill(-worker)
        for pid in descendants(os.getpid()):
            kill(pid)
        reap()
        try:
            # Pause if children are left but have not ended yet.
            if os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                time.sleep(0.001)
        except ChildProcessError:
            return


def has_child_in_group(group: int) -> bool:
    """Return whether a child of this process is in the process group ``group``.

    If not, the group's id may already belong to unrelated processes.
    """
    own = os.getpid()
    with contextlib.suppress(OSError), open(f"/proc/{own}/task/{own}/children") as file:
        for child in file.read().split():
            with contextlib.suppress(OSError):
                if os.getpgid(int(child)) == group:
                    return True
    return False


def kill(pid: int) -> None:
    """Send SIGKILL to a process, or to a process group if ``pid`` is negative."""
    with contextlib.suppress(OSError):  # The process may already have ended.
        os.kill(pid, SIGKILL)


def descendants(pid: int) -> list[int]:
    """Return the descendants of ``pid``, with each process before its own children.

    Return an empty list if ``pid`` has ended or /proc does not exist.
    """
    children: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                children.extend(int(word) for word in file.read().split())
    except OSError:
        pass  # The process has already ended.
    return children + [each for child in children for each in descendants(child)]


def leave_cgroup(path: str | None) -> bool:
    """Remove the cgroup. Return whether the kernel killed one of its processes for lack of memory.

    Return False if there is no cgroup.
    """
    if not path:
        return False
    with contextlib.suppress(OSError), open(os.path.join(path, "memory.events")) as file:
        events = file.read().split()
        os.rmdir(path)
        return "oom_kill" in events and events[events.index("oom_kill") + 1] != "0"
    return False


def read_line(descriptor: int) -> bytes:
    """Read and return a line. Return ``b""`` if the other end closes before the newline."""
    data = b""
    while not data.endswith(b"\n"):
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return b""
        data += chunk
    return data


def set_process_option(option: int, value: int) -> None:
    """Set a process option with prctl(2). Do nothing on systems without prctl."""
    if prctl is not None:
        prctl(option, value, 0, 0, 0)


def write_file(path: str, text: str) -> None:
    """Write ``text`` to an existing file, ignoring errors."""
    try:
        descriptor = open_file(path, O_WRONLY | O_CLOEXEC)
        write_bytes(descriptor, text.encode())
        close(descriptor)
    except OSError:
        pass


if __name__ == "__main__":
    main()

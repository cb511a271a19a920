"""Forks launchers for Python actions, which is far quicker than to start an interpreter for each.

Run by the playground as ``python zygote.py SOCKET``, in the environment that the workers are to
have. It imports numpy and onnxruntime where they are installed, and then says on SOCKET whether it
can be forked safely::

    {"unsafe": "", "modules": ["numpy", …], "folders": {"/…/site-packages": 1795000000000000000},
     "inherited": 21000000}

From then on every message on SOCKET brings the six pipe ends of a new launcher, in the order of
DESCRIPTORS. The launcher is forked, writes its process id on REPORT (PID_LENGTH bytes), and goes
on as ``launcher.py`` does. This process ends when SOCKET closes; its launchers do not notice.
Standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import array
import contextlib
import gc
import io
import json
import os
import signal
import socket
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# They lie beside this file, wherever that was copied to. Every child asks for the worker.
launcher: Any = __import__("launcher")
__import__("python_worker")

DESCRIPTORS = ("stdin", "stdout", "stderr", "control", "report", "reply")
PID_LENGTH = 11

# Loaded before the fork where they are installed; each takes longer than all the rest of a start.
HEAVY = ("numpy", "onnxruntime")

# What launchers, workers and most actions import once they run.
USUAL = (
    *("importlib.util", "resource", "traceback", "__future__", "typing", "dataclasses", "enum"),
    *("base64", "collections", "copy", "datetime", "functools", "io", "itertools", "json", "math"),
    *("operator", "os", "pathlib", "re", "string", "time", "types", "uuid", "warnings"),
)

# A model with one node, Identity: the first session takes ten times as long as the others.
MODEL = bytes.fromhex(
    "080712003a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a0208016"
    "20f0a0179120a0a08080112040a02080142040a00100d"
)

# An import that hangs must not outlive the playground.
WARM_UP_S = 60

# What numpy and onnxruntime read when they are loaded; otherwise each starts threads.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}

# A thread that ended is listed a moment longer.
SETTLE_S = 1.0


def main() -> None:
    signal.alarm(WARM_UP_S)
    requests = socket.socket(fileno=int(sys.argv[1]))
    environment = dict(os.environ)
    folders = changed(folders_of_modules())
    # What is collected leaves holes, which the children would fill, each for itself.
    gc.disable()
    os.environ.update(ONE_THREAD)
    unsafe = warm_up()
    os.environ.clear()
    os.environ.update(environment)
    gc.collect()
    gc.freeze()
    # A second entry is a thread, which would be missing in a child, with all the locks it held.
    word = {
        "unsafe": unsafe or threads(),
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
        "folders": folders,
        "inherited": anonymous_bytes(),
    }
    signal.alarm(0)
    try:
        requests.sendall(json.dumps(word).encode())
        if not word["unsafe"]:
            serve(requests)
    except OSError:
        pass  # The playground has gone.
    os._exit(0)


def warm_up() -> str:
    """Load what is slow to load; give why what came of it cannot be forked, if that is so."""
    try:
        for name in (*USUAL, *HEAVY):
            with contextlib.suppress(ModuleNotFoundError):
                __import__(name)
        onnxruntime: Any = sys.modules.get("onnxruntime")
        if onnxruntime is not None:
            run_once(onnxruntime)
    except Exception as error:
        # Half of it is loaded now. An action that imports it is to fail as it would elsewhere.
        return f"{type(error).__name__}: {error}"
    return ""


def run_once(onnxruntime: Any) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(MODEL, options, ["CPUExecutionProvider"])
    session.run(None, {"x": sys.modules["numpy"].zeros(1, "float32")})


def threads() -> str:
    """Why this process cannot be forked, if so."""
    try:
        deadline = time.monotonic() + SETTLE_S
        while len(os.listdir("/proc/self/task")) > 1:
            if time.monotonic() > deadline:
                return "it has more than one thread"
            time.sleep(0.01)
    except OSError:
        return "it cannot tell its threads"
    return ""


def serve(requests: socket.socket) -> None:
    """Fork for every message; returns when nobody can send any more."""
    # Its children are nobody's to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        descriptors = receive(requests)
        if not descriptors:
            return
        try:
            if len(descriptors) == len(DESCRIPTORS) and os.fork() == 0:
                become_launcher(requests, descriptors)
        except OSError:
            pass  # No more processes: the pipes close, which tells it.
        finally:
            for descriptor in descriptors:
                os.close(descriptor)


def receive(requests: socket.socket) -> list[int]:
    """The descriptors that come with the next message."""
    found = array.array("i")
    room = socket.CMSG_SPACE(len(DESCRIPTORS) * found.itemsize)
    _, ancillary, _, _ = requests.recvmsg(1, room)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return list(found)


def become_launcher(requests: socket.socket, descriptors: list[int]) -> None:
    """As a launcher is that was started by itself. Never returns."""
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        requests.close()
        *standard, control, report, reply = descriptors
        for number, descriptor in enumerate(standard):
            os.dup2(descriptor, number)
        close_others(control, report, reply)
        renew_streams()
        os.write(report, b"%*d\n" % (PID_LENGTH - 1, os.getpid()))
        for name in ("launcher", "zygote"):
            sys.modules.pop(name, None)
        launcher.launch(control, report, reply)
    finally:
        os._exit(1)


def close_others(*kept: int) -> None:
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in kept:
            with contextlib.suppress(OSError):  # What read the folder.
                os.close(descriptor)


def renew_streams() -> None:
    """Streams remember what kind of file they were made for."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        old = getattr(sys, name)
        raw = io.FileIO(number, mode, closefd=False)
        raw.name = f"<{name}>"  # as the interpreter names it
        buffered = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
        new = io.TextIOWrapper(
            buffered, old.encoding, old.errors, newline="\n", line_buffering=old.line_buffering
        )
        new.mode = mode  # type: ignore[misc]
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def folders_of_modules() -> list[str]:
    """Where an installation leaves its mark."""
    marks = [sys.executable, os.path.join(sys.prefix, "pyvenv.cfg")]
    return marks + [path for path in sys.path[1:] if path]


def changed(paths: list[str]) -> dict[str, int]:
    """When each of ``paths`` was changed last, in ns; 0 where there is none."""
    return {path: os.stat(path).st_mtime_ns if os.path.exists(path) else 0 for path in paths}


def anonymous_bytes() -> int:
    """The memory that every child shares with this process until it writes to it."""
    with open("/proc/self/statm") as file:
        _, resident, shared, *_ = file.read().split()
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()

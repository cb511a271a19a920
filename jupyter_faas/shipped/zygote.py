"""Forks launchers for Python actions, which is far quicker than to start an interpreter for each.

Run by the playground as ``python zygote.py SOCKET``, in the environment that the workers are to
have. It imports numpy and onnxruntime where they are installed, and then says on SOCKET whether it
can be forked safely::

    {"unsafe": "", "modules": ["numpy", …], "folders": {"/…/site-packages": 1795000000000000000},
     "inherited": 21000000}

From then on every message on SOCKET brings the six pipe ends of a new launcher, in the order of
DESCRIPTORS. It is taken by a launcher that was forked in advance, with its worker, both as far as
they come without knowing for which action. The launcher hands the worker its pipes and the start
line that comes on CONTROL, writes its process id on REPORT (PID_LENGTH bytes), and goes on as
``launcher.py`` does. Meanwhile the next two are forked.

This process ends when SOCKET closes; the launchers that are at work do not notice. Standard library
only, Python 3.9 or newer.
"""

from __future__ import annotations

import array
import contextlib
import gc
import io
import json
import os
import select
import signal
import socket
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# They lie beside this file, wherever that was copied to.
launcher: Any = __import__("launcher")
python_worker: Any = __import__("python_worker")

DESCRIPTORS = ("stdin", "stdout", "stderr", "reply", "control", "report")
PID_LENGTH = 11

# Of the message that brings them.
ROOM = socket.CMSG_SPACE(len(DESCRIPTORS) * array.array("i").itemsize)

# The playground sends no longer one.
MAX_LINE = 65_536

# Loaded before the fork where they are installed; each takes longer than all the rest of a start.
HEAVY = ("numpy", "onnxruntime")

# What launchers, workers and most actions import once they run. Nothing that runs code of its own
# after each fork, as random, threading and logging do: it would take more memory than it saves.
USUAL = (
    *(
        "importlib.util",
        "resource",
        "traceback",
        "__future__",
        "typing",
        "dataclasses",
        "enum",
        "base64",
        "copy",
    ),
    *("collections", "csv", "datetime", "decimal", "functools", "hashlib", "itertools", "math"),
    *("operator", "pathlib", "re", "string", "types", "urllib.parse", "uuid", "warnings"),
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

# How long a worker that was asked for has before the next one is forked.
LET_START_MS = 20

# How long until another is forked when one has ended unasked.
BACK_OFF_MS = 100

# How CPython keeps memory for its objects: pieces of up to so many bytes, from pools of one size.
SMALL = 512
POOL = 16_384
BYTES_HEAD = 33


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
    _kept = fill_holes()
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


def fill_holes() -> list[object]:
    """Take the small pieces of memory that are free between others.

    A child that was given them would have to copy the page of nearly each.
    """
    kept: list[object] = []
    for size in range(64, SMALL + 1, 16):
        row, before = 0, 0
        while row < POOL // size - 2:
            piece = bytes(size - BYTES_HEAD)
            kept.append(piece)
            row = row + 1 if id(piece) == before + size else 0
            before = id(piece)
    return kept


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
    """Keep a launcher in reserve; returns when nobody can ask for one any more.

    A page that this process writes to after a fork is one that the child has for itself.
    """
    # Its children are nobody's to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    zygote = os.getpid()
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    while True:
        taken, take = os.pipe()
        # Made here, for all that a launcher does costs memory that it shares with nobody.
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            if os.fork() == 0:
                os.close(taken)
                stand_by(requests, take, zygote, pair)
        except OSError:
            pass  # No more processes; there may be again.
        for each in pair:
            each.close()
        os.close(take)
        was_taken = os.read(taken, 1)
        os.close(taken)
        # The one that was asked for needs the processor now, unless another is asked for already.
        events = poll.poll(LET_START_MS if was_taken else BACK_OFF_MS)
        if events and events[0][1] & select.POLLHUP:
            return


def stand_by(
    requests: socket.socket, take: int, zygote: int, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Be a launcher whose worker has been started, all but the action. Never returns."""
    try:
        os.setsid()
        launcher.handle(signal.SIGCHLD, signal.SIG_DFL)
        # Whoever waits for a reserve must see when there is none.
        launcher.set_process_option(launcher.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != zygote:
            return
        launcher.adopt()
        ours, theirs = pair
        own = os.getpid()
        worker = os.fork()
        if worker == 0:
            become_worker(theirs, own)
        theirs.close()
        _, descriptors = receive(requests, 1)
        if len(descriptors) != len(DESCRIPTORS):
            return
        launcher.set_process_option(launcher.PR_SET_PDEATHSIG, 0)
        requests.close()
        os.write(take, b"t")
        os.close(take)
        *others, control, report = descriptors
        line = launcher.read_line(control)
        if not line:
            return
        send(ours, line, others)
        # Only now: without this word, somebody else starts the worker.
        os.write(report, b"%*d\n" % (PID_LENGTH - 1, own))
        ours.close()
        for descriptor in others:
            os.close(descriptor)
        launcher.attend(worker, control, report, line)
    finally:
        os._exit(1)


def become_worker(channel: socket.socket, launcher_pid: int) -> None:
    """Be the worker of whatever action it will be. Never returns."""
    try:
        launcher.belong_to(launcher_pid)
        close_others(channel.fileno())
        rehearse()
        line, descriptors = receive(channel, MAX_LINE)
        channel.close()
        *standard, reply = descriptors
        for number, descriptor in enumerate(standard):
            os.dup2(descriptor, number)
            os.close(descriptor)
        renew_streams()
        start = json.loads(line)
        launcher.confine(start)
        sys.modules.pop("launcher", None)
        python_worker.serve(start["directory"], start["main"], reply)
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(1)


def rehearse() -> None:
    """Write to the memory that every start writes to: to copy a page takes longer than to fill it.

    Nothing else must come of it.
    """
    renew_streams()
    json.loads(json.dumps({"value": {"a": [1, 2.5, "text"]}}))
    onnxruntime: Any = sys.modules.get("onnxruntime")
    if onnxruntime is not None:
        run_once(onnxruntime)


def send(channel: socket.socket, data: bytes, descriptors: list[int]) -> None:
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    channel.sendmsg([data], [rights])


def receive(channel: socket.socket, length: int) -> tuple[bytes, list[int]]:
    """The next message, and the descriptors that come with it."""
    found = array.array("i")
    data, ancillary, _, _ = channel.recvmsg(length, ROOM)
    for _, _, rights in ancillary:
        found.frombytes(rights)
    return data, list(found)


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

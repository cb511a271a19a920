"""Forks launchers for Python actions, which is far quicker than to start an interpreter for each.

Run by the playground as ``python zygote.py SOCKET``, in the environment that the workers are to
have. It imports numpy and onnxruntime where they are installed, and then says on SOCKET whether it
can be forked safely::

    {"unsafe": "", "modules": ["numpy", …], "folders": {"/…/site-packages": 1795000000000000000},
     "inherited": 21000000}

From then on every message on SOCKET brings the six pipe ends of a new launcher. It is taken by a
launcher that was forked in advance, with its worker (see ``prefork.py``). Meanwhile the next two
are forked.

This process ends when SOCKET closes; the launchers that are at work do not notice. Standard library
only, Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
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
prefork: Any = __import__("prefork")

# Loaded before the fork where they are installed; each takes longer than all the rest of a start.
HEAVY = ("numpy", "onnxruntime")

# What launchers, workers and most actions import once they run. Nothing that runs code of its own
# after each fork, as random, threading and logging do: it would take more memory than it saves.
USUAL = (
    *("importlib.util", "resource", "traceback", "__future__", "typing", "dataclasses", "enum"),
    *("base64", "copy"),
    *("collections", "csv", "datetime", "decimal", "functools", "hashlib", "itertools", "math"),
    *("operator", "pathlib", "re", "string", "types", "urllib.parse", "uuid", "warnings"),
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
POOL = 16_384 if sys.version_info >= (3, 10) else 4_096
BYTES_HEAD = 33

# Holes in the C library's heap: what is larger than these it takes from the system each time.
LARGE_HOLES = (65_536, 32_768, 16_384, 8_192, 4_096, 2_048)
MOST_HOLES = 20_000

# So many pieces, each behind the one before, lie in no hole.
IN_A_ROW = 3


def main() -> None:
    signal.alarm(WARM_UP_S)
    given = int(sys.argv[1])
    # Its own number grows with the workers that the playground keeps.
    requests = socket.socket(fileno=os.dup(given))
    os.close(given)
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
    fill_heap()
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
        prefork.practise()
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


def fill_heap() -> None:
    """The same in the C library's heap, from which onnxruntime takes its memory.

    What is asked for comes from the heap's end, the highest address of all, once no hole is left
    that it fits into. Nothing of it is given back.
    """
    malloc: Any = getattr(ctypes.CDLL(None), "malloc", None)
    if malloc is None:
        return
    malloc.restype, malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
    for size in (*LARGE_HOLES, *range(1024, 0, -16)):
        highest, at_end = 0, 0
        for _ in range(MOST_HOLES):
            at_end = at_end + 1 if (address := malloc(size) or 0) > highest else 0
            highest = max(highest, address)
            if at_end == IN_A_ROW:
                break


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
                prefork.stand_by(requests, take, zygote, pair)
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

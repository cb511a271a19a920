"""The zygote: a warm Python process that forks workers in milliseconds (cold starts).

How it works:

1. The playground runs ``python zygote.py SOCKET`` in the environment that the workers will have.
2. The zygote imports numpy and onnxruntime, if installed, with one thread (``warm_up``). It runs
   the code of a start several times, so that children write to little of its memory
   (``prefork.warm_up_prefork``). It fills the free memory between its objects (``fill_heap``).
3. It reports on SOCKET whether it can be forked safely (it must have only one thread), what it has
   imported, and the modification times of the folders that an installation would change::

       {"unsafe": "", "modules": ["numpy", …], "folders": {"/…/site-packages": 1795000000000000000},
        "inherited": 21000000}

4. It forks one launcher with its worker in advance (``prefork.py``) and waits until that has taken
   a message with the six pipe ends of a new worker from SOCKET. Then it forks the next one.
5. It exits when SOCKET closes. Launchers that run an action are not affected.

The other half is ``playground/workers/zygote.py``; ``playground/scheduling/zygote_pool.py`` decides
when to use it. This file uses the standard library only, and runs on Python 3.9 or newer.
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

# __import__ is used because prefork.py is copied to the same folder as this file, without its
# package.
prefork: Any = __import__("prefork")

# These are imported before the fork, if installed. Each takes longer than the rest of a start.
HEAVY_MODULES = ("numpy", "onnxruntime")

# Modules that launchers, workers and most actions import. random, threading and logging are left
# out: they run code after each fork, which takes more memory than the import saves.
COMMON_MODULES = (
    *("importlib.util", "resource", "traceback", "__future__", "typing", "dataclasses", "enum"),
    *("base64", "copy"),
    *("collections", "csv", "datetime", "decimal", "functools", "hashlib", "itertools", "math"),
    *("operator", "pathlib", "re", "string", "types", "urllib.parse", "uuid", "warnings"),
)

# An import that hangs must not outlive the playground.
WARM_UP_S = 60

# numpy and onnxruntime read these variables at import. Without them both start threads.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}

# The kernel lists a thread for a moment after it has ended.
THREAD_EXIT_S = 1.0

# How long to wait before the next fork, so that the requested worker gets the processor first.
FORK_DELAY_MS = 20

# How long to wait before the next fork when a preforked launcher ended without a request.
BACKOFF_MS = 100

# CPython takes objects of up to LARGEST_OBJECT bytes from pools of POOL_SIZE bytes. Each pool is
# for one size class. A bytes object needs BYTES_OVERHEAD bytes in addition to its content.
LARGEST_OBJECT = 512
POOL_SIZE = 16_384 if sys.version_info >= (3, 10) else 4_096
BYTES_OVERHEAD = 33

# Sizes of the free blocks to allocate from the heap of the C library. Larger blocks do not come
# from the heap but from the system.
LARGE_SIZES = (65_536, 32_768, 16_384, 8_192, 4_096, 2_048)
MAX_ALLOCATIONS = 20_000

# After this many allocations at increasing addresses, no free block of that size is left.
CONSECUTIVE = 3


def main() -> None:
    """Warm up, report on the socket whose number is the argument, and serve requests."""
    signal.alarm(WARM_UP_S)
    descriptor = int(sys.argv[1])
    # The socket is duplicated to get a low number. Children close only descriptors with low
    # numbers, and the number that was passed grows with the number of workers.
    requests = socket.socket(fileno=os.dup(descriptor))
    os.close(descriptor)
    environment = dict(os.environ)
    folders = modification_times(installation_paths())
    # Garbage collection would leave free memory between objects. Each child would use it, and so
    # copy its pages.
    gc.disable()
    os.environ.update(ONE_THREAD)
    unsafe = warm_up()
    # Workers must have the same environment as without a zygote.
    os.environ.clear()
    os.environ.update(environment)
    gc.collect()
    _blocks = fill_object_pools()
    fill_heap()
    gc.freeze()
    # A fork copies only the calling thread. Locks that other threads hold would never be released.
    report = {
        "unsafe": unsafe or thread_problem(),
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
        "folders": folders,
        "inherited": anonymous_bytes(),
    }
    signal.alarm(0)
    try:
        requests.sendall(json.dumps(report).encode())
        if not report["unsafe"]:
            serve(requests)
    except OSError:
        pass  # The playground has ended.
    os._exit(0)


def warm_up() -> str:
    """Import the slow modules. Return why this process cannot be forked; empty if it can."""
    try:
        for name in (*COMMON_MODULES, *HEAVY_MODULES):
            with contextlib.suppress(ModuleNotFoundError):
                __import__(name)
        prefork.warm_up_prefork()
    except Exception as error:
        # A module may be imported only in part. An action must get the same error as without a
        # zygote, so this process cannot be used.
        return f"{type(error).__name__}: {error}"
    return ""


def fill_object_pools() -> list[object]:
    """Allocate the free blocks in CPython's object pools, and return the objects that hold them.

    Otherwise a child would use them, and copy the page of nearly every block.
    """
    blocks: list[object] = []
    for size in range(64, LARGEST_OBJECT + 1, 16):
        row, before = 0, 0
        # A long row of adjacent blocks is a new pool: all free blocks of that size are in use.
        while row < POOL_SIZE // size - 2:
            piece = bytes(size - BYTES_OVERHEAD)
            blocks.append(piece)
            row = row + 1 if id(piece) == before + size else 0
            before = id(piece)
    return blocks


def fill_heap() -> None:
    """Allocate the free blocks in the heap of the C library, which onnxruntime uses.

    The blocks are never freed. Once no free block is large enough, malloc returns one at the end of
    the heap, which has the highest address.
    """
    malloc: Any = getattr(ctypes.CDLL(None), "malloc", None)
    if malloc is None:
        return
    malloc.restype, malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
    for size in (*LARGE_SIZES, *range(1024, 0, -16)):
        highest, at_end = 0, 0
        for _ in range(MAX_ALLOCATIONS):
            at_end = at_end + 1 if (address := malloc(size) or 0) > highest else 0
            highest = max(highest, address)
            if at_end == CONSECUTIVE:
                break


def thread_problem() -> str:
    """Return why this process cannot be forked, if it has threads; empty if it can be forked."""
    try:
        deadline = time.monotonic() + THREAD_EXIT_S
        while len(os.listdir("/proc/self/task")) > 1:
            if time.monotonic() > deadline:
                return "it has more than one thread"
            time.sleep(0.01)
    except OSError:
        return "it cannot tell its threads"
    return ""


def serve(requests: socket.socket) -> None:
    """Keep one launcher preforked. Returns when the playground has closed the socket.

    The code here writes to little memory, because each page that is written to after a fork is
    copied.
    """
    # The kernel reaps the children, because nothing here waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    zygote = os.getpid()
    poller = select.poll()
    poller.register(requests, select.POLLIN)
    while True:
        taken_read, taken_write = os.pipe()
        # The pair is created here, because the launcher would have to copy pages for it.
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            if os.fork() == 0:
                os.close(taken_read)
                prefork.run_preforked_launcher(requests, taken_write, zygote, pair)
        except OSError:
            pass  # The limit of processes was reached. The next turn tries again.
        for each in pair:
            each.close()
        os.close(taken_write)
        # Empty if the launcher has ended without a request.
        taken = os.read(taken_read, 1)
        os.close(taken_read)
        # The worker that was just requested needs the processor now. A request that is waiting
        # already ends the pause.
        events = poller.poll(FORK_DELAY_MS if taken else BACKOFF_MS)
        if events and events[0][1] & select.POLLHUP:
            return


def installation_paths() -> list[str]:
    """Return the paths whose modification times an installation of packages changes."""
    # The first entry of sys.path is the folder of this file.
    marks = [sys.executable, os.path.join(sys.prefix, "pyvenv.cfg")]
    return marks + [path for path in sys.path[1:] if path]


def modification_times(paths: list[str]) -> dict[str, int]:
    """Return the modification time of each path in ns; 0 for one that does not exist."""
    return {path: os.stat(path).st_mtime_ns if os.path.exists(path) else 0 for path in paths}


def anonymous_bytes() -> int:
    """Return the bytes that every child shares with this process until it writes to them."""
    with open("/proc/self/statm") as file:
        _, resident, shared, *_ = file.read().split()
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()

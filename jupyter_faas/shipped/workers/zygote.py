"""The zygote: a warm Python process that forks workers within milliseconds, for cold starts.

It works as follows:

1. The playground runs ``python zygote.py SOCKET`` with the workers' environment variables.
2. The zygote imports numpy and onnxruntime, if installed, without starting threads (``warm_up``).
   It runs the code of a start several times, so that children write to little of its memory
   (``prefork.warm_up_prefork``). It fills the free memory between its objects (``fill_heap``).
3. The zygote reports on SOCKET whether it can be forked safely, which requires that it has only
   one thread. The report also contains the imported modules, and the modification times of the
   paths that change when packages are installed::

       {"unsafe": "", "modules": ["numpy", …], "folders": {"/…/site-packages": 1795000000000000000},
        "inherited": 21000000}

4. The zygote forks a launcher with its worker in advance (``prefork.py``). When this worker has
   received a message with its start line and six pipe ends from SOCKET, the zygote forks the next
   launcher.
5. The zygote exits when SOCKET closes. Launchers that run an action are not affected.

``playground/workers/zygote.py`` is the playground's side of the zygote, and
``playground/scheduling/zygote_pool.py`` decides when to use it. This file supports Python 3.9 and
newer, and uses only the standard library.
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

# __import__ is used because prefork.py is copied to this file's directory without its package.
prefork: Any = __import__("prefork")

# Modules that are imported before the fork, if installed. Each import takes longer than the rest of
# a start.
HEAVY_MODULES = ("numpy", "onnxruntime")

# Modules that launchers, workers and most actions import. The list excludes random, threading and
# logging, because they run code after each fork, which takes more memory than the import saves.
COMMON_MODULES = (
    *("importlib.util", "resource", "traceback", "__future__", "typing", "dataclasses", "enum"),
    *("base64", "copy"),
    *("collections", "csv", "datetime", "decimal", "functools", "hashlib", "itertools", "math"),
    *("operator", "pathlib", "re", "string", "types", "urllib.parse", "uuid", "warnings"),
)

# The warm-up is killed after this time, so that an import that hangs does not outlive the
# playground.
WARM_UP_S = 60

# numpy and onnxruntime read these variables at import. Without these settings, both start threads.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}

# How long to wait for threads to disappear. The kernel lists a thread briefly after its end.
THREAD_EXIT_S = 1.0

# How long to wait before the next fork, so that the worker just requested gets CPU time first.
FORK_DELAY_MS = 20

# How long to wait before the next fork if a preforked launcher ended without a request.
BACKOFF_MS = 100

# CPython allocates objects of up to LARGEST_OBJECT bytes in pools of POOL_SIZE bytes. Each pool
# contains objects of one size class. A bytes object needs BYTES_OVERHEAD bytes beyond its content.
LARGEST_OBJECT = 512
POOL_SIZE = 16_384 if sys.version_info >= (3, 10) else 4_096
BYTES_OVERHEAD = 33

# The sizes of free blocks to allocate from the heap of the C library. Larger blocks come directly
# from the system.
LARGE_SIZES = (65_536, 32_768, 16_384, 8_192, 4_096, 2_048)
MAX_ALLOCATIONS = 20_000

# After this many allocations in a row at the end of the heap, no free block of the size is left.
CONSECUTIVE = 3


def main() -> None:
    """Warm up, send the report, and serve requests on the socket from the command line."""
    signal.alarm(WARM_UP_S)
    descriptor = int(sys.argv[1])
    # Duplicate the socket to get a low file descriptor. Children close only low descriptors, and
    # the one from the command line may be high if there are many workers.
    requests = socket.socket(fileno=os.dup(descriptor))
    os.close(descriptor)
    environment = dict(os.environ)
    folders = modification_times(installation_paths())
    # Garbage collection would leave free memory between objects. A child would reuse that memory,
    # which copies its pages.
    gc.disable()
    os.environ.update(ONE_THREAD)
    unsafe = warm_up()
    # Workers must have the same environment variables as without a zygote.
    os.environ.clear()
    os.environ.update(environment)
    gc.collect()
    _blocks = fill_object_pools()
    fill_heap()
    gc.freeze()
    # A process with several threads cannot be forked safely: a fork copies only the calling thread,
    # so locks held by other threads would never be released.
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
    """Import modules in advance, and run the code of a start.

    Return the error message if this process cannot be used, or "" if it can.
    """
    try:
        for name in (*COMMON_MODULES, *HEAVY_MODULES):
            with contextlib.suppress(ModuleNotFoundError):
                __import__(name)
        prefork.warm_up_prefork()
    except Exception as error:
        # The failed module may be partially imported. An action must get the same error as without
        # a zygote, so this process cannot be used.
        return f"{type(error).__name__}: {error}"
    return ""


def fill_object_pools() -> list[object]:
    """Allocate all free blocks in CPython's object pools, and return the objects in them.

    Otherwise a child would use the free blocks, and nearly every one would copy a memory page.
    """
    blocks: list[object] = []
    for size in range(64, LARGEST_OBJECT + 1, 16):
        row, before = 0, 0
        # A long row of adjacent blocks is in a new pool, so no free blocks were left in old pools.
        while row < POOL_SIZE // size - 2:
            piece = bytes(size - BYTES_OVERHEAD)
            blocks.append(piece)
            row = row + 1 if id(piece) == before + size else 0
            before = id(piece)
    return blocks


def fill_heap() -> None:
    """Allocate the free blocks in the heap of the C library, which onnxruntime uses.

    The blocks are never freed. When no free block is large enough, malloc returns a new block at
    the end of the heap, which has a higher address than all earlier ones.
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
    """Return "" if this process has only one thread, so that it can be forked.

    Otherwise return the reason why it cannot be forked, also if the threads cannot be counted.
    """
    try:
        deadline = time.monotonic() + THREAD_EXIT_S
        while len(os.listdir("/proc/self/task")) > 1:
            if time.monotonic() > deadline:
                return "it has more than one thread"
            time.sleep(0.01)
    except OSError:
        return "it cannot count its threads"
    return ""


def serve(requests: socket.socket) -> None:
    """Keep one launcher preforked, and return when the playground has closed the socket.

    This function writes to little memory, because the kernel copies each memory page that is
    written to after a fork.
    """
    # The zygote does not wait for its children, so the kernel must reap them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    zygote = os.getpid()
    poller = select.poll()
    poller.register(requests, select.POLLIN)
    while True:
        taken_read, taken_write = os.pipe()
        # Create the socket pair before the fork, so that the launcher does not copy pages for it.
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            if os.fork() == 0:
                os.close(taken_read)
                prefork.run_preforked_launcher(requests, taken_write, zygote, pair)
        except OSError:
            pass  # The process limit was reached. The next iteration tries again.
        for each in pair:
            each.close()
        os.close(taken_write)
        # The result is empty if the launcher ended without a request.
        taken = os.read(taken_read, 1)
        os.close(taken_read)
        # Pause, because the worker that was just requested needs the CPU. A waiting request ends
        # the pause.
        events = poller.poll(FORK_DELAY_MS if taken else BACKOFF_MS)
        if events and events[0][1] & select.POLLHUP:
            return


def installation_paths() -> list[str]:
    """Return the paths whose modification times change when packages are installed."""
    # The first item of sys.path is the directory of this file.
    marks = [sys.executable, os.path.join(sys.prefix, "pyvenv.cfg")]
    return marks + [path for path in sys.path[1:] if path]


def modification_times(paths: list[str]) -> dict[str, int]:
    """Return the modification time of each path in ns, or 0 if the path does not exist."""
    return {path: os.stat(path).st_mtime_ns if os.path.exists(path) else 0 for path in paths}


def anonymous_bytes() -> int:
    """Return the anonymous memory of this process in bytes.

    Each child shares this memory until it writes to it.
    """
    with open("/proc/self/statm") as file:
        _, resident, shared, *_ = file.read().split()
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()

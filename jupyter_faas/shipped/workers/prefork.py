"""Preforking: the zygote forks a launcher and its worker before an action needs them.

``zygote.py`` forks the launcher, and the launcher forks its worker, which warms up. The worker
waits for the next request on the zygote's socket, a message with the start line and six pipe ends
in the order of DESCRIPTORS. It passes the start line, CONTROL and REPORT on to the launcher, and
loads the action. The launcher writes its process id to REPORT (PID_LENGTH bytes) and continues like
``launcher.py``. If the launcher received the request, the worker would begin later by 0.4 ms of a
cold start of 6 ms. This file supports Python 3.9 and newer, and uses only the standard library.

The code between the fork and the first reply writes to as little memory as possible. If a forked
process writes to a memory page, even to change a reference count, the kernel copies the page.
"""

from __future__ import annotations

import io
import os
import socket
import struct
import sys
from os import close, closerange, dup2, fork, getpid, getppid, pipe, setsid, write
from socket import SCM_RIGHTS, SOL_SOCKET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

# __import__ is used because both modules are copied to this file's directory without their package.
launcher: Any = __import__("launcher")
python_worker: Any = __import__("python_worker")

# Names of this module are cheaper after a fork, as ``launcher.py`` explains.
set_handler, set_process_option = launcher.set_handler, launcher.set_process_option
become_subreaper, bind_to_launcher = launcher.become_subreaper, launcher.bind_to_launcher
apply_limits, supervise = launcher.apply_limits, launcher.supervise
parse_json, serve = python_worker.parse_json, python_worker.serve
SIGCHLD, SIGKILL, DEFAULT = launcher.SIGCHLD, launcher.SIGKILL, launcher.DEFAULT
PR_SET_PDEATHSIG, FIRST_FREE_DESCRIPTOR = launcher.PR_SET_PDEATHSIG, launcher.FIRST_FREE_DESCRIPTOR

DESCRIPTORS = ("stdin", "stdout", "stderr", "reply", "control", "report")
PID_LENGTH = 11

# The file descriptors in a request's message, and in a worker's message to its launcher.
ALL_PIPES = struct.Struct("6i")
LAUNCHERS_PIPES = struct.Struct("2i")

# The size of the ancillary data buffer for a message with all pipes.
ANCILLARY_SIZE = socket.CMSG_SPACE(ALL_PIPES.size)

# The file descriptors of a worker's own pipes, as in ``python_worker.take_pipes``.
REQUESTS, REPLY = python_worker.FIRST_OWN_DESCRIPTOR, python_worker.FIRST_OWN_DESCRIPTOR + 1

# The maximum length of a start line. The playground does not send longer ones.
MAX_LINE = 65_536

# Since version 3.11, CPython specializes a function's bytecode in place during its first dozen or
# so calls. The warm-up runs the code this often, so that forked processes need not.
WARMUP_ROUNDS = 12
WARMUP_REQUEST = b'{"value": {"a": [1, 2.5, "text"]}, "action_name": "/guest/sample"}\n'

WARMUP_ACTION = os.path.join(os.path.dirname(__file__), "warmup_action.py")

# An ONNX model with a single Identity node. The first onnxruntime session in a process takes ten
# times as long as later sessions.
WARMUP_MODEL = bytes.fromhex(
    "080712003a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a0208016"
    "20f0a0179120a0a08080112040a02080142040a00100d"
)


def run_preforked_launcher(
    requests: socket.socket, taken: int, zygote: int, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Start a worker, wait until it has a request, and then supervise it. Never returns.

    ``requests``: the zygote's socket, from which the worker receives its request.
    ``taken``: the write end of a pipe that tells the zygote when a request was accepted.
    ``zygote``: the process id of the zygote.
    ``pair``: a socket pair for the message from the worker to this launcher.
    """
    try:
        # Like a launcher that the playground starts, this launcher needs its own session.
        setsid()
        # The zygote ignores SIGCHLD, which would discard the worker's exit code here.
        set_handler(SIGCHLD, DEFAULT)
        # Until a request arrives, this process and its worker must end with the zygote. Otherwise
        # they would keep the socket open, and the playground would not notice that it has ended.
        set_process_option(PR_SET_PDEATHSIG, SIGKILL)
        if getppid() != zygote:
            return
        become_subreaper()
        ours, theirs = pair
        own = getpid()
        worker = fork()
        if worker == 0:
            run_preforked_worker(requests, theirs, own)
        theirs.close()
        requests.close()
        line, descriptors = receive(ours, MAX_LINE, LAUNCHERS_PIPES)
        if not descriptors:
            return  # The worker has ended, because the playground has closed its socket.
        control, report = descriptors
        set_process_option(PR_SET_PDEATHSIG, 0)
        write(taken, b"t")
        close(taken)
        # Write the process id last. If it does not arrive, the playground starts a fresh
        # interpreter instead.
        write(report, b"%*d\n" % (PID_LENGTH - 1, own))
        ours.close()
        supervise(worker, control, report, line)
    finally:
        os._exit(1)


def run_preforked_worker(
    requests: socket.socket, channel: socket.socket, launcher_pid: int
) -> None:
    """Warm up, wait for a request, and run the action's requests. Never returns.

    ``requests``: the zygote's socket.
    ``channel``: the socket for the message to the launcher.
    """
    try:
        bind_to_launcher(launcher_pid)
        low, high = sorted((requests.fileno(), channel.fileno()))
        closerange(3, low)
        closerange(low + 1, high)
        closerange(high + 1, FIRST_FREE_DESCRIPTOR)
        reader = open_own_pipes()
        warm_up_worker()
        line, descriptors = receive(requests, MAX_LINE, ALL_PIPES)
        if not descriptors:
            return  # The playground has closed the socket.
        stdin, stdout, stderr, reply, control, report = descriptors
        send(channel, line, (control, report))
        # Standard input is the zygote's, which is empty.
        dup2(stdout, 1)
        dup2(stderr, 2)
        dup2(stdin, REQUESTS, False)
        dup2(reply, REPLY, False)
        # Close the descriptors that were received, and both sockets. REPORT tells the playground
        # when all processes have ended, so only the launcher keeps it.
        requests.detach()
        channel.detach()
        closerange(3, FIRST_FREE_DESCRIPTOR)
        # This parser writes to fewer memory pages than json.loads, and a run needs it anyway.
        start, _ = parse_json(line.decode(), 0)
        apply_limits(start)
        if start["compiles"]:
            python_worker.compile_code(start["directory"])
            os._exit(0)
        # The action may have its own modules with these names.
        for name in ("launcher", "prefork"):
            sys.modules.pop(name, None)
        serve(start["directory"], start["main"], reader, REPLY)
    except OSError as error:
        write(2, f"{error}\n".encode())
    finally:
        os._exit(1)


def open_own_pipes() -> BinaryIO:
    """Open a pipe with the descriptors REQUESTS and REPLY, and return the reader of requests.

    The pipes of a request replace it. So the reader, like the standard streams, exists before.
    """
    read_end, write_end = pipe()
    dup2(read_end, REQUESTS, False)
    dup2(write_end, REPLY, False)
    close(read_end)
    close(write_end)
    return open(REQUESTS, "rb")


def warm_up_prefork() -> None:
    """Run the code of a preforked process in the zygote until the interpreter is warm.

    During the first runs, the interpreter writes to its bytecode and caches. In a forked process,
    each such write would copy a memory page. As a side effect, the standard streams are replaced.
    """
    prepare_standard_streams()
    for _ in range(WARMUP_ROUNDS):
        warm_up_messages()
        warm_up_wait()
        warm_up_worker()


def warm_up_messages() -> None:
    """Send and receive a message with file descriptors."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    read, write = os.pipe()
    send(ours, WARMUP_REQUEST, (read, write))
    line, descriptors = receive(theirs, MAX_LINE, LAUNCHERS_PIPES)
    python_worker.parse_json(line.decode(), 0)
    for descriptor in (read, write, *descriptors):
        os.close(descriptor)
    ours.close()
    theirs.close()


def warm_up_wait() -> None:
    """Run the launcher's wait loop once, with a control pipe that is already closed."""
    control, closed = os.pipe()
    os.close(closed)
    woken, wake = os.pipe()
    numbers = (launcher.SIGINT, launcher.SIGHUP, launcher.SIGTERM, launcher.SIGCHLD)
    before = [launcher.set_handler(number, launcher.DEFAULT) for number in numbers]
    launcher.wait_for_end(control, 0, woken, wake)
    launcher.signal.set_wakeup_fd(-1)
    for number, handler in zip(numbers, before):  # noqa: B905 - Python 3.9
        launcher.set_handler(number, handler)
    for descriptor in (control, woken, wake):
        os.close(descriptor)


def warm_up_worker() -> None:
    """Run a sample action once, to copy the memory pages that every start writes to.

    A preforked worker calls this function before its request arrives, when time does not matter.
    """
    read, write = os.pipe()
    function = python_worker.import_main(WARMUP_ACTION, "main")
    del sys.modules["main__"]
    onnxruntime: Any = sys.modules.get("onnxruntime")
    if onnxruntime is not None:
        run_warmup_model(onnxruntime)
    reply = python_worker.run(function, WARMUP_REQUEST)
    del os.environ["__OW_ACTION_NAME"]
    python_worker.flush()
    python_worker.write_reply(write, reply)
    os.close(read)
    os.close(write)


def send(channel: socket.socket, data: bytes, descriptors: tuple[int, int]) -> None:
    """Send a message that contains ``data`` and passes a launcher's pipes (SCM_RIGHTS)."""
    rights = (SOL_SOCKET, SCM_RIGHTS, LAUNCHERS_PIPES.pack(*descriptors))
    channel.sendmsg([data], [rights])


def receive(
    channel: socket.socket, length: int, pipes: struct.Struct
) -> tuple[bytes, tuple[int, ...]]:
    """Receive a message, and return its data and its file descriptors.

    At the end of the stream, both are empty. ``length``: the maximum length of the data.
    ``pipes``: the format of the descriptors.
    """
    data, ancillary, _, _ = channel.recvmsg(length, ANCILLARY_SIZE)
    for _, _, rights in ancillary:
        # The system passes fewer descriptors if this process cannot open more.
        if len(rights) == pipes.size:
            return data, pipes.unpack(rights)
    return data, ()


def prepare_standard_streams() -> None:
    """Replace sys.stdin, sys.stdout and sys.stderr with the objects that all workers will use.

    These objects cache properties of their files, such as whether they can be seeked. A worker's
    standard streams are pipes, so the objects are created while this process's are pipes too.
    Creating them in each worker would copy a quarter of its memory pages.
    """
    kept = [os.dup(number) for number in range(3)]
    read, write = os.pipe()
    for number, end in enumerate((read, write, write)):
        os.dup2(end, number)
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        old = getattr(sys, name)
        raw = io.FileIO(number, mode, closefd=False)
        raw.name = f"<{name}>"  # The interpreter uses this name for its own streams.
        buffered = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
        errors, line_buffering = python_worker.OUTPUT.get(name, (old.errors, old.line_buffering))
        new = io.TextIOWrapper(
            buffered, old.encoding, errors, newline="\n", line_buffering=line_buffering
        )
        new.mode = mode  # type: ignore[misc]
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    for number, descriptor in enumerate(kept):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.close(read)
    os.close(write)


def run_warmup_model(onnxruntime: Any) -> None:
    """Create a session and run the warm-up model in the same way as packaged actions."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(WARMUP_MODEL, options, ["CPUExecutionProvider"])
    rows = sys.modules["numpy"].array([0.0], "float32")
    (found,) = session.run(None, {session.get_inputs()[0].name: rows})
    found.tolist()

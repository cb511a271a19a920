"""A launcher and its worker, which the zygote forks before an action needs them.

``zygote.py`` forks the launcher. The launcher forks its worker, which warms up, and then waits for
the next request on the zygote's socket: a message with six pipe ends, in the order of DESCRIPTORS.
It passes the worker its pipes and the start line from CONTROL, writes its process id to REPORT
(PID_LENGTH bytes), and continues as ``launcher.py`` does. This file uses the standard library only,
and runs on Python 3.9 or newer.

The code between the fork and the first reply writes to as little memory as possible. If a forked
process writes to a page, even to count a reference, the page is copied and counts as its own.
"""

from __future__ import annotations

import array
import io
import json
import os
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# __import__ is used because both files are copied to the same folder as this one, without their
# package.
launcher: Any = __import__("launcher")
python_worker: Any = __import__("python_worker")

DESCRIPTORS = ("stdin", "stdout", "stderr", "reply", "control", "report")
PID_LENGTH = 11

# Size of the ancillary buffer for the message that carries the descriptors.
ANCILLARY_SIZE = socket.CMSG_SPACE(len(DESCRIPTORS) * array.array("i").itemsize)

# The playground never sends a longer start line.
MAX_LINE = 65_536

# CPython 3.11 and newer specialize bytecode in place during its first dozen runs.
WARMUP_ROUNDS = 12
WARMUP_REQUEST = b'{"value": {"a": [1, 2.5, "text"]}, "action_name": "/guest/sample"}\n'

WARMUP_ACTION = os.path.join(os.path.dirname(__file__), "warmup_action.py")

# An ONNX model with one node, Identity. The first onnxruntime session of a process takes ten times
# as long as later ones.
WARMUP_MODEL = bytes.fromhex(
    "080712003a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a0208016"
    "20f0a0179120a0a08080112040a02080142040a00100d"
)


def run_preforked_launcher(
    requests: socket.socket, taken: int, zygote: int, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Act as a launcher whose worker is started but has no action yet. Never returns.

    ``taken`` is the write end of a pipe that shows the zygote when a request was accepted. ``pair``
    is a socket pair for the messages between this launcher and its worker.
    """
    try:
        # A new session, as for a launcher that the playground starts.
        os.setsid()
        # The zygote ignores SIGCHLD. That would discard the exit code of the worker.
        launcher.set_handler(launcher.SIGCHLD, launcher.DEFAULT)
        # Until a request arrives, this process ends with the zygote. So the playground sees the
        # socket close when no launcher is left.
        launcher.set_process_option(launcher.PR_SET_PDEATHSIG, launcher.SIGKILL)
        if os.getppid() != zygote:
            return
        launcher.become_subreaper()
        ours, theirs = pair
        own = os.getpid()
        worker = os.fork()
        if worker == 0:
            run_preforked_worker(theirs, own)
        theirs.close()
        _, descriptors = receive(requests, 1)
        if len(descriptors) != len(DESCRIPTORS):
            return  # The playground has closed the socket.
        launcher.set_process_option(launcher.PR_SET_PDEATHSIG, 0)
        requests.close()
        os.write(taken, b"t")
        os.close(taken)
        *others, control, report = descriptors
        line = launcher.read_line(control)
        if not line:
            return
        send(ours, line, others)
        # This is written last: without it the playground starts a fresh interpreter instead.
        os.write(report, b"%*d\n" % (PID_LENGTH - 1, own))
        ours.close()
        for descriptor in others:
            os.close(descriptor)
        launcher.supervise(worker, control, report, line)
    finally:
        os._exit(1)


def run_preforked_worker(channel: socket.socket, launcher_pid: int) -> None:
    """Warm up, wait for a start line, and become the worker of that action. Never returns."""
    try:
        launcher.bind_to_launcher(launcher_pid)
        own = channel.fileno()
        os.closerange(3, own)
        os.closerange(own + 1, launcher.FIRST_FREE_DESCRIPTOR)
        warm_up_worker()
        line, descriptors = receive(channel, MAX_LINE)
        channel.close()
        *standard, reply = descriptors
        for number, descriptor in enumerate(standard):
            os.dup2(descriptor, number)
            os.close(descriptor)
        reopen_standard_streams()
        start = json.loads(line)
        launcher.apply_limits(start)
        if start["compiles"]:
            python_worker.compile_code(start["directory"])
            os._exit(0)
        # The action may have modules with these names.
        for name in ("launcher", "prefork"):
            sys.modules.pop(name, None)
        python_worker.serve(start["directory"], start["main"], reply)
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(1)


def warm_up_prefork() -> None:
    """Run the code of a preforked process in the zygote until the interpreter is warm.

    Until then the interpreter writes to its bytecode and its caches. In a child, each of these
    writes would copy a page. Afterwards only the standard streams are different.
    """
    for _ in range(WARMUP_ROUNDS):
        warm_up_messages()
        warm_up_wait()
        warm_up_worker()


def warm_up_messages() -> None:
    """Send and receive one message with descriptors."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    read, write = os.pipe()
    send(ours, WARMUP_REQUEST, [read, write])
    line, descriptors = receive(theirs, MAX_LINE)
    os.write(write, line)
    json.loads(launcher.read_line(read))
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
    """Run a sample action once, to copy in advance the pages that every start writes to.

    The worker calls it before its request arrives, when time does not matter. It must have no other
    effect.
    """
    read, write = os.pipe()
    reopen_standard_streams()
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


def send(channel: socket.socket, data: bytes, descriptors: list[int]) -> None:
    """Send ``data`` as one message, with ``descriptors`` as SCM_RIGHTS."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    channel.sendmsg([data], [rights])


def receive(channel: socket.socket, length: int) -> tuple[bytes, list[int]]:
    """Return the next message and its descriptors."""
    found = array.array("i")
    data, ancillary, _, _ = channel.recvmsg(length, ANCILLARY_SIZE)
    for _, _, rights in ancillary:
        found.frombytes(rights)
    return data, list(found)


def reopen_standard_streams() -> None:
    """Replace sys.stdin, sys.stdout and sys.stderr.

    The old objects cache the kind of file that their descriptor had, which has changed.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        old = getattr(sys, name)
        raw = io.FileIO(number, mode, closefd=False)
        raw.name = f"<{name}>"  # The name that the interpreter uses.
        buffered = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
        new = io.TextIOWrapper(
            buffered, old.encoding, old.errors, newline="\n", line_buffering=old.line_buffering
        )
        new.mode = mode  # type: ignore[misc]
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def run_warmup_model(onnxruntime: Any) -> None:
    """Create a session and run the model as packaged actions do."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(WARMUP_MODEL, options, ["CPUExecutionProvider"])
    rows = sys.modules["numpy"].array([0.0], "float32")
    (found,) = session.run(None, {session.get_inputs()[0].name: rows})
    found.tolist()

"""A launcher and its worker that were forked in advance, for whatever action will be asked for.

They go as far as they come without knowing it. ``zygote.py`` forks the launcher, which takes the
next request on the zygote's socket: a message with six pipe ends, in the order of DESCRIPTORS. It
hands the worker its pipes and the start line that comes on CONTROL, writes its process id on REPORT
(PID_LENGTH bytes), and goes on as ``launcher.py`` does. Standard library only, Python 3.9 or newer.

What runs here between the fork and the first answer is written so that it touches little: a page of
memory that a process writes to, if only to count references, is one that it has for itself.
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

# They lie beside this file, wherever that was copied to.
launcher: Any = __import__("launcher")
python_worker: Any = __import__("python_worker")

DESCRIPTORS = ("stdin", "stdout", "stderr", "reply", "control", "report")
PID_LENGTH = 11

# Of the message that brings them.
ROOM = socket.CMSG_SPACE(len(DESCRIPTORS) * array.array("i").itemsize)

# The playground sends no longer one.
MAX_LINE = 65_536

# CPython 3.11 and newer rewrite code while it runs for the first dozen times.
ROUNDS = 12
SAMPLE = b'{"value": {"a": [1, 2.5, "text"]}, "action_name": "/guest/sample"}\n'

REHEARSED = os.path.join(os.path.dirname(__file__), "warmup_action.py")

# A model with one node, Identity: the first session takes ten times as long as the others.
MODEL = bytes.fromhex(
    "080712003a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a0208016"
    "20f0a0179120a0a08080112040a02080142040a00100d"
)


def stand_by(
    requests: socket.socket, take: int, zygote: int, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Be a launcher whose worker has been started, all but the action. Never returns."""
    try:
        os.setsid()
        launcher.handle(launcher.SIGCHLD, launcher.DEFAULT)
        # Whoever waits for a reserve must see when there is none.
        launcher.set_process_option(launcher.PR_SET_PDEATHSIG, launcher.SIGKILL)
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
        own = channel.fileno()
        os.closerange(3, own)
        os.closerange(own + 1, launcher.FIRST_FREE_DESCRIPTOR)
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
        if start["compiles"]:
            python_worker.compile_all(start["directory"])
            os._exit(0)
        for name in ("launcher", "prefork"):
            sys.modules.pop(name, None)
        python_worker.serve(start["directory"], start["main"], reply)
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(1)


def practise() -> None:
    """Go through all that a reserve does, so often that the zygote's memory shows no more of it.

    Until then the interpreter writes to its code and its caches; in a child each of these writes
    would copy a page. Leaves its mark on the standard streams only.
    """
    for _ in range(ROUNDS):
        practise_messages()
        practise_watching()
        rehearse()


def practise_messages() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    read, write = os.pipe()
    send(ours, SAMPLE, [read, write])
    line, descriptors = receive(theirs, MAX_LINE)
    os.write(write, line)
    json.loads(launcher.read_line(read))
    for descriptor in (read, write, *descriptors):
        os.close(descriptor)
    ours.close()
    theirs.close()


def practise_watching() -> None:
    control, closed = os.pipe()
    os.close(closed)
    woken, wake = os.pipe()
    numbers = (launcher.SIGINT, launcher.SIGHUP, launcher.SIGTERM, launcher.SIGCHLD)
    before = [launcher.handle(number, launcher.DEFAULT) for number in numbers]
    launcher.watch(control, 0, woken, wake)
    launcher.signal.set_wakeup_fd(-1)
    for number, handler in zip(numbers, before):  # noqa: B905 - Python 3.9
        launcher.handle(number, handler)
    for descriptor in (control, woken, wake):
        os.close(descriptor)


def rehearse() -> None:
    """Do what a worker will do, and so write to the memory that every start writes to.

    To copy a page takes longer than to fill it. Nothing else must come of it.
    """
    read, write = os.pipe()
    renew_streams()
    function = python_worker.imported(REHEARSED, "main")
    del sys.modules["main__"]
    onnxruntime: Any = sys.modules.get("onnxruntime")
    if onnxruntime is not None:
        run_once(onnxruntime)
    answer = python_worker.run(function, SAMPLE)
    del os.environ["__OW_ACTION_NAME"]
    python_worker.flush()
    python_worker.answer(write, answer)
    os.close(read)
    os.close(write)


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


def run_once(onnxruntime: Any) -> None:
    """As actions do."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(MODEL, options, ["CPUExecutionProvider"])
    rows = sys.modules["numpy"].array([0.0], "float32")
    (found,) = session.run(None, {session.get_inputs()[0].name: rows})
    found.tolist()

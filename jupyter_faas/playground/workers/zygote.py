"""The playground's side of a zygote: starting and ending it, its report, and requests to fork.

A cold start of a Python action has these steps:

1. ``scheduling/scheduler.py`` does not find an idle worker and starts one.
   ``scheduling/starter.py`` asks the runtime (``runtimes/python.py``) for a WorkerSpec and calls
   ``Worker.start``.
2. The worker's launch function is ``ZygotePool.launch`` (``scheduling/zygote_pool.py``), which
   picks the zygote for the interpreter and environment. If no zygote can be used, it starts a fresh
   interpreter instead (``process.launch``), which takes many times as long.
3. ``Zygote.fork`` in this module opens six pipes, and sends the launcher's configuration and the
   child ends over the zygote's socket (SCM_RIGHTS).
4. A worker that the zygote's process (``shipped/workers/zygote.py``) forked in advance with its
   launcher (``shipped/workers/prefork.py``) receives the message. It passes the launcher's part on,
   loads the action and replies ``{"ok":true}``. The launcher reports its process id.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from jupyter_faas.playground.workers.process import ChildPipes, Pipes, WorkerSpec, open_pipes

log = logging.getLogger(__name__)

# The length of the process id in a launcher's report, as in shipped/workers/prefork.py.
PID_LENGTH = 11

# The maximum length of a start line, which must fit into a message of the socket.
MAX_START_LINE = 32_768

_WARM_UP_TIMEOUT_S = 60.0
_EXIT_TIMEOUT_S = 2.0
_MAX_REPORT = 1 << 20


class ZygoteReport(NamedTuple):
    """The report that a zygote sends after its warm-up.

    ``modules``: the top-level modules that the zygote has imported.
    ``folders``: the paths that change when packages are installed, with their modification times in
    nanoseconds.
    ``inherited_bytes``: the zygote's anonymous memory, which each forked process shares.
    """

    modules: frozenset[str]
    folders: Mapping[str, int]
    inherited_bytes: int


@dataclass(eq=False)
class ForkedLauncher:
    """A launcher that a zygote has forked. ``on_end`` is called when the launcher has ended."""

    pid: int
    inherited_bytes: int
    on_end: Callable[[], None] = field(repr=False)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> None:
        self.on_end()


class Zygote:
    """A zygote process.

    Use this class only from the event loop's thread. Its methods do not block.

    ``workers``: the number of running launchers that the zygote has forked.
    ``failure``: why the zygote ended; empty while it runs and if it was dismissed.
    ``report``: the zygote's report; None until the zygote is ready.
    ``warmed_up``: a future that is done when the zygote is ready or has ended.
    ``warm_up_s``: how many seconds the warm-up took, or has taken so far.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        *,
        on_change: Callable[[Zygote], None],
        fork_timeout_s: float = 2.0,
    ) -> None:
        """Create a zygote without starting its process.

        ``on_change``: called when the zygote is ready, when one of its workers ends, and when the
        zygote itself ends.
        ``fork_timeout_s``: how long a fork may take. After that, the fork fails and the zygote is
        ended. A fork usually takes about a millisecond.
        """
        self.report: ZygoteReport | None = None
        self.failure = ""
        self.workers = 0
        self._command = command
        self._environment = environment
        self._on_change = on_change
        self._fork_timeout_s = fork_timeout_s
        self._loop = asyncio.get_running_loop()
        self.warmed_up: asyncio.Future[None] = self._loop.create_future()
        self._started_at = time.monotonic()
        self._warm_up_s: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._started: asyncio.Future[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the zygote is warm and can fork."""
        return self.report is not None and self._socket is not None

    @property
    def ended(self) -> bool:
        """Whether the zygote was started and can no longer be used."""
        return self._started is not None and self._socket is None

    @property
    def pid(self) -> int:
        """The process id, or 0 if the process has not started or has been reaped."""
        return self._process.pid if self._process and self._process.returncode is None else 0

    @property
    def warm_up_s(self) -> float:
        return time.monotonic() - self._started_at if self._warm_up_s is None else self._warm_up_s

    def start(self) -> None:
        """Start the process in the background. ``warmed_up`` shows when it is ready."""
        self._started_at = time.monotonic()
        # SEQPACKET preserves message boundaries: each message is a report or a request to fork.
        own_end, child_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        own_end.setblocking(False)
        self._socket = own_end
        self._timer = self._loop.call_later(
            _WARM_UP_TIMEOUT_S, self._fail, "it did not become ready"
        )
        self._loop.add_reader(own_end, self._read)
        self._started = self._loop.run_in_executor(None, self._spawn, child_end)
        self._started.add_done_callback(self._spawned)

    async def fork(self, spec: WorkerSpec) -> tuple[ForkedLauncher, Pipes] | None:
        """Fork a launcher for ``spec``, and return it with the playground's pipe ends.

        Return None if the fork fails. Then a fresh interpreter must be started instead.
        """
        line = spec.start_line()
        if self._socket is None or self.report is None or len(line) > MAX_START_LINE:
            return None
        pipes, child_end = open_pipes()
        try:
            sent = _send(self._socket, line, child_end)
        finally:
            child_end.close()
        if not sent:
            pipes.close()
            return None
        for descriptor in pipes.all:
            os.set_blocking(descriptor, False)
        self.workers += 1
        pid = await self._read_pid(pipes.report)
        if pid is None:
            pipes.close()
            self._worker_ended()
            return None
        # The launcher and its worker each share the zygote's memory.
        return ForkedLauncher(pid, 2 * self.report.inherited_bytes, self._worker_ended), pipes

    def dismiss(self) -> None:
        """End the process without waiting. Launchers that it has forked keep running."""
        self._fail("")

    async def end(self) -> None:
        """End the process, and wait until it has ended."""
        self.dismiss()
        if self._started is not None:
            await asyncio.wait({self._started})
        if self._process is not None:
            await asyncio.to_thread(_wait_or_kill, self._process, _EXIT_TIMEOUT_S)

    def _spawn(self, child_end: socket.socket) -> None:
        # Only the zygote process must keep this end open. Otherwise the connection would not close
        # when the zygote exits.
        with child_end:
            self._process = subprocess.Popen(
                [*self._command, str(child_end.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(child_end.fileno(),),
                env=dict(self._environment),
                start_new_session=True,
                cwd="/",
            )

    def _spawned(self, done: asyncio.Future[None]) -> None:
        if done.exception() is not None:
            self._fail(f"it cannot be started: {done.exception()}")
        elif self._socket is None:
            # The zygote was dismissed while its process was being started.
            self._reap()

    def _read(self) -> None:
        """Read the report, which is the zygote's only message, or handle the end of its socket."""
        if self._socket is None:
            return
        try:
            data = self._socket.recv(_MAX_REPORT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or self.report is not None:
            self._fail("it has ended")
            return
        said = orjson.loads(data)
        if said["unsafe"]:
            self._fail(said["unsafe"])
            return
        if self._timer is not None:
            self._timer.cancel()
        self.report = ZygoteReport(frozenset(said["modules"]), said["folders"], said["inherited"])
        self._warm_up_s = self.warm_up_s
        self._on_change(self)
        self.warmed_up.set_result(None)

    async def _read_pid(self, report: int) -> int | None:
        """Return the process id that a launcher reports first.

        Return None if the launcher ends first. After a timeout, end the zygote and return None.
        """
        found: asyncio.Future[int | None] = self._loop.create_future()

        def read() -> None:
            try:
                said = os.read(report, PID_LENGTH)
            except BlockingIOError:
                return
            self._loop.remove_reader(report)
            if not found.done():
                found.set_result(int(said) if len(said) == PID_LENGTH else None)

        self._loop.add_reader(report, read)
        try:
            return await asyncio.wait_for(found, self._fork_timeout_s)
        except asyncio.TimeoutError:
            self._fail("it does not respond")
            return None
        finally:
            self._loop.remove_reader(report)

    def _worker_ended(self) -> None:
        self.workers -= 1
        self._on_change(self)

    def _fail(self, reason: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is None:
            return
        self._loop.remove_reader(self._socket)
        # Unless it hangs, the zygote exits when its socket closes.
        self._socket.close()
        self._socket = None
        self.failure = reason
        if reason and self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._reap()
        self._on_change(self)
        if not self.warmed_up.done():
            self.warmed_up.set_result(None)

    def _reap(self) -> None:
        if self._process is not None:
            self._loop.run_in_executor(None, _wait_or_kill, self._process, _EXIT_TIMEOUT_S)


def _send(channel: socket.socket, line: bytes, child_end: ChildPipes) -> bool:
    # The worker expects the descriptors in this order (see shipped/workers/prefork.py).
    order = (
        *(child_end.request, child_end.stdout, child_end.stderr, child_end.reply),
        *(child_end.control, child_end.report),
    )
    try:
        socket.send_fds(channel, [line], order)
    except OSError:
        # The zygote has ended, or its request queue is full.
        return False
    return True


def _wait_or_kill(process: subprocess.Popen[bytes], fork_timeout_s: float) -> None:
    try:
        process.wait(fork_timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

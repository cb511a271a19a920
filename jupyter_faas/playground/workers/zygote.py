"""One zygote: a process of an environment that forks launchers (see ``shipped/zygote.py``)."""

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

import orjson

from jupyter_faas.playground.workers.process import ChildPipes, Pipes, WorkerSpec, open_pipes

log = logging.getLogger(__name__)

# As the zygote has them.
PID_LENGTH = 11

# Longer than a pipe holds could block whoever writes it.
MAX_START_LINE = 32_768

_WARM_UP_S = 60.0
_END_PATIENCE_S = 2.0
_MAX_WORD = 1 << 20


@dataclass(frozen=True)
class ZygoteReport:
    """What a zygote says of itself, once it is warm.

    ``modules``: the top-level names that are loaded. ``folders``: what an installation would
    change, and when that was changed last (ns). ``inherited_bytes``: its anonymous memory.
    """

    modules: frozenset[str]
    folders: Mapping[str, int]
    inherited_bytes: int


@dataclass(eq=False)
class ForkedLauncher:
    """A launcher that a zygote has forked. ``on_end`` is called when it has ended."""

    pid: int
    inherited_bytes: int
    on_end: Callable[[], None] = field(repr=False)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> None:
        self.on_end()


class Zygote:
    """All methods are for the event loop's thread; nothing here blocks it.

    ``workers``: how many of its launchers live. ``failure``: why it has ended, if nobody asked it
    to. ``word`` is None until it is ready. ``settled`` is done when it is ready or has ended, and
    ``warm_s`` says how long it has taken to become ready, or takes so far.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        *,
        on_change: Callable[[Zygote], None],
        patience_s: float = 2.0,
    ) -> None:
        """``on_change`` is called when it becomes ready, has lost a worker, or has ended.

        A fork takes a millisecond; after ``patience_s`` a fresh interpreter is no worse.
        """
        self.word: ZygoteReport | None = None
        self.failure = ""
        self.workers = 0
        self._command = command
        self._environment = environment
        self._on_change = on_change
        self._patience_s = patience_s
        self._loop = asyncio.get_running_loop()
        self.settled: asyncio.Future[None] = self._loop.create_future()
        self._began = time.monotonic()
        self._warm_s: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._started: asyncio.Future[None] | None = None

    @property
    def ready(self) -> bool:
        return self.word is not None and self._socket is not None

    @property
    def ended(self) -> bool:
        """Whether it has been started and cannot be used any more."""
        return self._started is not None and self._socket is None

    @property
    def pid(self) -> int:
        """0 while there is none."""
        return self._process.pid if self._process and self._process.returncode is None else 0

    @property
    def warm_s(self) -> float:
        return time.monotonic() - self._began if self._warm_s is None else self._warm_s

    def start(self) -> None:
        """Begin to; ``on_change`` tells how it came out."""
        self._began = time.monotonic()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._socket = ours
        self._timer = self._loop.call_later(_WARM_UP_S, self._give_up, "it does not become ready")
        self._loop.add_reader(ours, self._read)
        self._started = self._loop.run_in_executor(None, self._spawn, theirs)
        self._started.add_done_callback(self._spawned)

    async def fork(self, spec: WorkerSpec) -> tuple[ForkedLauncher, Pipes] | None:
        """A launcher for ``spec``; None when that is for a fresh interpreter to do."""
        line = spec.start_line()
        if self._socket is None or self.word is None or len(line) > MAX_START_LINE:
            return None
        pipes, theirs = open_pipes()
        try:
            # First, so that the launcher need not wait for it.
            os.write(pipes.control, line)
            sent = _send(self._socket, theirs)
        finally:
            theirs.close()
        if not sent:
            pipes.close()
            return None
        for descriptor in pipes.all:
            os.set_blocking(descriptor, False)
        self.workers += 1
        pid = await self._pid(pipes.report)
        if pid is None:
            pipes.close()
            self._lost_worker()
            return None
        return ForkedLauncher(pid, 2 * self.word.inherited_bytes, self._lost_worker), pipes

    def leave(self) -> None:
        """Tell it to end. What it has forked goes on."""
        self._give_up("")

    async def end(self) -> None:
        """Returns when it has ended."""
        self.leave()
        if self._started is not None:
            await asyncio.wait({self._started})
        if self._process is not None:
            await asyncio.to_thread(_collect, self._process, _END_PATIENCE_S)

    # ------------------------------------------------------------------------------------------

    def _spawn(self, theirs: socket.socket) -> None:
        with theirs:
            self._process = subprocess.Popen(
                [*self._command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=dict(self._environment),
                start_new_session=True,
                cwd="/",
            )

    def _spawned(self, done: asyncio.Future[None]) -> None:
        if done.exception() is not None:
            self._give_up(f"it cannot be started: {done.exception()}")
        elif self._socket is None:
            # It was not wanted any more while it was being started.
            self._collect_later()

    def _read(self) -> None:
        """The one word that it says, or its end."""
        if self._socket is None:
            return
        try:
            data = self._socket.recv(_MAX_WORD)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or self.word is not None:
            self._give_up("it has ended")
            return
        said = orjson.loads(data)
        if said["unsafe"]:
            self._give_up(said["unsafe"])
            return
        if self._timer is not None:
            self._timer.cancel()
        self.word = ZygoteReport(frozenset(said["modules"]), said["folders"], said["inherited"])
        self._warm_s = self.warm_s
        self._on_change(self)
        self.settled.set_result(None)

    async def _pid(self, report: int) -> int | None:
        """What the launcher says first; None when there is none, or not in time."""
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
            return await asyncio.wait_for(found, self._patience_s)
        except asyncio.TimeoutError:
            self._give_up("it does not answer")
            return None
        finally:
            self._loop.remove_reader(report)

    def _lost_worker(self) -> None:
        self.workers -= 1
        self._on_change(self)

    def _give_up(self, why: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is None:
            return
        self._loop.remove_reader(self._socket)
        # Its end comes with this, unless it hangs.
        self._socket.close()
        self._socket = None
        self.failure = why
        if why and self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._collect_later()
        self._on_change(self)
        if not self.settled.done():
            self.settled.set_result(None)

    def _collect_later(self) -> None:
        if self._process is not None:
            self._loop.run_in_executor(None, _collect, self._process, _END_PATIENCE_S)


def _send(channel: socket.socket, theirs: ChildPipes) -> bool:
    order = (
        *(theirs.request, theirs.stdout, theirs.stderr, theirs.reply),
        *(theirs.control, theirs.report),
    )
    try:
        socket.send_fds(channel, [b"f"], order)
    except OSError:
        # It has ended, or so many wait for it that another would wait too long.
        return False
    return True


def _collect(process: subprocess.Popen[bytes], patience_s: float) -> None:
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

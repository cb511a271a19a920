"""One worker process, seen from the event loop: its pipes, its launcher, its end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial

import orjson

from jupyter_faas.playground.workers.deadlines import Deadlines
from jupyter_faas.playground.workers.exchange import Exchange, Outcome, OutcomeStatus, resolve
from jupyter_faas.playground.workers.logs import MISSING, LogCollector
from jupyter_faas.playground.workers.memory import MemoryPeak
from jupyter_faas.playground.workers.process import LauncherProcess, Pipes, WorkerSpec, launch

# A pipe's capacity: more than this cannot have been in it when an answer arrived.
_CHUNK = 65536
_MEMORY_EXHAUSTED = b"!memory"

# Killed processes are gone at once; one that the kernel holds in a disk access is not.
_END_PATIENCE_S = 5.0

Launch = Callable[[WorkerSpec], Awaitable[tuple[LauncherProcess, Pipes]]]


async def spawn_launcher(spec: WorkerSpec) -> tuple[LauncherProcess, Pipes]:
    """Raises OSError when the interpreter cannot be started."""
    return await asyncio.get_running_loop().run_in_executor(None, launch, spec)


class Worker:
    """A process that speaks ActionLoop, one request at a time.

    The playground is the parent of its launcher only. All methods are for the event loop's
    thread; nothing here blocks it. ``gone`` is done when no process of it is left. ``runtime``
    is what runs the action, where its kind names something else. ``memory`` is what it uses.
    """

    def __init__(self, max_reply_bytes: int, launch: Launch = spawn_launcher) -> None:
        """``launch`` starts its launcher; raises OSError when that is impossible."""
        self.runtime = ""
        self.memory = MemoryPeak()
        self._loop = asyncio.get_running_loop()
        self._max_reply_bytes = max_reply_bytes
        self._launch = launch
        self._process: LauncherProcess | None = None
        self._pipes: Pipes | None = None
        self._control_open = False
        self._exchange: Exchange | None = None
        self._ending: OutcomeStatus | None = None
        self._said = b""
        self._unsent = memoryview(b"")
        self._proxied = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._deadlines = Deadlines()
        self.termination: asyncio.Future[None] = self._loop.create_future()

    @property
    def launcher_pid(self) -> int:
        """0 while there is none."""
        return self._process.pid if self._process and not self.termination.done() else 0

    @property
    def inherited_bytes(self) -> int:
        """Anonymous memory that its processes began with, and share with those of others."""
        return self._process.inherited_bytes if self._process else 0

    @property
    def exit_code(self) -> int | None:
        """The process's, minus the number of the signal that ended it; None until it has ended."""
        try:
            said = orjson.loads(self._said)
        except orjson.JSONDecodeError:
            return None
        return -int(said["signal"]) or int(said["code"])

    @property
    def alive(self) -> bool:
        """Whether it could take another request, as far as is known."""
        return self._process is not None and not self.termination.done() and self._ending is None

    async def start(self, spec: WorkerSpec, timeout_s: float, logs: LogCollector) -> Outcome:
        """Start the process and wait until the code is loaded: ``{"ok":true}`` is the answer."""
        settled: asyncio.Future[OutcomeStatus] = self._loop.create_future()
        exchange = self._exchange = Exchange(
            logs, self._max_reply_bytes, lambda _, ending: resolve(settled, ending)
        )
        self.runtime = spec.runtime
        began = time.perf_counter()
        try:
            process, pipes = await self._launch(spec)
        except OSError as error:
            exchange.logs.say(f"{spec.command[0]} cannot be started: {error.strerror}")
            self.termination.set_result(None)
            exchange.settle(OutcomeStatus.EXITED)
            return await self._failed(exchange, OutcomeStatus.EXITED, time.perf_counter() - began)
        self._process, self._pipes, self._control_open = process, pipes, True
        # The worker for Python is what ActionLoop's proxy starts; Node.js is a proxy itself.
        self._proxied = not spec.program
        self._loop.add_reader(pipes.reply, self._read_reply, pipes.reply)
        self._loop.add_reader(pipes.report, self._read_report, pipes.report)
        for stream, descriptor in pipes.logs:
            self._loop.add_reader(descriptor, self._read_log, stream, descriptor)
        if self._ending is not None:
            # It was not wanted any more while it was being started.
            self._end(self._ending)
        self._deadlines.add(exchange, timeout_s, self._time_out)
        ending = await settled
        seconds = time.perf_counter() - began
        if _went_well(exchange, ending):
            return self._outcome(exchange, ending, seconds)
        return await self._failed(exchange, ending, seconds)

    async def run(self, request: bytes, timeout_s: float, logs: LogCollector) -> Outcome:
        """Send one line, without its newline, and wait for the answer."""
        outcome: asyncio.Future[Outcome] = self._loop.create_future()
        self.ask(request, timeout_s, logs, partial(resolve, outcome))
        return await outcome

    def ask(
        self,
        request: bytes,
        timeout_s: float,
        logs: LogCollector,
        then: Callable[[Outcome], None],
    ) -> None:
        """The same without a task, for those who have no time to lose: ``then`` is called in the
        turn of the event loop in which the answer comes. It must raise nothing."""
        began = time.perf_counter()
        # The worker shall begin as soon as it can: what there is to do here can be done meanwhile.
        if self._pipes is not None:
            self._send(self._pipes.request, request + b"\n")
        over = partial(self._over, began, then)
        exchange = self._exchange = Exchange(logs, self._max_reply_bytes, over)
        self._deadlines.add(exchange, timeout_s, self._time_out)
        if self.termination.done() or self._ending is not None:
            exchange.settle(self._ending or OutcomeStatus.EXITED)

    def end_out_of_memory(self) -> None:
        """It uses more memory than it may: end it, and let the request fail for that."""
        self._end(OutcomeStatus.OUT_OF_MEMORY)

    def end_with_log(self, why: str) -> None:
        """It does what it may not: end it, and say so in the logs."""
        if self._exchange is not None and self._ending is None:
            self._exchange.logs.say(why)
        self._end(OutcomeStatus.EXITED)

    async def end(self) -> None:
        """End the worker and everything it has started; returns when they are gone."""
        self._end(OutcomeStatus.EXITED)
        if self._process is None or self.termination.done():
            return
        await asyncio.wait({self.termination}, timeout=_END_PATIENCE_S)
        if not self.termination.done():
            self._process.kill()

    # -- one request ---------------------------------------------------------------------------

    def _over(
        self,
        began: float,
        then: Callable[[Outcome], None],
        exchange: Exchange,
        ending: OutcomeStatus,
    ) -> None:
        seconds = time.perf_counter() - began
        if _went_well(exchange, ending):
            then(self._outcome(exchange, ending, seconds))
            return

        async def fail() -> None:
            then(await self._failed(exchange, ending, seconds))

        task = self._loop.create_task(fail())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _failed(self, exchange: Exchange, ending: OutcomeStatus, seconds: float) -> Outcome:
        """It ended without an answer, or with one after which there can be no other."""
        if ending is OutcomeStatus.ANSWERED:
            ending = OutcomeStatus.OUT_OF_MEMORY
        peak_mb = self._peak(ending, seconds)
        await self.end()
        if not self.termination.done():
            exchange.logs.say(MISSING)
        if ending is OutcomeStatus.EXITED and self._memory_exhausted():
            ending = OutcomeStatus.OUT_OF_MEMORY
        return self._outcome(exchange, ending, seconds, peak_mb)

    def _outcome(
        self, exchange: Exchange, ending: OutcomeStatus, seconds: float, peak_mb: int | None = None
    ) -> Outcome:
        # The worker has flushed before it answered: what is in the pipes now is all there is.
        if self._pipes is not None and self._pipes.has_logs():
            self._drain(self._pipes, exchange)
        self._exchange = None
        self._deadlines.drop(exchange)
        if ending is OutcomeStatus.ANSWERED:
            peak_mb = self._peak(ending, seconds)
        return exchange.outcome(ending, seconds, self._proxied, peak_mb)

    def _peak(self, ending: OutcomeStatus, seconds: float) -> int | None:
        self.memory.attach(self.launcher_pid)
        return self.memory.take(seconds, again=ending is OutcomeStatus.ANSWERED)

    def _time_out(self) -> None:
        self._end(OutcomeStatus.TIMED_OUT)

    def _end(self, ending: OutcomeStatus) -> None:
        """Ask the launcher to end everything; the request in flight ends as ``ending``."""
        if self._ending is None:
            self._ending = ending
        if self._exchange is not None:
            self._exchange.settle(ending)
        if self._pipes is not None and self._control_open:
            os.close(self._pipes.control)
            self._control_open = False

    def _memory_exhausted(self) -> bool:
        """Whether the launcher reports that the kernel has killed for want of memory."""
        try:
            return orjson.loads(self._said).get("memory_exhausted") is True
        except orjson.JSONDecodeError:
            return False

    # -- the pipes -----------------------------------------------------------------------------

    def _send(self, request: int, line: bytes) -> None:
        self._unsent = memoryview(line)
        self._write_more(request)
        if self._unsent:
            self._loop.add_writer(request, self._write_rest, request)

    def _write_more(self, request: int) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(request, self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = memoryview(b"")  # It has ended; the launcher will say so.

    def _write_rest(self, request: int) -> None:
        self._write_more(request)
        if not self._unsent:
            self._loop.remove_writer(request)

    def _read_reply(self, reply: int) -> None:
        data = _read(reply)
        if data is None:
            return
        if not data:
            self._loop.remove_reader(reply)
        elif self._exchange is None or not self._exchange.open:
            # An answer that nobody asked for: the next could be taken for another request's.
            self._end(OutcomeStatus.EXITED)
        else:
            whole, more = self._exchange.take(data)
            if more:
                self._ending = OutcomeStatus.EXITED
            if whole:
                self._exchange.settle(OutcomeStatus.ANSWERED)

    def _read_log(self, stream: str, descriptor: int) -> None:
        data = _read(descriptor)
        if data is None:
            return
        if not data:
            self._loop.remove_reader(descriptor)
        elif self._exchange is not None:
            # Between two runs there is nobody whose logs it could be.
            self._exchange.logs.feed(stream, data)

    def _read_report(self, report: int) -> None:
        data = _read(report)
        if data is None:
            return
        self._said += data
        if not data and self._pipes is not None:
            # The launcher has gone, and with it everything below it.
            self._close(self._pipes)

    def _drain(self, pipes: Pipes, exchange: Exchange) -> None:
        for stream, descriptor in pipes.logs:
            left = _CHUNK
            while left > 0 and (data := _read(descriptor)):
                left -= len(data)
                exchange.logs.feed(stream, data)

    def _close(self, pipes: Pipes) -> None:
        # Whoever hears of the request's end must not take this for alive.
        self._ending = self._ending or OutcomeStatus.EXITED
        exchange = self._exchange
        if exchange is not None and exchange.open:
            # An answer may have come just before the end.
            while data := _read(pipes.reply):
                if exchange.take(data)[0]:
                    exchange.settle(OutcomeStatus.ANSWERED)
                    break
            exchange.settle(self._ending)
        if exchange is not None:
            self._drain(pipes, exchange)
        self._end(self._ending)
        self._loop.remove_writer(pipes.request)
        os.close(pipes.request)
        for descriptor in (pipes.reply, pipes.stdout, pipes.stderr, pipes.report):
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        self._pipes = None
        self._deadlines.clear()
        self.memory.close()
        if self._process is not None:
            self._process.ended()
        self.termination.set_result(None)


def _went_well(exchange: Exchange, ending: OutcomeStatus) -> bool:
    return ending is OutcomeStatus.ANSWERED and exchange.reply != _MEMORY_EXHAUSTED


def _read(descriptor: int) -> bytes | None:
    """What there is; empty at the end; None when there is nothing yet."""
    try:
        return os.read(descriptor, _CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""

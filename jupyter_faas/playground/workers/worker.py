"""Worker processes: starting and ending one, sending requests, and reading replies and logs.

The launcher (``shipped/workers/launcher.py``) is a child of the playground, and the worker is a
child of the launcher. When the playground closes the control pipe, the launcher kills the worker
and all processes that the worker has started.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

import orjson

from jupyter_faas.playground.workers.deadlines import Deadlines
from jupyter_faas.playground.workers.exchange import (
    ANSWERED,
    Exchange,
    Outcome,
    OutcomeStatus,
    resolve,
)
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.memory import MemoryPeak
from jupyter_faas.playground.workers.process import LauncherProcess, Pipes, WorkerSpec, launch

# The capacity of a pipe on Linux, and so the maximum amount of unread output in a log pipe.
_PIPE_CAPACITY = 65536

# The worker's reply when it ran out of memory (see shipped/workers/python_worker.py).
_MEMORY_EXHAUSTED = b"!memory"

# How long to wait for a killed process, in seconds. It usually ends immediately, but not while it
# is waiting for the disk.
_EXIT_TIMEOUT_S = 5.0

# OpenWhisk's Python proxy logs this line if the process ends before it has loaded the code.
ABRUPT = "Command exited abruptly during initialization."

Launch = Callable[[WorkerSpec], Awaitable[tuple[LauncherProcess, Pipes]]]


async def spawn_launcher(spec: WorkerSpec) -> tuple[LauncherProcess, Pipes]:
    """Start the launcher in a fresh interpreter; raise OSError if it cannot be started."""
    return await asyncio.get_running_loop().run_in_executor(None, launch, spec)


class Worker:
    """A process that handles one request at a time with the ActionLoop protocol.

    Use this class only from the event loop's thread. Its methods do not block.

    ``termination``: a future that is done when all processes of the worker have ended.
    ``runtime``: the runtime that runs the action if it differs from the action's kind, otherwise
    empty.
    ``memory``: measures the worker's peak memory.
    """

    def __init__(self, max_reply_bytes: int, launch: Launch = spawn_launcher) -> None:
        """Create a worker without starting its process.

        ``max_reply_bytes``: the number of bytes after which replies are truncated.
        ``launch``: starts the launcher, or raises OSError.
        """
        self.runtime = ""
        self.note = ""
        self.memory = MemoryPeak()
        self._loop = asyncio.get_running_loop()
        self._max_reply_bytes = max_reply_bytes
        self._launch = launch
        self._process: LauncherProcess | None = None
        self._pipes: Pipes | None = None
        self._control_open = False
        self._exchange: Exchange | None = None
        self._end_status: OutcomeStatus | None = None
        self._report = b""
        self._unsent = memoryview(b"")
        self._proxied = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._deadlines = Deadlines()
        self.termination: asyncio.Future[None] = self._loop.create_future()

    @property
    def launcher_pid(self) -> int:
        """The process id of the launcher, or 0 if it has not started or has ended."""
        return self._process.pid if self._process and not self.termination.done() else 0

    @property
    def inherited_bytes(self) -> int:
        """The anonymous memory, in bytes, that the worker's processes share with their zygote."""
        return self._process.inherited_bytes if self._process else 0

    @property
    def exit_code(self) -> int | None:
        """The worker's exit code, or the negated number of the signal that ended it.

        None until the worker has ended, and always None if the launcher was killed.
        """
        try:
            report = orjson.loads(self._report)
        except orjson.JSONDecodeError:
            # The report is empty until the worker has ended. If the launcher is killed, it stays
            # empty.
            return None
        return -int(report["signal"]) or int(report["code"])

    @property
    def alive(self) -> bool:
        """Whether the process has been started and is not known to have ended or to be ending."""
        return (
            self._process is not None and not self.termination.done() and self._end_status is None
        )

    async def start(self, spec: WorkerSpec, timeout_s: float, logs: LogCollector) -> Outcome:
        """Start the process, wait for its first reply, and return the outcome.

        The reply is ``{"ok":true}`` if the action's code was loaded (see ``start_response``). If
        the process cannot be started, the status is EXITED and the logs contain the reason.
        """
        settled: asyncio.Future[OutcomeStatus] = self._loop.create_future()
        exchange = self._exchange = Exchange(
            logs, self._max_reply_bytes, lambda _, ending: resolve(settled, ending)
        )
        self.runtime = spec.runtime
        self.note = spec.note
        # In OpenWhisk, Python actions run behind the ActionLoop proxy. The Node.js runtime does not
        # have a separate proxy.
        self._proxied = not spec.program
        started_at = time.perf_counter()
        try:
            process, pipes = await self._launch(spec)
        except OSError as error:
            exchange.logs.say(f"{spec.command[0]} cannot be started: {error.strerror}")
            self.termination.set_result(None)
            exchange.settle(OutcomeStatus.EXITED)
            return await self._failed(
                exchange, OutcomeStatus.EXITED, time.perf_counter() - started_at
            )
        self._process, self._pipes, self._control_open = process, pipes, True
        self._loop.add_reader(pipes.reply, self._read_reply, pipes.reply)
        self._loop.add_reader(pipes.report, self._read_report, pipes.report)
        for stream, descriptor in pipes.logs:
            self._loop.add_reader(descriptor, self._read_log, stream, descriptor)
        if self._end_status is not None:
            # ``end`` was called while the process was being started.
            self._end(self._end_status)
        self._deadlines.add(exchange, timeout_s, self._time_out)
        ending = await settled
        seconds = time.perf_counter() - started_at
        if _is_reusable(exchange, ending):
            # The peak of the start is part of the first run's peak, because it is not reset here.
            # Reading it now would delay that run.
            return self._outcome(exchange, ending, seconds, None)
        if ending is OutcomeStatus.EXITED and self._proxied:
            await self.end()
            exchange.logs.say(ABRUPT)
        return await self._failed(exchange, ending, seconds)

    def run(
        self,
        request: bytes,
        timeout_s: float,
        logs: LogCollector,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        """Send ``request`` to the worker, and call ``on_outcome`` when the request has ended.

        ``request``: a JSON line without the newline.
        ``on_outcome``: called with the outcome after this method has returned. If the reply is
        valid, the call is made in the event loop iteration in which the reply arrives. The
        function must not raise.
        """
        started_at = time.perf_counter()
        # The request is sent first, so that the worker can start while the rest is prepared here.
        if self._pipes is not None:
            self._send(self._pipes.request, request + b"\n")
        if not self.memory.is_attached:
            # This takes as long as a short run, so it is not done before the first run.
            self.memory.attach(self.launcher_pid)
        over = partial(self._on_done, started_at, on_outcome)
        exchange = self._exchange = Exchange(logs, self._max_reply_bytes, over)
        self._deadlines.add(exchange, timeout_s, self._time_out)
        if self.termination.done() or self._end_status is not None:
            exchange.settle(self._end_status or OutcomeStatus.EXITED)

    def set_preempting(self, preempting: bool) -> None:
        """Set whether a request that wakes the worker up interrupts what its processor runs.

        Otherwise, the worker begins when the processor is free, or after a few milliseconds. This
        does not change its share of the processor's time. Only Linux supports it.
        """
        if sys.platform == "linux" and self.memory.pid and not self.termination.done():
            policy = os.SCHED_OTHER if preempting else os.SCHED_BATCH
            with contextlib.suppress(OSError):  # The process has ended.
                os.sched_setscheduler(self.memory.pid, policy, os.sched_param(0))

    def end_out_of_memory(self) -> None:
        """End the worker. The request in flight fails with OUT_OF_MEMORY."""
        self._end(OutcomeStatus.OUT_OF_MEMORY)

    def cancel(self) -> None:
        """End the worker. The request in flight fails with CANCELLED."""
        self._end(OutcomeStatus.CANCELLED)

    def end_with_log(self, why: str) -> None:
        """End the worker, and write ``why`` to the activation's logs."""
        if self._exchange is not None and self._end_status is None:
            self._exchange.logs.say(why)
        self._end(OutcomeStatus.EXITED)

    async def end(self) -> None:
        """End the worker and all processes it has started, and wait until they have ended.

        If they have not ended after a timeout, kill the launcher and return.
        """
        self._end(OutcomeStatus.EXITED)
        if self._process is None or self.termination.done():
            return
        await asyncio.wait({self.termination}, timeout=_EXIT_TIMEOUT_S)
        if not self.termination.done():
            self._process.kill()

    # The end of a request

    def _on_done(
        self,
        started_at: float,
        then: Callable[[Outcome], None],
        exchange: Exchange,
        ending: OutcomeStatus,
    ) -> None:
        seconds = time.perf_counter() - started_at
        if _is_reusable(exchange, ending):
            then(self._outcome(exchange, ending, seconds, self._peak(ending, seconds)))
            return

        async def fail() -> None:
            then(await self._failed(exchange, ending, seconds))

        # The set keeps the task alive, because asyncio keeps only a weak reference.
        task = self._loop.create_task(fail())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _failed(self, exchange: Exchange, ending: OutcomeStatus, seconds: float) -> Outcome:
        """End a worker that cannot be reused, and return the outcome of its last request."""
        # A request with a reply fails only if the reply says that the worker ran out of memory.
        if ending is ANSWERED:
            ending = OutcomeStatus.OUT_OF_MEMORY
        # Read the peak before the process ends, because its files in /proc disappear then.
        peak_mb = self._peak(ending, seconds)
        await self.end()
        if ending is OutcomeStatus.EXITED and self._memory_exhausted():
            ending = OutcomeStatus.OUT_OF_MEMORY
        return self._outcome(exchange, ending, seconds, peak_mb)

    def _outcome(
        self, exchange: Exchange, ending: OutcomeStatus, seconds: float, peak_mb: int | None
    ) -> Outcome:
        # The worker flushes its streams before it replies, so all its logs are in the pipes now.
        if self._pipes is not None and self._pipes.has_logs():
            self._drain(self._pipes, exchange)
        self._exchange = None
        self._deadlines.drop(exchange)
        return exchange.outcome(ending, seconds, self._proxied, peak_mb)

    def _peak(self, ending: OutcomeStatus, seconds: float) -> int | None:
        if not self.memory.is_attached:
            self.memory.attach(self.launcher_pid)
        return self.memory.take(seconds, reusable=ending is ANSWERED)

    def _time_out(self) -> None:
        self._end(OutcomeStatus.TIMED_OUT)

    def _end(self, ending: OutcomeStatus) -> None:
        """Make the launcher end all processes, and settle the request in flight as ``ending``."""
        if self._end_status is None:
            self._end_status = ending
        if self._exchange is not None:
            self._exchange.settle(ending)
        if self._pipes is not None and self._control_open:
            os.close(self._pipes.control)
            self._control_open = False

    def _memory_exhausted(self) -> bool:
        """Return whether the launcher reported that the worker ran out of memory."""
        try:
            return orjson.loads(self._report).get("memory_exhausted") is True
        except orjson.JSONDecodeError:
            return False

    # Pipes

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
            # The worker has ended, which the report pipe will show.
            self._unsent = memoryview(b"")

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
            # The worker sent a reply without a request. Its next reply could be mistaken for that
            # of another activation, so the worker must not be reused.
            self._end(OutcomeStatus.EXITED)
        else:
            complete, more = self._exchange.feed(data)
            if more:
                # The worker sent more than one reply. The first reply counts, but the worker must
                # not be reused.
                self._end_status = OutcomeStatus.EXITED
            if complete:
                self._exchange.settle(ANSWERED)

    def _read_log(self, stream: str, descriptor: int) -> None:
        data = _read(descriptor)
        if data is None:
            return
        if not data:
            self._loop.remove_reader(descriptor)
        elif self._exchange is not None:
            # Output between two runs does not belong to an activation, so it is dropped.
            self._exchange.logs.feed(stream, data)

    def _read_report(self, report: int) -> None:
        data = _read(report)
        if data is None:
            return
        self._report += data
        if not data and self._pipes is not None:
            # The launcher exits last, after all its descendants have ended.
            self._close(self._pipes)

    def _drain(self, pipes: Pipes, exchange: Exchange) -> None:
        for stream, descriptor in pipes.logs:
            # The amount is limited, because one of the action's processes may never stop writing.
            remaining = _PIPE_CAPACITY
            while remaining > 0 and (data := _read(descriptor)):
                remaining -= len(data)
                exchange.logs.feed(stream, data)

    def _close(self, pipes: Pipes) -> None:
        # Set this first, because callers that see the end of the request must not reuse the worker.
        self._end_status = self._end_status or OutcomeStatus.EXITED
        exchange = self._exchange
        if exchange is not None and exchange.open:
            # A reply may have arrived just before the worker ended.
            while data := _read(pipes.reply):
                if exchange.feed(data)[0]:
                    exchange.settle(ANSWERED)
                    break
            exchange.settle(self._end_status)
        if exchange is not None:
            self._drain(pipes, exchange)
        self._end(self._end_status)
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


def _is_reusable(exchange: Exchange, ending: OutcomeStatus) -> bool:
    return ending is ANSWERED and exchange.reply != _MEMORY_EXHAUSTED


def _read(descriptor: int) -> bytes | None:
    """Read without blocking.

    Return ``b""`` at the end of the file or after an error, and None if no data is available.
    """
    try:
        return os.read(descriptor, _PIPE_CAPACITY)
    except BlockingIOError:
        return None
    except OSError:
        return b""

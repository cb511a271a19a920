"""Start, talk to and kill the helper process; keep the end of what it wrote to stderr."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from jupyter_faas.serialization.helper.protocol import EXITED, READY

_STDERR_LINES = 40
_JOIN_TIMEOUT_S = 5.0
# One thread per library, so that sums keep their order; no telemetry; and a fixed hash seed,
# because some converters iterate over sets.
_ENVIRONMENT = {
    "ORT_DISABLE_TELEMETRY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONWARNINGS": "ignore",
}


class HelperProcess:
    """One spawned ``worker``.

    ``receive`` returns its messages in order, and ``(EXITED, exit code)`` after the last one.
    ``ready``: the READY message was received.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._connection, remote = Pipe()
        with remote:
            # Its own session: interrupting a cell must not interrupt the helper. Spawned and not
            # forked: a kernel has many threads.
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.worker", str(remote.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**environment, **_ENVIRONMENT, "PYTHONPATH": _python_path(environment)},
                pass_fds=[remote.fileno()],
                start_new_session=True,
            )
        self.ready = False
        self._ready_or_exited = threading.Event()
        self._became_ready = False
        self._messages: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._output: deque[str] = deque(maxlen=_STDERR_LINES)
        self._threads = [
            threading.Thread(target=run, daemon=True)
            for run in (self._read_messages, self._read_output)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def send(self, message: Any) -> None:
        """Raises OSError when the process has exited."""
        self._connection.send(message)

    def receive(self, timeout_s: float) -> tuple[str, Any]:
        """Return the next message. Raises queue.Empty after ``timeout_s`` without one."""
        return self._messages.get(timeout=max(0.0, timeout_s))

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Wait for READY without taking a message from ``receive``; False on exit or timeout."""
        return self._ready_or_exited.wait(timeout_s) and self._became_ready

    def output_tail(self) -> str:
        """Return the last lines of its stdout and stderr; complete once the process has exited."""
        if not self.running:
            self._threads[1].join(_JOIN_TIMEOUT_S)
        return "\n".join(self._output)

    def kill(self) -> None:
        """Kill it and release its resources; it has no state that could be lost."""
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(_JOIN_TIMEOUT_S)
        self._connection.close()
        assert self._process.stdout is not None  # noqa: S101 - Popen was given PIPE
        self._process.stdout.close()

    def _read_messages(self) -> None:
        try:
            while True:
                message = self._connection.recv()
                self._became_ready = self._became_ready or message[0] == READY
                self._ready_or_exited.set()
                self._messages.put(message)
        except (EOFError, OSError):
            # OSError: it exited in the middle of a message.
            self._messages.put((EXITED, self._process.wait()))
        finally:
            self._ready_or_exited.set()

    def _read_output(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - Popen was given PIPE
        for line in self._process.stdout:
            self._output.append(line.decode("utf-8", "replace").rstrip())


def _python_path(environment: Mapping[str, str]) -> str:
    """``PYTHONPATH`` with this package's folder: the kernel may know it from ``sys.path`` alone."""
    home = str(Path(__file__).parents[3])
    return os.pathsep.join(filter(None, (home, environment.get("PYTHONPATH", ""))))

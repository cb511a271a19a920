"""Start and kill the helper process, exchange messages with it, and keep the end of its output."""

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
# Each library uses one thread, so that sums are computed in a fixed order. The hash seed is fixed
# because some converters iterate over sets, and equal models must result in equal bytes.
_ENVIRONMENT = {
    "ORT_DISABLE_TELEMETRY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONWARNINGS": "ignore",
}


class HelperProcess:
    """A process that runs ``worker.py``.

    ``receive`` returns the messages of the process in order, followed by ``(EXITED, exit code)``.
    The caller must set ``ready`` when it receives READY.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._connection, remote = Pipe()
        with remote:
            # The process has its own session, because interrupting a cell must not interrupt the
            # helper. It is not forked, because forking a process with threads may cause a deadlock.
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
        # This event is separate from the queue, because wait_until_ready must not remove messages
        # that a conversion in another thread waits for.
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
        """Send a message to the process. Raises OSError if the process has exited."""
        self._connection.send(message)

    def receive(self, timeout_s: float) -> tuple[str, Any]:
        """Return the next message. Raises queue.Empty if none arrives within ``timeout_s``."""
        return self._messages.get(timeout=max(0.0, timeout_s))

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Wait for READY without removing a message from the queue, and return whether it arrived.

        Returns False if the process exits or ``timeout_s`` seconds have passed.
        """
        return self._ready_or_exited.wait(timeout_s) and self._became_ready

    def output_tail(self) -> str:
        """Return the last lines of the process's stdout and stderr.

        If the process has exited, all of its output has been read.
        """
        if not self.running:
            self._threads[1].join(_JOIN_TIMEOUT_S)
        return "\n".join(self._output)

    def kill(self) -> None:
        """Kill the process, and release its pipes and threads."""
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
            # recv() raises EOFError if the process has exited, and OSError if it exited in the
            # middle of a message.
            self._messages.put((EXITED, self._process.wait()))
        finally:
            self._ready_or_exited.set()

    def _read_output(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - Popen was given PIPE
        for line in self._process.stdout:
            self._output.append(line.decode("utf-8", "replace").rstrip())


def _python_path(environment: Mapping[str, str]) -> str:
    """Return ``PYTHONPATH`` with the directory that contains jupyter_faas added at the front.

    The kernel may have found jupyter_faas through ``sys.path``, which processes do not inherit.
    """
    home = str(Path(__file__).parents[3])
    return os.pathsep.join(filter(None, (home, environment.get("PYTHONPATH", ""))))

"""The helper process as the kernel holds it: its pipes, its last words, its end."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_faas.serialization.helper.protocol import EXITED, READY, read_message, write_message

_LAST_LINES = 40
_PATIENCE_S = 5.0
# One thread each, so that sums keep their order; no telemetry; one order of sets, for
# converters that iterate over them.
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

    Messages come out of ``receive`` in order, and when the process is gone ``(GONE, exit code)``
    after the last one. ``warm``: its word that it is ready was received.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        # Its own session: interrupting a cell must not interrupt the helper, and forking a
        # kernel full of threads would not be safe.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_faas.serialization.helper.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment, **_ENVIRONMENT, "PYTHONPATH": _python_path(environment)},
            start_new_session=True,
        )
        self.warm = False
        self._first_word = threading.Event()
        self._ready = False
        self._messages: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._threads = [
            threading.Thread(target=run, daemon=True) for run in (self._read, self._drain)
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
        """Raises OSError when the process is gone."""
        assert self._process.stdin is not None  # noqa: S101 - Popen was given PIPE
        write_message(self._process.stdin, message)

    def receive(self, timeout_s: float) -> tuple[str, Any]:
        """The next message. Raises queue.Empty after ``timeout_s`` without one."""
        return self._messages.get(timeout=max(0.0, timeout_s))

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Whether it is ready, which is waited for beside whoever receives its messages."""
        return self._first_word.wait(timeout_s) and self._ready

    def last_words(self) -> str:
        """The end of what it wrote to its standard error; whole once the process is gone."""
        if not self.running:
            self._threads[1].join(_PATIENCE_S)
        return "\n".join(self._lines)

    def end(self) -> None:
        """Kill it and forget it; it keeps nothing that could be lost."""
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None  # noqa: S101 - Popen was given PIPE
            # What was still buffered for a process that had gone cannot be flushed.
            with suppress(BrokenPipeError):
                stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - Popen was given PIPE
        try:
            while True:
                message = read_message(self._process.stdout)
                self._ready = self._ready or message[0] == READY
                self._first_word.set()
                self._messages.put(message)
        except (EOFError, ValueError):
            self._messages.put((EXITED, self._process.wait()))
        finally:
            self._first_word.set()

    def _drain(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - Popen was given PIPE
        for line in self._process.stderr:
            self._lines.append(line.decode("utf-8", "replace").rstrip())


def _python_path(environment: Mapping[str, str]) -> str:
    """Where the helper finds this package, also when the kernel was shown it by ``sys.path``."""
    home = str(Path(__file__).parents[3])
    return os.pathsep.join(filter(None, (home, environment.get("PYTHONPATH", ""))))

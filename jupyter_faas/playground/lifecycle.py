"""The lifecycle of the playground's process: idle stop, state.json, readiness and lease."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from jupyter_faas.playground.data_dir import ENDED, KEEP_SIGNAL, LEASED, DataDirectory
from jupyter_faas.playground.invocation.run import Run, now_ms
from jupyter_faas.playground.options import Options

log = logging.getLogger(__name__)


class IdleStop:
    """The idle stop, due after ``after_s`` without activity if no Jupyter server is running.

    ``busy`` returns whether actions are running. ``wanted`` returns whether a Jupyter server of
    this user is running; it may block, and is called rarely. With an infinite ``after_s`` the
    playground never stops.
    """

    def __init__(
        self,
        after_s: float,
        *,
        busy: Callable[[], bool],
        wanted: Callable[[], bool],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._after_s = after_s
        self._busy = busy
        self._wanted = wanted
        self._now = now
        self._last = now()

    def touch(self) -> None:
        """Note activity, so that the idle time starts again."""
        self._last = self._now()

    async def wait(self) -> None:
        """Wait until the playground should stop."""
        if math.isinf(self._after_s):
            # A future that never completes.
            await asyncio.get_running_loop().create_future()
        while True:
            left = self._last + self._after_s - self._now()
            if left > 0:
                await asyncio.sleep(left)
            elif self._busy() or await asyncio.to_thread(self._wanted):
                self.touch()
            else:
                return


def jupyter_server_runs(runtime_dir: Path | None = None) -> bool:
    """Return whether a Jupyter server of this user is running. Blocking.

    Each server writes a ``jpserver-PID.json`` to ``runtime_dir``.
    """
    if runtime_dir is None:
        # Imported here, because the module is not needed before the playground is idle.
        from jupyter_core.paths import jupyter_runtime_dir

        runtime_dir = Path(jupyter_runtime_dir())
    return any(_is_running(path) for path in runtime_dir.glob("jpserver-*.json"))


def _is_running(path: Path) -> bool:
    # A server that was killed leaves its file behind. Signal 0 only checks that the process exists.
    try:
        os.kill(int(json.loads(path.read_text())["pid"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


class RuntimeState:
    """The state of the playground's process: state.json, the readiness notification and the lease.

    If ``lease_descriptor`` is set, the playground was started before it was needed. It stops when
    the write end of that pipe closes, unless a client has used the playground, KEEP_SIGNAL has
    arrived, or ``busy`` returns True.
    """

    def __init__(
        self, options: Options, folder: DataDirectory, port: int, *, busy: Callable[[], bool]
    ) -> None:
        self._options = options
        self._folder = folder
        self._busy = busy
        self._lease = options.lease_descriptor
        self._announced = False
        self._state = {
            "port": port,
            "pid": os.getpid(),
            "started": 0,
            "tls": options.tls,
        }

    def watch_lease(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` when the lease ends, and handle KEEP_SIGNAL."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(KEEP_SIGNAL, self.keep)
        if self._lease is not None:
            # A worker that inherits the descriptor would keep the pipe open.
            os.set_inheritable(self._lease, False)
            # Nothing is ever written to the pipe, so it becomes readable only when it closes.
            loop.add_reader(self._lease, self._lease_ended, stop)

    def keep_on_use(self, touch: Callable[[], None]) -> Callable[[], None]:
        """Return a function that calls ``touch`` and ends the lease."""
        if self._lease is None:
            return touch

        def used() -> None:
            touch()
            self.keep()

        return used

    def keep(self) -> None:
        """End the lease, so that the playground continues to run. A second call does nothing."""
        # Before the announcement, state.json is not written here, because ``announce`` will write
        # it without the lease.
        if self._release_lease() and self._announced:
            # The file is written in another thread, because a slow disk would block the event loop.
            asyncio.get_running_loop().run_in_executor(
                None, self._folder.write_state, {**self._state}
            )

    async def announce(self, listening: asyncio.Event) -> None:
        """Once the server is ``listening``, write state.json and notify the starting process."""
        await listening.wait()
        options, port = self._options, self._state["port"]
        self._state["started"] = now_ms()
        self._announced = True
        held = {} if self._lease is None else {LEASED: True}
        self._folder.write_state({**self._state, **held})
        wskprops, ca = self._folder.wskprops, self._folder.ca
        log.info("Listening on http://127.0.0.1:%d; the key is in %s.", port, wskprops)
        if options.tls:
            log.info("Listening on https://127.0.0.1:%d; clients trust %s.", port, ca)
        if options.ready_descriptor is not None:
            with contextlib.suppress(OSError):  # The starting process may have ended.
                os.write(options.ready_descriptor, b"ready\n")
            os.close(options.ready_descriptor)

    def record_ended(self, runs: Sequence[Run]) -> None:
        """Name in state.json the runs that the stop has ended, for ``control.stop``. Blocking."""
        if runs:
            named = [{"name": run.resolved.action.name, "id": run.activation_id} for run in runs]
            log.warning(
                "Ended by the stop: %s.",
                ", ".join("{name} ({id})".format(**each) for each in named),
            )
            self._folder.write_state({**self._state, ENDED: named})

    def _lease_ended(self, stop: Callable[[], None]) -> None:
        # Running actions and pending alarms prevent this stop, as they prevent the idle stop.
        if self._release_lease() and not self._busy():
            log.info(
                "The process that started the playground has ended, and there were no "
                "requests: stopping."
            )
            stop()

    def _release_lease(self) -> bool:
        descriptor, self._lease = self._lease, None
        if descriptor is None:
            return False
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
        return True

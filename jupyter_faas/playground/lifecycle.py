"""When the playground has nothing left to be there for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_faas.playground.data_dir import KEEP_SIGNAL, LEASED, DataDirectory
from jupyter_faas.playground.invocation.run import now_ms
from jupyter_faas.playground.options import Options


class IdleStop:
    """Calls ``stop`` once nothing has happened for ``after_s`` and nobody is there to come back.

    ``busy`` says whether actions run, ``wanted`` whether a Jupyter server of this user lives; it
    may block, and is asked seldom. An infinite ``after_s`` keeps the playground for ever.
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
        """Something happened."""
        self._last = self._now()

    async def wait(self) -> None:
        """Returns when it is time to stop."""
        if math.isinf(self._after_s):
            await asyncio.get_running_loop().create_future()
        while True:
            left = self._last + self._after_s - self._now()
            if left > 0:
                await asyncio.sleep(left)
            elif self._busy() or await asyncio.to_thread(self._wanted):
                self.touch()
            else:
                return


def jupyter_server_lives(runtime_dir: Path | None = None) -> bool:
    """Whether one of the servers that left a ``jpserver-PID.json`` is still running. Blocking."""
    if runtime_dir is None:
        from jupyter_core.paths import jupyter_runtime_dir

        runtime_dir = Path(jupyter_runtime_dir())
    return any(_lives(path) for path in runtime_dir.glob("jpserver-*.json"))


def _lives(path: Path) -> bool:
    try:
        os.kill(int(json.loads(path.read_text())["pid"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


# -- What others learn of a playground that runs, and whether one that was started early may stay.


log = logging.getLogger(__name__)


class RuntimeState:
    """Writes ``state.json``, and tells whoever waits that the playground listens.

    With a ``lease_descriptor`` the playground was started before anybody asked for it. It is held
    by the other end of that pipe alone until something is put or run, or KEEP_SIGNAL comes: when
    the other end closes before that, the playground stops, unless it is ``busy``.
    """

    def __init__(
        self, options: Options, folder: DataDirectory, port: int, *, busy: Callable[[], bool]
    ) -> None:
        self._options = options
        self._folder = folder
        self._busy = busy
        self._lease = options.lease_descriptor
        self._told = False
        self._state = {"port": port, "pid": os.getpid(), "started": 0, "tls": options.tls}

    def begin(self, stop: Callable[[], None]) -> None:
        """Listen for the end of the lease."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(KEEP_SIGNAL, self.keep)
        if self._lease is not None:
            # No worker may inherit it.
            os.set_inheritable(self._lease, False)
            # Nothing is ever written to the pipe: it is readable when it has closed.
            loop.add_reader(self._lease, self._over, stop)

    def using(self, touch: Callable[[], None]) -> Callable[[], None]:
        """``touch``, for what shows that the playground is wanted."""
        if self._lease is None:
            return touch

        def used() -> None:
            touch()
            self.keep()

        return used

    def keep(self) -> None:
        """The playground stays, whatever becomes of who started it. A second time does nothing."""
        if self._let_go() and self._told:
            # Not in this thread, which a slow disk would keep from answering.
            asyncio.get_running_loop().run_in_executor(
                None, self._folder.write_state, {**self._state}
            )

    async def tell_ready(self, listening: asyncio.Event) -> None:
        """Wait for ``listening``, and tell it."""
        await listening.wait()
        options, port = self._options, self._state["port"]
        self._state["started"] = now_ms()
        self._told = True
        held = {} if self._lease is None else {LEASED: True}
        self._folder.write_state({**self._state, **held})
        wskprops, ca = self._folder.wskprops, self._folder.ca
        log.info("Listening on http://127.0.0.1:%d; the key is in %s.", port, wskprops)
        if options.tls:
            log.info("Listening on https://127.0.0.1:%d; clients trust %s.", port, ca)
        if options.ready_descriptor is not None:
            with contextlib.suppress(OSError):  # Whoever started it may have gone.
                os.write(options.ready_descriptor, b"ready\n")
            os.close(options.ready_descriptor)

    def _over(self, stop: Callable[[], None]) -> None:
        # What runs, or an alarm that was set, keeps it as it keeps one that is idle.
        if self._let_go() and not self._busy():
            log.info("Who started it early has gone, and nothing was asked of it: stopping.")
            stop()

    def _let_go(self) -> bool:
        descriptor, self._lease = self._lease, None
        if descriptor is None:
            return False
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
        return True

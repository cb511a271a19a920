"""When the playground has nothing left to be there for."""

from __future__ import annotations

import asyncio
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path


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

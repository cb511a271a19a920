"""Processes of an action that has killed its own launcher, which was to end them."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

log = logging.getLogger(__name__)

_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36

# Many may end at once.
_LOOK_AFTER_S = 0.1


class Strays:
    """Orphans become children of this process, instead of nobody's, and are ended."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Nothing happens where the kernel is not Linux."""
        if sys.platform == "linux":
            with contextlib.suppress(AttributeError, OSError):
                ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
                # Whoever kills a launcher, its worker is a child of ours when it follows. uvloop
                # keeps this signal for processes that it has started, of which there are none.
                signal.signal(signal.SIGCHLD, self._child_ended)

    async def close(self) -> None:
        """End whoever is left."""
        if self._timer is not None:
            self._timer.cancel()
        if self._looking is not None:
            await self._looking
        if sys.platform == "linux":
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            await asyncio.to_thread(end_strays)

    def _child_ended(self, number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # The loop has been closed.
            self._loop.call_soon_threadsafe(self._soon)

    def _soon(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(_LOOK_AFTER_S, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._looking is not None and not self._looking.done():
            self._soon()
        else:
            self._looking = self._loop.run_in_executor(None, end_strays)


def end_strays() -> None:
    """Kill the children of this process that are a worker's, and collect the dead. Blocking.

    A worker takes on an ``oom_score_adj`` that is higher than ours, and nothing that it starts can
    have a lower one. What this process has started itself and waits for stays in its session.
    """
    session, own = os.getsid(0), _oom_score(os.getpid())
    while True:
        killed = False
        for pid in _children():
            with contextlib.suppress(OSError, ValueError):  # It has ended meanwhile.
                if os.getsid(pid) == session:
                    continue
                if os.waitpid(pid, os.WNOHANG)[0] == pid or _oom_score(pid) <= own:
                    continue
                log.warning("Process %d had lost its launcher, and was ended.", pid)
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                killed = True
        # What these had started themselves is a child of this process now.
        if not killed:
            return


def _children() -> Iterator[int]:
    for task in os.listdir(_PROC / "self/task"):
        with contextlib.suppress(OSError):
            yield from map(int, (_PROC / f"self/task/{task}/children").read_bytes().split())


def _oom_score(pid: int) -> int:
    return int((_PROC / f"{pid}/oom_score_adj").read_bytes())

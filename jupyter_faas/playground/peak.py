"""The most memory that a worker's process had at a time, as the kernel counts it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

_PROC = Path("/proc")
_PEAK = b"VmHWM:"
# The line stands in the first thousand bytes; names of groups may push it back.
_ENOUGH = 4096
_RESET = b"5"
# In half a millisecond a process gets a few hundred pages at most: not half a MB.
_AT_ONCE_S = 0.0005
_STILL_TRUE_S = 0.1


class MemoryPeak:
    """Resident memory in MB, pages of mapped files and what a zygote left included: what a process
    of its own would need. Where the kernel does not tell, nothing is told.

    Both files stay open: a run costs one read and one write, about 11 µs together.
    """

    def __init__(self) -> None:
        self._status = self._clear = -1
        self._sampled = 0
        self._measured: int | None = None
        self._measured_at = 0.0

    def follow(self, launcher_pid: int) -> None:
        """Find the process that a launcher has started. Nothing happens where that is known."""
        if self._status >= 0:
            return
        with contextlib.suppress(OSError, ValueError, IndexError):
            children = _PROC / f"{launcher_pid}/task/{launcher_pid}/children"
            process = _PROC / children.read_bytes().split()[0].decode()
            self._status = os.open(process / "status", os.O_RDONLY | os.O_CLOEXEC)
            self._clear = os.open(process / "clear_refs", os.O_WRONLY | os.O_CLOEXEC)

    def saw(self, size: int) -> None:
        """Its processes together were seen with so many bytes: one alone would not show that."""
        self._sampled = max(self._sampled, size)

    def take(self, seconds: float = 1.0, *, again: bool = True) -> int | None:
        """The most since the last call, in MB rounded up; then it begins anew.

        ``seconds``: how long the run took. One that is over at once had no time to use much, and
        asking the kernel would be a good part of it: it has the peak that another like it had, if
        that is not long ago and no longer run was between them. ``again``: there will be another
        run. To begin anew takes a lock that a process may hold which forks for ever.
        """
        now = time.monotonic()
        at_once = seconds < _AT_ONCE_S and not self._sampled
        if at_once and self._measured and now - self._measured_at < _STILL_TRUE_S:
            return self._measured
        most, self._sampled = max(self._read(), self._sampled), 0
        if again and self._clear >= 0:
            with contextlib.suppress(OSError):
                os.write(self._clear, _RESET)
        peak = -(-most // (1024 * 1024)) or None
        self._measured, self._measured_at = (peak if at_once else None), now
        return peak

    def close(self) -> None:
        for descriptor in (self._status, self._clear):
            if descriptor >= 0:
                os.close(descriptor)
        self._status = self._clear = -1

    def _read(self) -> int:
        if self._status < 0:
            return 0
        try:
            text = os.pread(self._status, _ENOUGH, 0)
        except OSError:
            return 0  # It has ended.
        _, found, rest = text.partition(_PEAK)
        return int(rest.split(None, 1)[0]) * 1024 if found else 0

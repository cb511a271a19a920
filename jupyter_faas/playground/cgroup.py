"""A memory cgroup for each worker, where this user may make one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


class Cgroups:
    """Folders in the nearest cgroup above this process whose children have a memory limit.

    Version 2 only, as systemd delegates it to its users. ``find`` gives None elsewhere, and to
    root, whom nothing would keep from climbing out of a limit that was set for it; then rlimits
    and watching do the work alone.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._made = 0

    @classmethod
    def find(cls, mount: Path = MOUNT, own: Path = OWN, *, root: bool) -> Cgroups | None:
        if root:
            return None
        try:
            lines = own.read_text().splitlines()
        except OSError:
            return None
        path = next((line[3:] for line in lines if line.startswith("0::/")), None)
        if path is None:
            return None
        here = mount / path.lstrip("/")
        for candidate in (here, *here.parents):
            if not candidate.is_relative_to(mount):
                break
            cgroups = cls(candidate)
            if cgroups._works():
                return cgroups
        return None

    def _works(self) -> bool:
        try:
            controllers = (self._parent / "cgroup.subtree_control").read_text().split()
            # A worker moves from our group to its own, for which the kernel wants the right
            # to write here as well.
            with (self._parent / "cgroup.procs").open("a"):
                pass
        except OSError:
            return False
        probe = self.make(1 << 30) if "memory" in controllers else None
        if probe is not None:
            _remove(probe)
        return probe is not None

    def make(self, limit: int) -> Path | None:
        """A group with a memory limit in bytes; None when the kernel refuses.

        The launcher of the worker that goes into it removes it.
        """
        self._made += 1
        path = self._parent / f"jupyter_faas-{os.getpid()}-{self._made}"
        try:
            path.mkdir(exist_ok=True)
            (path / "memory.max").write_text(str(limit))
            # Without it the kernel would kill one process and leave the rest of the action.
            (path / "memory.oom.group").write_text("1")
        except OSError:
            _remove(path)
            return None
        with contextlib.suppress(OSError):
            (path / "memory.swap.max").write_text("0")
        return path


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.rmdir()

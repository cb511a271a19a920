"""A disk that is full, and has room again."""

from __future__ import annotations

import os
import resource
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Disk(ABC):
    """Where a playground's data folder lies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def fill(self, pid: int) -> None:
        """From now on the process ``pid`` can write nothing more."""

    @abstractmethod
    def make_room(self, pid: int) -> None: ...


class SizeLimit(Disk):
    """No file of the playground may grow: what every user can have."""

    def fill(self, pid: int) -> None:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))

    def make_room(self, pid: int) -> None:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


class Tmpfs(Disk):
    """A real one, small. Only for root."""

    def fill(self, pid: int) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def make_room(self, pid: int) -> None:
        (self.folder / "filler").unlink()


@contextmanager
def small_tmpfs(folder: Path, size: str) -> Iterator[None]:
    """Raises CalledProcessError where one may not be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        # Lazily: what still lies open in it goes with whoever holds it.
        subprocess.run(["umount", "-l", str(folder)], check=True)


def may_mount() -> bool:
    return os.geteuid() == 0


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file of this process may become longer."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

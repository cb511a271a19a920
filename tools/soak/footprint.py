"""What a playground takes of the machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Footprint:
    """``own_mb``: anonymous memory of the server itself. Its share of the files that it has mapped
    grows when others end that have them too. ``processes``: it and all its descendants."""

    own_mb: float
    descriptors: int
    processes: int

    @classmethod
    def of(cls, pid: int) -> Footprint:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        (own_kb,) = (int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))
        return cls(
            own_kb / 1024,
            len(os.listdir(f"/proc/{pid}/fd")),
            1 + len(psutil.Process(pid).children(recursive=True)),
        )

    def __str__(self) -> str:
        return f"{self.own_mb:.1f} MB, {self.descriptors} descriptors, {self.processes} processes"

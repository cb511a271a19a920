"""What a playground takes of the machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Footprint:
    """``pss_mb``: of the server itself. ``processes``: it and all its descendants."""

    pss_mb: float
    descriptors: int
    processes: int

    @classmethod
    def of(cls, pid: int) -> Footprint:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        (pss_kb,) = (int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return cls(
            pss_kb / 1024,
            len(os.listdir(f"/proc/{pid}/fd")),
            1 + len(psutil.Process(pid).children(recursive=True)),
        )

    def __str__(self) -> str:
        return f"{self.pss_mb:.1f} MB, {self.descriptors} descriptors, {self.processes} processes"

"""A notebook and a terminal beside it, in one folder with one playground: where pages run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.magics.helpers.kernels import Cell, NotebookKernel
from tests.project.helpers.blocks import Block, is_as_told

ROOT = Path(__file__).parents[3]


@dataclass
class Desk:
    """Runs the blocks of pages as they come."""

    folder: Path
    kernel: NotebookKernel
    came: str | None = None

    def run(self, block: Block) -> None:
        """Run it, or compare it with what came of the one before. Asserts what the page says."""
        if block.why or block.kind in ("json", "yaml", "toml", "js"):
            self.came = None
        elif block.kind == "text":
            assert self.came is not None, f"{block.place}: nothing ran before this output"
            assert is_as_told(block.text, self.came), f"{block.place}:\n{self.came}"
        elif block.kind == "sh":
            self.came = self._sh(block)
        else:
            cell = self.kernel.run(block.text, fails=None)
            assert block.fails == (cell.error is not None), f"{block.place}:\n{cell.error}"
            self.came = cell.traceback.rstrip() if cell.error else shown(cell)

    def _sh(self, block: Block) -> str:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "JUPYTER_FAAS_DATA_DIR": str(self.folder / "faas"),
        }
        done = subprocess.run(
            ["bash", "-e", "-c", block.text],
            cwd=self.folder, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{block.place}:\n{done.stdout}{done.stderr}"
        return done.stdout


def shown(cell: Cell) -> str:
    """What a cell shows, as text."""
    parts = [one["text/plain"] for one in (*cell.displays, *cell.results) if "text/plain" in one]
    return "\n".join(filter(None, [cell.stream, *parts]))

"""Function cells of a notebook, which one command packages and deploys."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tools.bench.figures import sized
from tools.bench.scale.curve import Curve, Point, measured
from tools.bench.scale.machine import folder, playground, seconds, watched

SIZES = sized((12, 25, 50, 100), (1,))
_FIRST = (
    "%load_ext jupyter_faas\nimport math\n\ndef area(radius):\n    return math.pi * radius**2\n"
)
_CELL = """\
%%function disk{0}
def disk{0}(radius: float):
    \"\"\"The volume of a disk.\"\"\"
    return {{"volume": area(radius) * {0}}}
"""


def curve() -> Curve:
    return measured("cells", "functions in a notebook", SIZES, _measure)


def _measure(count: int) -> Point:
    with folder() as home:
        data_dir = home / "data"
        notebook = home / "disks.ipynb"
        cells = [new_code_cell(_FIRST), *(new_code_cell(_CELL.format(n)) for n in range(count))]
        nbformat.write(new_notebook(cells=cells), notebook)
        with playground(data_dir) as running:
            deployed = watched(faas("deploy", str(notebook)), data_dir, home)
            functions = running.workspace.functions()
            if len(functions) != count:
                raise RuntimeError(f"not {count} functions: {deployed.output[-2000:]}")
            again = watched(faas("deploy", str(notebook)), data_dir, home)
            listed = seconds(running.workspace.functions)
            return {
                ("run, package and deploy all functions", "s"): deployed.seconds,
                ("processor time of this deploy", "s"): deployed.processor_s,
                ("deploy again without changes", "s"): again.seconds,
                ("list all functions", "s"): listed,
                ("memory of the command", "MB"): deployed.peak_mb,
                ("memory of the playground", "MB"): running.memory_mb,
            }


def faas(*arguments: str) -> list[str]:
    """Return a command line of the environment that runs the bench."""
    beside = Path(sys.executable).parent / "jupyter-faas"
    found = str(beside) if beside.exists() else shutil.which("jupyter-faas")
    if found is None:
        raise RuntimeError("There is no command jupyter-faas.")
    return [found, *arguments]

"""A package up to OpenWhisk's limit of 48 MB, from the notebook to its first calls."""

from __future__ import annotations

import base64
import random

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from jupyter_faas.whisk import Activation
from tools.bench.figures import sized
from tools.bench.scale.cells import faas
from tools.bench.scale.curve import Curve, Point, measured
from tools.bench.scale.machine import folder, playground, seconds, watched

# MB as sent, in base64; the package's own files need the rest of the last one.
SIZES = sized((6, 12, 24, 47), (1,))
_CELL = """\
%%function weigh --include data.bin
def weigh():
    with open("data.bin", "rb") as file:
        return {"bytes": file.seek(0, 2)}
"""


def curve() -> Curve:
    return measured("package", "upload size of the package, in MB", SIZES, _measure)


def _measure(megabytes: int) -> Point:
    with folder() as home:
        data_dir = home / "data"
        size = megabytes * 1024**2 * 3 // 4
        # Random, so that compression does not make it smaller.
        (home / "data.bin").write_bytes(random.Random(megabytes).randbytes(size))
        cells = [new_code_cell("%load_ext jupyter_faas"), new_code_cell(_CELL)]
        nbformat.write(new_notebook(cells=cells), home / "weigh.ipynb")
        with playground(data_dir) as running:
            deployed = watched(faas("deploy", "weigh.ipynb"), data_dir, home)
            answers = []
            cold = seconds(lambda: answers.append(running.client.invoke("weigh", {})))
            (answer,) = answers
            if not (isinstance(answer, Activation) and answer.response.result == {"bytes": size}):
                raise RuntimeError(f"not {size:,} bytes: {answer}")
            code = running.client.get_action("weigh", code=True).exec.code or ""
            if len(base64.b64decode(code)) < size:
                raise RuntimeError("the package is too small")
            return {
                ("run the notebook, package and deploy", "s"): deployed.seconds,
                ("processor time of this deploy", "s"): deployed.processor_s,
                ("the first call", "s"): cold,
                ("a warm call", "ms"): running.warm_call_ms("weigh", sized(30, 2)),
                ("memory of the command", "MB"): deployed.peak_mb,
                ("memory of the playground", "MB"): running.memory_mb,
            }

"""docs/compositions.md is a notebook with a terminal beside it: every block of it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_package import ROOT
from tests.magics.kernels import notebook_kernel

PAGE = ROOT / "docs" / "compositions.md"
BLOCK = re.compile(r"```(\w+(?: fails)?)\n(.*?)\n```", re.DOTALL)


def shell(script: str, folder: Path) -> None:
    """The commands of a block, one after another, where the notebook is."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "JUPYTER_FAAS_DATA_DIR": str(folder / "faas"),
    }
    done = subprocess.run(
        ["sh", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(240)
def test_every_block_runs_as_it_says(tmp_path: Path) -> None:
    failed, answers = "", []
    with notebook_kernel(tmp_path) as kernel:
        for kind, text in BLOCK.findall(PAGE.read_text("utf-8")):
            if kind == "text":
                assert failed == text
            elif kind == "sh":
                shell(text, tmp_path)
            else:
                cell = kernel.run(text, fails=kind == "python fails")
                failed = cell.traceback.rstrip() if cell.error else ""
                answers += [found["text/plain"] for found in cell.results]
    assert answers[:2] == [
        "'12 melon: $27.00'",
        "['3 pear: $1.20', 'not for sale', '1 melon: $2.50']",
    ]
    assert "'Hello Ada'" in answers

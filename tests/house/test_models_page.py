"""docs/models.md is a notebook: every cell of it runs, and fails where it says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.test_package import ROOT
from tests.magics.kernels import notebook_kernel

BLOCK = re.compile(r"```(python fails|python|text)\n(.*?)\n```", re.DOTALL)


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_every_cell_runs_as_it_says(tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "models.md").read_text("utf-8"))
    failed, answers = "", []
    with notebook_kernel(tmp_path) as kernel:
        for kind, text in blocks:
            if kind == "text":
                assert failed == text
                continue
            cell = kernel.run(text, fails=kind == "python fails")
            failed = cell.traceback.rstrip() if cell.error else ""
            answers += [found["text/plain"] for found in cell.results]
    assert answers == ["True", "True"]

"""A data folder that cannot be written: a cell is refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.errors import MachineError
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

CELL = "%%function double\ndef double(n: int):\n    return {'n': 2 * n}"


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "faas")
    (tmp_path / "faas").mkdir()
    (tmp_path / "faas" / "bundles").write_text("in the way")
    request = function_request(cell_text=CELL, name="double", root=tmp_path)
    with pytest.raises(MachineError, match=r"/faas/bundles.* cannot be used: Not a directory\."):
        workspace.package(request, run_cell(CELL))
    workspace.close()

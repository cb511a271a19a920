"""What a package holds and why, from the store that packaging filled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.errors import InputError, PackageNotFound
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

CELL = """\
%%function shop
import numpy
def shop(price: float):
    return {"net": net(price)}
"""


def origins(names: Any) -> dict[str, dict[str, Any]]:
    return {"rate": {"cell": 3, "line": 2, "note": "was edited after it last ran"}}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace.open(tmp_path / "faas")
    namespace: dict[str, Any] = {"__name__": "__main__", "rate": 0.19, "In": [""]}
    helper = "def net(price):\n    return price / (1 + rate)"
    for text in (helper, CELL.partition("\n")[2]):
        namespace["In"].append(text)
        exec(compile(text, f"<{hash(text)}>", "exec"), namespace)
    request = function_request(cell_text=CELL, name="shop", origins=origins)
    assert workspace.package(request, namespace).card["captured"][1]["note"]
    return workspace


def test_a_place_at_which_the_action_may_differ_is_marked_on_the_card(
    tmp_path: Path,
) -> None:
    workspace = Workspace.open(tmp_path / "faas")
    cell = "%%function iris\ndef iris(a: str):\n    return {'error': a}\n"
    packaged = workspace.package(function_request(cell, "iris"), run_cell(cell))
    (note,) = packaged.card["captured"]
    assert (note["why"], note["note"]) == (
        "returned on line 3",
        "a call whose result has the key 'error' counts as failed",
    )
    assert workspace.packages.notes(packaged.record.id) == [
        f"{{'error': …}}: {note['why']}; {note['note']}"
    ]


def test_generated_files_are_shown_and_the_others_named(workspace: Workspace) -> None:
    shown = workspace.package_contents.show("shop")
    assert list(shown.texts) == ["function.py", "captured.py", "requirements.txt"]
    assert "rate = 0.19" in shown.texts["captured.py"]
    lines = shown.lines()
    assert lines[0].startswith("── function.py (")
    assert any(line.startswith("manifest.json") for line in lines)


def test_any_file_can_be_shown_by_its_path(workspace: Workspace) -> None:
    shown = workspace.package_contents.show("shop", path="manifest.json")
    assert json.loads("\n".join(shown.lines()))["name"] == "shop"
    with pytest.raises(InputError, match=r"does not contain nothing\.py") as caught:
        workspace.package_contents.show("shop", path="nothing.py")
    assert "captured.py" in caught.value.hint


def test_explanation_tells_ways_cells_notes_and_requirements(workspace: Workspace) -> None:
    explanation = workspace.package_contents.explain("shop")
    lines = "\n".join(explanation.lines())
    assert (
        "rate · constant · 4 B\n"
        "    used by shop, line 4 → net, line 2 of its own cell\n"
        "    defined in cell [3], line 2\n"
        "    ! was edited after it last ran"
    ) in lines
    assert "requirement\n    imported on line 2 of the cell" in lines
    assert json.loads(json.dumps(explanation.to_json()))["names"][1]["cell"] == 3


def test_reasons_are_no_part_of_the_package(workspace: Workspace) -> None:
    manifest = workspace.package_contents.show("shop", path="manifest.json").texts["manifest.json"]
    assert "edited" not in manifest
    assert "ways" not in manifest


def test_package_without_reasons_is_explained_by_its_manifest(workspace: Workspace) -> None:
    record = workspace.package_record(workspace.package_contents.show("shop").package)
    (workspace.data_dir / "reasons" / f"{record.id}.json").unlink()
    lines = workspace.package_contents.explain("shop").lines()
    assert "    used by net, which shop uses" in lines


def test_name_that_was_never_packaged_is_told(workspace: Workspace) -> None:
    with pytest.raises(PackageNotFound, match="No function 'shp' was packaged on this machine"):
        workspace.package_contents.explain("shp")

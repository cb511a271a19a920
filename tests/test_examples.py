"""The example notebooks, run as a reader runs them, on a playground of their own."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_faas.playground import stop

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
DISPLAY = "application/vnd.jupyter-faas+json"

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    yield {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "JUPYTER_FAAS_DATA_DIR": str(tmp_path),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    stop(tmp_path)


def run(name: str, environment: dict[str, str]) -> list[Any]:
    """The code cells of an example after a run; a cell that fails is an error."""
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    client = NotebookClient(
        notebook, timeout=100, kernel_name="python3", resources={"metadata": {"path": EXAMPLES}}
    )
    client.execute(env=environment)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def payloads(cells: list[Any], kind: str) -> list[dict[str, Any]]:
    found = [output.get("data", {}).get(DISPLAY) for cell in cells for output in cell.outputs]
    return [one for one in found if one is not None and one["type"] == kind]


def test_quickstart_deploys_and_runs_cold_then_warm(environment: dict[str, str]) -> None:
    cells = run("quickstart.ipynb", environment)
    (card,) = payloads(cells, "function")
    assert card["models"][0]["parity"]["ok"]
    assert card["deployed"]["bundle"] == card["bundle"]
    runs = payloads(cells, "activation")
    assert [one["result"]["species"] for one in runs] == ["setosa", "versicolor", "virginica"]
    assert [one["cold"] for one in runs] == [True, False, False]
    local = next(cell for cell in cells if cell.source.startswith("iris("))
    assert "'virginica'" in local.outputs[0]["data"]["text/plain"]


def test_dataframe_answers_there_as_here(environment: dict[str, str]) -> None:
    cells = run("dataframe.ipynb", environment)
    (card,) = payloads(cells, "function")
    parity = card["models"][0]["parity"]
    assert parity["ok"]
    assert not parity["accepted"]
    assert {one["name"] for one in card["requirements"]} == {"numpy", "onnxruntime", "pandas"}
    (run_,) = payloads(cells, "activation")
    assert run_["result"]["grape"] == "nebbiolo"
    assert cells[-1].outputs[-1]["data"]["text/plain"] == "True"


@pytest.mark.timeout(700)
def test_vision_finds_the_face_there_as_here(environment: dict[str, str]) -> None:
    pytest.importorskip("skimage")
    cells = run("vision.ipynb", environment)
    (card,) = payloads(cells, "function")
    assert card["models"][0]["parity"]["ok"]
    wanted = {"numpy", "onnxruntime", "pillow"}
    assert {one["name"] for one in card["requirements"]} == wanted
    assert card["deployed"]["bundle"] == card["bundle"]
    crops = [
        output["data"]["text/html"] for cell in cells for output in cell.outputs if _is_crop(output)
    ]
    assert len(crops) == 2
    found = ast.literal_eval(cells[-1].outputs[-1]["data"]["text/plain"])
    # Where Eileen Collins looks at us, of 512 × 512 pixels.
    assert (found["face"]["left"], found["face"]["size"]) == (pytest.approx(176, abs=12), 100)
    assert found["face"]["top"] == pytest.approx(80, abs=12)


@pytest.mark.timeout(700)
def test_assets_go_both_ways_and_cost_what_their_steps_cost(environment: dict[str, str]) -> None:
    pytest.importorskip("skimage")
    cells = run("asset-created.ipynb", environment)
    cards = payloads(cells, "function")
    assert len(cards) == 7
    assert all(card["deployed"]["bundle"] == card["bundle"] for card in cards)
    bad, good = sessions_of(environment)
    assert bad["activation"]["result"]["status"] == "manual work"
    assert called(bad) == ["image_quality", "upload_for_manual_work"]
    assert bad["nodes"]["[1].alternate"] == {"visits": 1, "failed": 0}
    assert "[1].consequent" not in bad["nodes"]
    assert good["activation"]["result"]["status"] == "updated"
    assert good["activation"]["result"]["tags"][0] == "person"
    enriching = ["body_crop", "color_swatches", "tags", "update_asset"]
    assert called(good) == ["image_quality", *enriching]
    assert good["nodes"]["[1].consequent"] == {"visits": 1, "failed": 0}
    assert "[1].alternate" not in good["nodes"]
    for session in (bad, good):
        parts = [step["cost_per_million_usd"] for step in session["steps"]]
        total = sum(Decimal(part) for part in parts if part is not None)
        assert Decimal(session["cost"]["per_million_usd"]) == total > 0
        children = session["activation"]["logs"]
        assert [step["id"] for step in session["steps"]] == children


def sessions_of(environment: dict[str, str]) -> list[dict[str, Any]]:
    """What the command line tells of the sessions there are, the first one first."""
    listed = faas(environment, "sessions")["sessions"]
    return [faas(environment, "session", entry["id"]) for entry in reversed(listed)]


def called(session: dict[str, Any]) -> list[str]:
    return [step["name"] for step in session["steps"] if step["role"] == "action"]


def faas(environment: dict[str, str], *words: str) -> Any:
    """The JSON that a command prints."""
    command = [sys.executable, "-m", "jupyter_faas.cli", *words, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return json.loads(done.stdout)


def _is_crop(output: Any) -> bool:
    return "data:image/png;base64," in output.get("data", {}).get("text/html", "")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_example_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert notebook.cells[0].source.startswith("# ")

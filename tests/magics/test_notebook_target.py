"""The target that a notebook records, in its kernel: with a front end and without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground import start, stop
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.cli.helpers import notebooks
from tests.client.helpers.server import closed_port
from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel


def deployed(data_dir: Path) -> set[str]:
    return {one.name for one in Workspace.open(data_dir, "playground").functions()}


def function(name: str) -> str:
    return f"%%function {name}\ndef {name}():\n    return {{'name': {name!r}}}"


@pytest.fixture(scope="module")
def fra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a second playground, which is the target ``fra``."""
    folder = tmp_path_factory.mktemp("fra") / "faas"
    start(folder)
    yield folder
    stop(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, fra: Path) -> Path:
    """The folder of a notebook that records ``fra``."""
    folder = tmp_path_factory.mktemp("notebook")
    Workspace.open(folder / "faas").target_registry.add(
        TargetSettings("fra", wskprops=str(fra / "playground" / "wskprops"))
    )
    start(folder / "faas")
    path = notebooks.write(folder / "study.ipynb", notebooks.LOAD)
    written = json.loads(path.read_text())
    path.write_text(json.dumps({**written, "metadata": {"faas": {"target": "fra"}}}))
    return folder


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        yield kernel


def test_the_recorded_target_is_used_from_the_first_cell(
    kernel: NotebookKernel, folder: Path, fra: Path
) -> None:
    card = kernel.run(function("first")).cards[0]
    assert card["target"]["name"] == "fra"
    kernel.run("%faas deploy first")
    assert "first" in deployed(fra)
    assert "first" not in deployed(folder / "faas")
    # A lone view of a run reads it from the notebook's target too.
    kernel.run("run = first.invoke()")
    kernel.run("from jupyter_faas.widgets import ActivationView")
    cell = kernel.run("ActivationView(run.id).ok")
    assert cell.results[0]["text/plain"] == "True"


def test_a_magic_chooses_for_this_notebook_only(
    kernel: NotebookKernel, folder: Path, fra: Path
) -> None:
    cell = kernel.run("%faas target use playground")
    assert "This kernel uses playground until it stops." in cell.stream
    kernel.run(function("second"))
    kernel.run("%faas deploy second")
    assert "second" in deployed(folder / "faas")
    assert "second" not in deployed(fra)
    assert "target" not in json.loads((folder / "faas" / "settings.json").read_text())
    # The first front end to connect records it, although the file says otherwise.
    front_end = kernel.open_comm()
    event, _ = front_end.ask(op="hello")
    assert (event["target"], event["unrecorded"]) == ("playground", True)
    event, _ = front_end.ask(op="hello")
    assert (event["target"], event["unrecorded"]) == ("playground", False)

    seen = len(kernel.said)
    cell = kernel.run("%faas target use fra")
    assert "This notebook uses fra. The choice is stored in the notebook." in cell.stream
    event, _ = front_end.next_event(seen, "target")
    assert event["name"] == "fra"

    seen = len(kernel.said)
    cell = kernel.run("%faas target use --default")
    assert "This notebook uses the default target, playground." in cell.stream
    event, _ = front_end.next_event(seen, "target")
    assert event["name"] is None


def test_a_front_end_chooses(kernel: NotebookKernel, folder: Path, fra: Path) -> None:
    front_end, other = kernel.open_comm(), kernel.open_comm()
    seen = len(kernel.said)
    front_end.send("comm_msg", {}, {"op": "target", "name": "fra"})
    # A notebook that shares the kernel shares its target.
    event, _ = other.next_event(seen, "target")
    assert event["name"] == "fra"
    kernel.run(function("third"))
    kernel.run("%faas deploy third")
    assert "third" in deployed(fra)
    assert "third" not in deployed(folder / "faas")
    assert kernel.run("%faas activations").error is None

    front_end.ask(op="target", name="moon")
    cell = kernel.run("%faas deploy third", fails=True)
    assert (
        "This notebook uses the target 'moon', which is not configured on this machine."
        in cell.traceback
    )
    assert "%faas target add moon" in cell.traceback
    cell = kernel.run("%faas deploy third --target playground")
    assert "third" in deployed(folder / "faas")


def test_a_renamed_notebook_has_its_target_after_a_restart(folder: Path, fra: Path) -> None:
    copy = folder / "copy.ipynb"
    copy.write_text((folder / "study.ipynb").read_text())
    with notebook_kernel(folder, JPY_SESSION_NAME=str(copy)) as kernel:
        kernel.run("%load_ext jupyter_faas")
        assert kernel.run(function("fourth")).cards[0]["target"]["name"] == "fra"
        # The kernel is told the path only when it starts first.
        copy.rename(folder / "renamed.ipynb")
        kernel.restart()
        kernel.run("%load_ext jupyter_faas")
        assert kernel.run(function("fifth")).cards[0]["target"]["name"] == "fra"
        kernel.open_comm().ask(op="target", name="playground")
        kernel.restart()
        kernel.run("%load_ext jupyter_faas")
        assert kernel.run(function("sixth")).cards[0]["target"]["name"] == "playground"


def test_a_target_that_is_down_does_not_keep_a_composition_from_the_others(
    kernel: NotebookKernel, folder: Path, fra: Path
) -> None:
    props = folder / "down.wskprops"
    props.write_text(f"APIHOST=http://127.0.0.1:{closed_port()}\nAUTH=a:key\n")
    Workspace.open(folder / "faas").target_registry.add(TargetSettings("down", wskprops=str(props)))
    kernel.run(function("called"))
    kernel.run("%%composition calling\nsequence(called)")
    # What the composition calls is looked for on each target before it is deployed there.
    cell = kernel.run("%faas deploy calling --target down --target fra", fails=True)
    said = cell.stream + "".join(one["text/plain"] for one in cell.displays)
    assert "down: down is not reachable" in said
    assert "Not deployed: calling." in said
    assert "1 of 2 targets failed." in cell.traceback
    assert {"called", "calling"} <= deployed(fra)

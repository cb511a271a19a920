"""The notebook as it runs for ``jupyter faas deploy NOTEBOOK`` and nbconvert."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.magics.helpers.kernels import CARD, NotebookKernel, notebook_kernel
from tests.magics.helpers.notebook import HALVE, IRIS, SETOSA, TRAIN


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(folder, JUPYTER_FAAS_INERT="1") as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(TRAIN)
        yield kernel


def test_packaging_goes_on_as_ever(kernel: NotebookKernel, folder: Path) -> None:
    card = kernel.run(IRIS).cards[0]
    assert (folder / "faas" / "packages" / f"{card['package']}.json").is_file()
    assert (folder / "faas" / "bundles" / f"{card['bundle']}.zip").is_file()


def test_display_has_no_widget_that_nobody_could_draw(kernel: NotebookKernel) -> None:
    (display,) = kernel.run(HALVE).displays
    assert "application/vnd.jupyter.widget-view+json" not in display


def test_deploy_is_skipped(kernel: NotebookKernel, folder: Path) -> None:
    kernel.run(HALVE)
    assert kernel.run("%faas deploy halve").stream.startswith("Skipped: deploy halve")
    assert kernel.run("halve.deploy()").stream.startswith("Skipped: deploy halve")
    assert kernel.run(HALVE.replace("halve", "halve --deploy", 1)).stream.startswith(
        "Skipped: deploy halve"
    )
    assert not (folder / "faas" / "playground").exists()


def test_deploy_still_packages_a_refitted_model(kernel: NotebookKernel) -> None:
    cell = kernel.run(IRIS)
    kernel.run("model.fit(X[::2], y[::2]);")
    seen = len(kernel.said)
    kernel.run("%faas deploy iris")
    # The progress of a slow machine has a display of its own.
    update = kernel.wait(
        lambda said: (
            said["msg_type"] == "update_display_data"
            and said["content"]["transient"]["display_id"] == cell.display_ids[0]
        ),
        seen,
    )
    assert update["content"]["data"][CARD]["bundle"] != cell.cards[0]["bundle"]
    kernel.run(TRAIN)


def test_invoke_runs_here(kernel: NotebookKernel) -> None:
    kernel.run(IRIS)
    cell = kernel.run(f"run = %faas invoke iris {SETOSA}\nrun.result['species'], run.ok, run.id")
    assert '"species": "setosa"' in cell.displays[0]["text/plain"]
    assert CARD not in cell.displays[0]
    assert cell.results[0]["text/plain"] == "('setosa', True, '')"
    values = "sepal_length=5.1, sepal_width=3.5, petal_length=1.4, petal_width=0.2"
    kept = kernel.run(f"iris.invoke({values}).result['species']")
    assert kept.results[0]["text/plain"] == "'setosa'"


def test_invoke_here_has_the_packages_parameters(kernel: NotebookKernel) -> None:
    kernel.run("%%function add --param b=2\ndef add(a: int, b: int):\n    return {'sum': a + b}")
    assert kernel.run("add.invoke(a=1).result").results[0]["text/plain"] == "{'sum': 3}"


@pytest.mark.parametrize(
    "line",
    [
        "invoke elsewhere x=1",
        "activations",
        "logs 5a4b",
        "remove halve",
        "playground start",
        "target",
    ],
)
def test_what_would_reach_a_target_is_skipped(
    kernel: NotebookKernel, folder: Path, line: str
) -> None:
    assert kernel.run(f"%faas {line}").stream == (
        f"Skipped: {line} (this run only packages the functions)\n"
    )
    assert not (folder / "faas" / "playground").exists()


def test_composition_is_packaged_and_nothing_of_it_runs(kernel: NotebookKernel) -> None:
    kernel.run(HALVE)
    cell = kernel.run("%%composition flow --deploy\nsequence(halve)")
    assert cell.cards[0]["composition"]["actions"][0]["state"] == "notebook"
    assert cell.stream.startswith("Skipped: deploy flow")
    assert kernel.run("flow.invoke(number=4).result").stream.startswith("Skipped: invoke flow")
    assert kernel.run("%faas invoke flow number=4").stream.startswith("Skipped: invoke flow")


def test_composition_with_its_own_name_is_packaged_and_not_deployed(
    kernel: NotebookKernel, folder: Path
) -> None:
    kernel.run("from jupyter_faas.composer import composition\nown = composition('own', 'halve')")
    assert kernel.run("own.deploy()").stream.startswith("Skipped: deploy own")
    assert kernel.run("own.invoke()").stream.startswith("Skipped: invoke own")
    assert not (folder / "faas" / "playground").exists()

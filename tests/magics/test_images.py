"""Pictures through a real kernel and a real playground, from a server that asks for a header."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.cli import main
from tests.magics.helpers.kernels import CARD, NotebookKernel, notebook_kernel
from tests.shipped.helpers.pictures import PIXELS, Answer, encoded, picture_server

LOOK = """\
%%function look
def look(photo: faas.Image, note: str = ""):
    return {"pixels": photo, "dtype": str(photo.dtype), "first": faas.png(photo[:1, :1])}"""


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas\nimport jupyter_faas as faas")
        kernel.run("import numpy, pathlib\npixels = numpy.array(" + str(PIXELS.tolist()) + ")")
        kernel.run(LOOK)
        kernel.run("%faas deploy look")
        yield kernel


def test_a_file_is_sent_and_seen_as_an_array(kernel: NotebookKernel, folder: Path) -> None:
    path = folder / "my picture.png"
    path.write_bytes(encoded())
    cell = kernel.run(f'%faas invoke look photo="@{path}"')
    result = cell.displays[0][CARD]["result"]
    assert (result["pixels"], result["dtype"]) == (PIXELS.tolist(), "uint8")


def test_the_handle_sends_what_the_notebook_holds(kernel: NotebookKernel) -> None:
    kernel.run("assert look.invoke(photo=pixels).result == look(pixels)")
    kernel.run("assert look.invoke(pixels).result == look(photo=faas.png(pixels))")


def test_a_url_is_downloaded_with_its_headers_there_as_here(kernel: NotebookKernel) -> None:
    with picture_server(photo=Answer(encoded(), needs=("X-Key", "s3cret"))) as server:
        reference = {"uri": f"{server.url}/photo", "headers": {"X-Key": "s3cret"}}
        kernel.run(f"reference = {reference}")
        kernel.run("assert look.invoke(photo=reference).result == look(reference)")
        assert [path for path, _ in server.asked] == ["/photo", "/photo"]
        wrong = json.dumps({**reference, "headers": {"X-Key": "wr0ng"}})
        cell = kernel.run(f"%faas invoke look photo='{wrong}'", fails=True)
        assert (
            f"photo cannot be downloaded: {server.url}/photo responded with 403" in cell.traceback
        )
        assert "wr0ng" not in cell.traceback + json.dumps(cell.displays)


def test_what_is_no_picture_fails_with_the_parameters_name(kernel: NotebookKernel) -> None:
    cell = kernel.run("%faas invoke look photo=picture.png", fails=True)
    assert "photo is not an image" in cell.traceback
    assert "photo=@FILE" in cell.traceback


def test_a_picture_beyond_the_targets_bound_is_told(kernel: NotebookKernel) -> None:
    kernel.run("noise = numpy.random.default_rng(0).integers(0, 255, (700, 700, 3))")
    cell = kernel.run("look.invoke(noise)", fails=True)
    assert "URL" in cell.traceback


def test_a_terminal_sends_files_too(
    kernel: NotebookKernel,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (folder / "small.png").write_bytes(encoded())
    monkeypatch.chdir(folder)
    words = ["--data-dir", str(folder / "faas"), "invoke", "look", "photo=@small.png", "--result"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["pixels"] == PIXELS.tolist()

"""``faas.function`` in a notebook that did not define the function."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground import stop
from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel
from tests.magics.helpers.notebook import HALVE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where one notebook has deployed ``halve``."""
    folder = tmp_path_factory.mktemp("remote")
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(HALVE)
        kernel.run("%faas deploy halve")
    yield folder
    stop(folder / "faas")


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas\nimport jupyter_faas as faas")
        kernel.run("halve = faas.function('halve')")
        yield kernel


def test_a_run_is_shown_as_those_of_its_own_functions(kernel: NotebookKernel) -> None:
    (card,) = kernel.run("halve.invoke(number=12)").cards
    assert (card["type"], card["name"], card["result"]) == ("activation", "halve", {"half": 6})


def test_a_call_gives_the_result(kernel: NotebookKernel) -> None:
    assert kernel.run("halve(12)").results[0]["text/plain"] == "{'half': 6}"


def test_names_of_parameters_are_completed(kernel: NotebookKernel) -> None:
    assert "number=" in kernel.complete("halve(num")


def test_a_wrong_parameter_is_named_in_two_lines(kernel: NotebookKernel) -> None:
    words = kernel.run("halve(m=1)", fails=True).traceback
    assert words.startswith("ParametersRejected: halve: got an unexpected keyword argument 'm'.")


def test_nothing_is_asked_where_the_notebook_runs_only_for_its_packages(folder: Path) -> None:
    with notebook_kernel(folder, JUPYTER_FAAS_INERT="1") as kernel:
        kernel.run("%load_ext jupyter_faas\nimport jupyter_faas as faas")
        done = kernel.run("faas.function('not-there')(x=1)")
    assert done.stream.startswith("Skipped: invoke not-there")
    assert done.results == []

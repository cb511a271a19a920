"""Triggers and rules from a notebook: a real kernel and a real playground."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel
from tests.magics.helpers.notebook import HALVE


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookKernel]:
    folder: Path = tmp_path_factory.mktemp("triggers")
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run("%faas playground start")
        kernel.run(HALVE)
        kernel.run("%faas deploy halve")
        yield kernel


def test_function_on_a_schedule(kernel: NotebookKernel) -> None:
    made = kernel.run('%faas trigger create nightly --cron "0 3 * * *" --run halve number=4')
    assert made.stream == (
        "halve runs at 03:00 every day (UTC) (trigger nightly, rule nightly-halve).\n"
    )
    fired = kernel.run("%faas trigger fire nightly").stream
    first, second = fired.splitlines()
    assert first.startswith("Fired nightly: activation ")
    run_id = second.removeprefix("  halve: activation ")
    # The run was started, and may not have ended yet.
    deadline = time.monotonic() + 30
    while "halving 4" not in kernel.run(f"%faas logs {run_id}", fails=None).stream:
        assert time.monotonic() < deadline, "it has left no record"
    kernel.run("%faas rule disable nightly-halve")
    assert "paused" in kernel.run("%faas rule").stream
    removed = kernel.run("%faas trigger remove nightly").stream
    assert removed == "Removed trigger nightly and its rule nightly-halve.\n"


def test_bad_cron_fails_the_cell_and_shows_the_place(kernel: NotebookKernel) -> None:
    cell = kernel.run('%faas trigger create x --cron "0 25 * * *"', fails=True)
    assert "'0 25 * * *' is not a cron pattern: '25' is not a valid hour." in cell.traceback
    assert "    0 25 * * *\n      ^^\n" in cell.traceback
    assert "No triggers yet" in kernel.run("%faas trigger").stream


def test_removing_by_the_handle_names_the_rules(kernel: NotebookKernel) -> None:
    kernel.run("%%function brief --deploy\ndef brief():\n    return {'n': 1}")
    kernel.run("%faas trigger create t --run brief")
    assert (
        "The rule t-brief (trigger t) still refers to brief" in kernel.run("brief.remove()").stream
    )
    kernel.run("%faas trigger remove t")

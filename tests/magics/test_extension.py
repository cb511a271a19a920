"""Loading and unloading, in a kernel and in a terminal's shell."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_faas.magics import load, unload
from jupyter_faas.playground import status
from tests.magics.helpers.kernels import DEADLINE_S, notebook_kernel
from tests.magics.helpers.notebook import HALVE

WAIT = "get_ipython().magics_manager.registry['FaasMagics'].session.wait_until_warm(60)"


def wait_until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_everything_ends_with_unloading(tmp_path: Path) -> None:
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run("import sklearn")
        kernel.run(HALVE)
        helpers = children(kernel.run("import os; os.getpid()").results[0]["text/plain"])
        assert helpers
        kernel.run("%unload_ext jupyter_faas")
        assert wait_until(lambda: not any(map(runs, helpers)))
        assert "not found" in kernel.run("%%function f\npass").stream
        assert "not found" in kernel.run("%faas").stream
        targets = "get_ipython().kernel.comm_manager.targets"
        assert "jupyter_faas" not in kernel.run(f"sorted({targets})").results[0]["text/plain"]


def test_loading_again_loads_once(tmp_path: Path) -> None:
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run("%reload_ext jupyter_faas")
        assert len(kernel.run(HALVE).cards) == 1
        hooks = (
            "len([h for h in get_ipython().events.callbacks['post_run_cell'] if 'faas' in repr(h)])"
        )
        assert kernel.run(hooks).results[0]["text/plain"] == "1"


def test_helper_ends_with_the_kernel(tmp_path: Path) -> None:
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run("import sklearn")
        helpers = children(kernel.run("import os; os.getpid()").results[0]["text/plain"])
        assert helpers
    assert wait_until(lambda: not any(map(runs, helpers)))


def test_a_playground_that_nothing_was_put_on_ends_with_the_kernel(tmp_path: Path) -> None:
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(HALVE)
        kernel.run(WAIT)
        begun = status(tmp_path / "faas")
        assert begun is not None
        kernel.run("%unload_ext jupyter_faas")
        assert wait_until(lambda: not psutil.pid_exists(begun.pid))


def test_a_playground_that_was_deployed_to_outlives_the_kernel(tmp_path: Path) -> None:
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(HALVE)
        kernel.run(WAIT)
        kernel.run("%faas deploy halve")
        begun = status(tmp_path / "faas")
        assert begun is not None
        kernel.run("%unload_ext jupyter_faas")
        assert status(tmp_path / "faas") == begun


@pytest.mark.parametrize(
    "variables",
    [{"JUPYTER_FAAS_INERT": "1"}, {"JUPYTER_FAAS_TARGET": "wskprops"}],
    ids=["inert", "another target"],
)
def test_no_playground_is_begun_that_nobody_would_use(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    with notebook_kernel(tmp_path, **variables) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(HALVE)
        kernel.run(WAIT)
    assert not (tmp_path / "faas" / "playground").exists()


def test_loading_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = "sklearn onnx onnxruntime skl2onnx pandas numpy anywidget ipywidgets"
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("import sys; before = set(sys.modules)")
        kernel.run("%load_ext jupyter_faas")
        found = kernel.run(f"sorted((set(sys.modules) - before) & set('{heavy}'.split()))")
        assert found.results[0]["text/plain"] == "[]"


def test_a_terminal_prints_the_card(
    shell: InteractiveShell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_DATA_DIR", str(tmp_path))
    load(shell)
    try:
        deploy, stop = "%faas deploy halve", "%faas playground stop"
        for cell in (HALVE, "answer = halve(12)", deploy, "%faas show halve", stop):
            done = shell.run_cell(cell, store_history=True)
            done.raise_error()
    finally:
        unload(shell)
    assert shell.user_ns["answer"] == {"half": 6}
    printed = capsys.readouterr().out
    assert printed.startswith("halve  [Not deployed]  to Local playground\n")
    card, _, rest = printed.partition("Deployed halve 0.0.1")
    assert "Deploy          %faas deploy halve · details: %faas show halve" in card
    # Neither the deploy nor the late measurements print the card again.
    assert len([line for line in card.splitlines() if line]) <= 8
    shown, _, files = rest.partition("── ")
    assert "Checks          ✓ Package size" in shown
    assert shown.count("halve v1  [Deployed]") == 1
    assert "function.py" in files


def test_unloading_what_was_never_loaded_does_nothing(shell: InteractiveShell) -> None:
    unload(shell)
    assert "function" not in shell.magics_manager.magics["cell"]


HELPER = "get_ipython().magics_manager.registry['FaasMagics'].session.helper.pid is not None"


def test_the_helper_starts_before_a_cell_that_names_a_library_of_models(tmp_path: Path) -> None:
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(HALVE)
        assert kernel.run(HELPER).results[0]["text/plain"] == "False"
        assert kernel.run(f"{HELPER}  # sklearn").results[0]["text/plain"] == "True"


def test_the_helper_starts_when_a_module_of_the_user_imports_a_library_of_models(
    tmp_path: Path,
) -> None:
    (tmp_path / "flowers.py").write_text("import sklearn\n")
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        assert kernel.run(f"import flowers; {HELPER}").results[0]["text/plain"] == "False"
        assert kernel.run(HELPER).results[0]["text/plain"] == "True"


@pytest.mark.parametrize("source", ["from sklearn import svm", "import math"])
def test_the_helper_starts_at_once_if_the_notebook_names_a_library_of_models(
    tmp_path: Path, source: str
) -> None:
    (tmp_path / "study.ipynb").write_text(json.dumps({"cells": [{"source": [source]}]}))
    with notebook_kernel(tmp_path) as kernel:
        kernel.run("%load_ext jupyter_faas")
        assert kernel.run(HELPER).results[0]["text/plain"] == str("sklearn" in source)


def children(pid: str) -> list[psutil.Process]:
    return list(psutil.Process(int(pid)).children(recursive=True))


def runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("cell", "body"),
    [
        ("%%composition flow --from flow.json", "\n"),
        ("\n%%composition flow\n\n", "\n"),
        ("%%composition flow\nsequence('a')", "sequence('a')\n"),
    ],
    ids=["alone", "with blank lines", "with a body"],
)
def test_a_cell_that_composes_may_be_empty(shell: InteractiveShell, cell: str, body: str) -> None:
    load(shell)
    transformed = shell.transform_cell(cell)
    unload(shell)
    call = ast.parse(transformed).body[0].value
    assert ast.literal_eval(call.args[-1]) == body


def test_other_cells_stay_as_they_are_and_nothing_is_left_behind(shell: InteractiveShell) -> None:
    before = list(shell.input_transformers_cleanup)
    untouched = shell.transform_cell("%%time")
    load(shell)
    assert shell.transform_cell("%%time") == untouched
    unload(shell)
    assert shell.input_transformers_cleanup == before

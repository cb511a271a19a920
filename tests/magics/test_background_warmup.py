from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from jupyter_faas.magics.background import Step, WarmUp

PATIENCE_S = 10


class Steps:
    """Two steps, and when each was taken."""

    def __init__(self) -> None:
        self.first, self.second = threading.Event(), threading.Event()
        self.may_go_on = threading.Event()

    @property
    def all(self) -> tuple[Step, ...]:
        return self._take_first, self.second.set

    def _take_first(self) -> None:
        self.first.set()
        self.may_go_on.wait(PATIENCE_S)


def test_nothing_begins_while_a_cell_runs() -> None:
    steps = Steps()
    warm_up = WarmUp(steps.all)
    warm_up.begin()
    try:
        warm_up.resume()
        assert steps.first.wait(PATIENCE_S)
        warm_up.pause()
        steps.may_go_on.set()
        assert not steps.second.is_set()
        warm_up.resume()
        assert steps.second.wait(PATIENCE_S)
    finally:
        warm_up.close()


def test_who_waits_in_a_cell_lets_it_go_on() -> None:
    steps = Steps()
    steps.may_go_on.set()
    warm_up = WarmUp(steps.all)
    warm_up.begin()
    assert warm_up.wait(PATIENCE_S)
    assert steps.second.is_set()
    warm_up.close()


def test_a_cell_that_waits_lets_it_go_on_and_then_pauses_it() -> None:
    steps = Steps()
    warm_up = WarmUp(steps.all)
    warm_up.begin()
    try:
        with warm_up.while_waiting():
            assert steps.first.wait(PATIENCE_S)
        steps.may_go_on.set()
        assert not steps.second.is_set()
        warm_up.resume()
        assert steps.second.wait(PATIENCE_S)
    finally:
        warm_up.close()


def test_waiting_between_cells_does_not_pause_it() -> None:
    steps = Steps()
    steps.may_go_on.set()
    warm_up = WarmUp((steps.first.wait, steps.second.set))
    warm_up.begin()
    try:
        warm_up.resume()
        with warm_up.while_waiting():
            pass
        steps.first.set()
        assert steps.second.wait(PATIENCE_S)
    finally:
        warm_up.close()


def test_a_step_that_fails_leaves_the_others() -> None:
    steps = Steps()
    warm_up = WarmUp((lambda: 1 / 0, steps.second.set))
    warm_up.begin()
    assert warm_up.wait(PATIENCE_S)
    assert steps.second.is_set()
    warm_up.close()


def test_closing_takes_no_further_step() -> None:
    steps = Steps()
    steps.may_go_on.set()
    warm_up = WarmUp(steps.all)
    warm_up.begin()
    warm_up.close()
    warm_up.close()
    assert not steps.first.is_set()
    assert not warm_up.wait(0)


def test_closing_what_never_began_does_nothing() -> None:
    WarmUp(()).close()


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """The modules of a process that took all steps."""
    script = "import sys\nfrom jupyter_faas.magics.background import CARD_STEPS, DEPLOY_STEPS\n"
    script += "for step in (*CARD_STEPS, *DEPLOY_STEPS): step()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_no_library_of_models_is_imported_ahead(imported: set[str]) -> None:
    heavy = {"onnx", "onnxruntime", "skl2onnx", "sklearn", "pandas", "numpy", "torch"}
    assert imported & heavy == set()


def test_what_talks_to_a_target_is_imported_ahead(imported: set[str]) -> None:
    assert {"requests", "jupyter_faas.workspace.packaging.function"} <= imported


def test_model_modules_are_imported_if_the_notebook_uses_scikit_learn() -> None:
    lines = (
        "import sys",
        "from jupyter_faas.magics.background import import_model_modules",
        "import_model_modules()",
        "print('numpy' in sys.modules)",
        "import sklearn",
        "import_model_modules()",
        "print('jupyter_faas.serialization.sklearn.sample' in sys.modules)",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas
import psutil
import pytest
import sklearn
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from jupyter_faas.errors import ConversionError, ParityError
from jupyter_faas.serialization import ConversionHelper, ModelArtifact, NotebookCode
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives
from tests.serialization.conftest import Convert
from tests.serialization.helpers import data


class Reduced:
    """A sample whose unpickling calls a function: what a helper does that goes wrong."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


@pytest.fixture(scope="module")
def helper() -> Iterator[ConversionHelper]:
    helper = ConversionHelper()
    helper.start()
    yield helper
    helper.close()


@pytest.fixture(scope="module")
def model() -> Any:
    rows, labels = data.iris()
    return LogisticRegression(max_iter=1000).fit(rows, labels)


def converted(helper: ConversionHelper, model: Any) -> ModelArtifact:
    return helper.convert("model", model, sample=data.iris()[0])


def test_same_bytes_as_in_another_process(
    helper: ConversionHelper, model: Any, convert_model: Convert
) -> None:
    here, there = convert_model(model, data.iris()[0]), converted(helper, model)
    assert there.onnx == here.onnx
    assert there.spec == here.spec
    assert there.to_json() == here.to_json()
    assert there.parity.seconds > 0


def test_start_keeps_the_process_that_runs(helper: ConversionHelper) -> None:
    helper.start()
    pid = helper.pid
    helper.start()
    assert helper.pid == pid


def test_progress_is_told(helper: ConversionHelper, model: Any) -> None:
    told: list[str] = []
    helper.convert("flower", model, sample=data.iris()[0], progress=told.append)
    assert "converting flower (double)" in told
    assert any(text.startswith("comparing flower on 150 rows: sample") for text in told)


def test_waiting_surrounds_the_conversion_and_not_what_the_kernel_does(model: Any) -> None:
    happened: list[str] = []

    @contextmanager
    def waiting() -> Iterator[None]:
        happened.append("waits")
        yield
        happened.append("works")

    helper = ConversionHelper(waiting=waiting)
    try:
        helper.convert("model", model, sample=data.iris()[0], progress=happened.append)
        happened.append("converted")
    finally:
        helper.close()
    assert happened[0] == "waits"
    assert "converting model (double)" in happened[1:-2]
    assert happened[-2:] == ["works", "converted"]


def test_no_collection_traverses_the_libraries(
    helper: ConversionHelper, model: Any, tmp_path: Path
) -> None:
    file = tmp_path / "frozen"
    look = f"import gc; open({str(file)!r}, 'w').write(str(gc.get_freeze_count()))"
    helper.convert("model", model, sample=Reduced(exec, look))
    assert int(file.read_text()) > 100_000


def test_original_keeps_its_threads(helper: ConversionHelper) -> None:
    rows, labels = data.iris()
    model = KNeighborsClassifier(n_jobs=2).fit(rows[:20], labels[:20])
    helper.convert("model", model, sample=rows[:5], accept_parity=True)
    assert model.n_jobs == 2


def test_refusal_comes_back_with_its_hint(helper: ConversionHelper) -> None:
    rows, labels = data.iris()
    rows = rows.round()  # many rows are equal, so neighbours tie
    model = KNeighborsClassifier().fit(rows, labels)
    with pytest.raises(ParityError, match="different results for") as stopped:
        helper.convert("model", model, sample=rows)
    assert "ONNX breaks ties between equally distant neighbours differently" in stopped.value.hint


@pytest.mark.parametrize("model_format", ["auto", "skops"])
def test_code_of_the_notebook_is_executed_before_the_model_is_read(
    model_format: str, helper: ConversionHelper
) -> None:
    source = "import numpy as np\n\n\ntwice = lambda rows: np.asarray(rows) * 2\n"
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(source, namespace)
    steps = make_pipeline(FunctionTransformer(namespace["twice"]), LogisticRegression(max_iter=999))
    artifact = helper.convert(
        "model",
        steps.fit(*data.iris()),
        sample=data.iris()[0],
        model_format=model_format,
        code=NotebookCode(source, ("twice",)),
        code_objects={"twice": namespace["twice"]},
    )
    assert (artifact.facts.route, artifact.parity.ok) == ("skops", True)
    assert "function.twice" in artifact.spec["trusted"]
    assert artifact.facts.foreign_types == ()


def test_code_reads_files_in_the_folder_of_the_kernel(
    helper: ConversionHelper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "factor.txt").write_text("2")
    monkeypatch.chdir(tmp_path)
    source = (
        "from pathlib import Path\nFACTOR = float(Path('factor.txt').read_text())\n"
        "twice = lambda rows: rows * FACTOR\n"
    )
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(source, namespace)
    steps = make_pipeline(FunctionTransformer(namespace["twice"]), StandardScaler())
    rows, _ = data.iris()
    made = helper.convert(
        "model",
        steps.fit(rows),
        sample=rows,
        model_format="skops",
        code=NotebookCode(source, ("twice",)),
        code_objects={"twice": namespace["twice"]},
    )
    assert made.skops


@pytest.mark.parametrize("model_format", ["onnx", "skops"])
def test_function_without_a_definition_is_told_by_its_name(
    model_format: str, helper: ConversionHelper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice(rows: Any) -> Any:
        return rows * 2

    twice.__module__, twice.__qualname__ = "__main__", "twice"
    monkeypatch.setattr(sys.modules["__main__"], "twice", twice, raising=False)
    steps = make_pipeline(FunctionTransformer(twice), LogisticRegression(max_iter=1000))
    with pytest.raises(
        ConversionError, match="'model' needs twice from this notebook, but the def"
    ):
        helper.convert("model", steps.fit(*data.iris()), model_format=model_format)


def test_sample_of_a_class_of_the_notebook_is_told(
    helper: ConversionHelper, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = type("Rows", (), {"__module__": "__main__", "__len__": lambda self: 1})
    monkeypatch.setattr(sys.modules["__main__"], "Rows", rows, raising=False)
    with pytest.raises(
        ConversionError, match="The sample for 'model' needs code from the notebook"
    ):
        helper.convert("model", model, sample=rows())


def test_model_that_cannot_be_pickled_is_told(helper: ConversionHelper) -> None:
    model = KNeighborsClassifier(metric=lambda a, b: float(abs(a - b).sum())).fit(*data.iris())
    with pytest.raises(ConversionError, match="'model' cannot be sent to the conversion helper"):
        helper.convert("model", model, sample=data.iris()[0])


def test_output_of_libraries_does_not_disturb(
    helper: ConversionHelper, model: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    artifact = helper.convert("model", model, sample=Reduced(print, "noise on standard output"))
    assert artifact.parity.ok
    assert capfd.readouterr() == ("", "")


def test_fault_inside_is_told_and_the_helper_lives(helper: ConversionHelper, model: Any) -> None:
    pid = helper.pid
    with pytest.raises(ConversionError, match="Converting 'model' failed: ZeroDivisionError"):
        helper.convert("model", model, sample=Reduced(divmod, 1, 0))
    assert converted(helper, model).parity.ok
    assert helper.pid == pid


def test_setting_of_scikit_learn_goes_with_the_model(helper: ConversionHelper) -> None:
    scaler = StandardScaler().fit(data.iris()[0])
    assert helper.convert("scaler", scaler, model_format="auto").facts.route == "double"
    with sklearn.config_context(transform_output="pandas"):
        artifact = helper.convert("scaler", scaler, model_format="auto")
    assert artifact.facts.route == "skops"
    loaded = skops.io.loads(artifact.skops, trusted=list(artifact.spec["trusted"]))
    assert isinstance(loaded.transform(data.iris()[0]), pandas.DataFrame)


def test_two_threads_take_turns(helper: ConversionHelper, model: Any) -> None:
    found: list[ModelArtifact] = []
    threads = [
        threading.Thread(target=lambda: found.append(converted(helper, model))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    assert len(found) == 2
    assert found[0].onnx == found[1].onnx


def test_crash_is_told_and_the_next_conversion_works(helper: ConversionHelper, model: Any) -> None:
    pid = helper.pid
    with pytest.raises(
        ConversionError, match=r"The conversion helper stopped while it converted 'model' .*code 3"
    ):
        helper.convert("model", model, sample=Reduced(os._exit, 3))
    assert converted(helper, model).parity.ok
    assert helper.pid != pid


def test_estimator_itself_is_taken_after_a_crash(
    helper: ConversionHelper, model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crashing.py").write_text(
        "import os, pathlib\n"
        "def once(path, rows):\n"
        "    if not os.path.exists(path):\n"
        "        pathlib.Path(path).touch()\n"
        "        os._exit(3)\n"
        "    return rows\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    once = importlib.import_module("crashing").once
    sample = Reduced(once, str(tmp_path / "crashed"), data.iris()[0])
    artifact = helper.convert("model", model, sample=sample, model_format="auto")
    assert artifact.facts.route == "skops"
    assert artifact.facts.why.startswith("The conversion helper stopped while it converted 'model'")


def test_time_limit_kills_the_helper_and_the_next_conversion_works(
    helper: ConversionHelper, model: Any
) -> None:
    converted(helper, model)
    pid = helper.pid
    assert pid is not None
    with pytest.raises(ConversionError, match=r"took more than 0.2 s to convert 'model'"):
        helper.convert("model", model, sample=Reduced(time.sleep, 600), time_limit_s=0.2)
    assert not psutil.pid_exists(pid)
    assert converted(helper, model).parity.ok


def test_killed_while_idle_is_replaced(helper: ConversionHelper, model: Any) -> None:
    converted(helper, model)
    pid = helper.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    try:
        artifact = converted(helper, model)
    except ConversionError as error:
        # It may be asked before its end is noticed.
        assert "killed by SIGKILL" in error.message
        artifact = converted(helper, model)
    assert artifact.parity.ok


def test_interrupt_of_the_cell_ends_the_work(helper: ConversionHelper, model: Any) -> None:
    converted(helper, model)
    pid = helper.pid

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        helper.convert("another", model, sample=data.iris()[0], progress=interrupt)
    assert helper.pid != pid


def test_the_same_model_is_converted_once(helper: ConversionHelper, model: Any) -> None:
    first = helper.convert("once", model, sample=data.iris()[0])
    told: list[str] = []
    again = helper.convert("once", model, sample=data.iris()[0], progress=told.append)
    assert again == first
    assert told == []


def test_a_model_that_was_refitted_is_converted_anew(helper: ConversionHelper) -> None:
    rows, labels = data.iris()
    model = LogisticRegression(max_iter=1000).fit(rows, labels)
    first = helper.convert("refitted", model, sample=rows)
    again = helper.convert("refitted", model.fit(rows[::2], labels[::2]), sample=rows)
    assert again.onnx != first.onnx


def test_a_model_of_the_users_own_module_is_converted_anew(
    helper: ConversionHelper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "scaled_by_us.py"
    module.write_text(
        "from sklearn.preprocessing import StandardScaler\nclass Scaler(StandardScaler): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    model = importlib.import_module("scaled_by_us").Scaler().fit(data.iris()[0])
    told: list[str] = []
    for _ in range(2):
        told.clear()
        helper.convert(
            "scaler",
            model,
            sample=data.iris()[0],
            model_format="skops",
            progress=told.append,
        )
    assert told


def test_it_becomes_warm_without_being_asked_anything(model: Any) -> None:
    helper = ConversionHelper()
    try:
        helper.start()
        assert helper.wait_until_ready()
        assert helper.wait_until_ready()
        assert converted(helper, model).parity.ok
    finally:
        helper.close()


def test_what_cannot_start_does_not_become_warm() -> None:
    helper = ConversionHelper(environment={"PYTHONHOME": os.devnull})
    try:
        helper.start()
        assert not helper.wait_until_ready()
    finally:
        helper.close()


def test_what_is_not_started_does_not_become_warm() -> None:
    assert not ConversionHelper().wait_until_ready()


def test_helper_that_cannot_start_tells_its_last_words(model: Any) -> None:
    helper = ConversionHelper(environment={"PYTHONHOME": os.devnull})
    try:
        with pytest.raises(ConversionError, match="The conversion helper stopped") as stopped:
            helper.convert("model", model, sample=data.iris()[0])
        assert "The last lines of the stopped helper's output:" in stopped.value.message
    finally:
        helper.close()


def test_closed_helper_leaves_no_process(model: Any) -> None:
    helper = ConversionHelper()
    helper.start()
    pid = helper.pid
    helper.close()
    helper.close()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert helper.pid is None


def test_closing_amid_a_conversion_ends_it_for_good(model: Any, tmp_path: Path) -> None:
    helper, begun = ConversionHelper(), tmp_path / "begun"
    sample = [Reduced(os.mkdir, str(begun)), Reduced(time.sleep, 600)]
    told: list[str] = []

    def convert() -> None:
        try:
            helper.convert("model", model, sample=sample)
        except ConversionError as error:
            told.append(error.message)

    thread = threading.Thread(target=convert)
    thread.start()
    deadline = time.monotonic() + 50
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    helper.close()
    thread.join(10)
    assert told == ["The conversion helper was closed while it converted 'model'."]
    assert helper.pid is None


def test_helper_ends_with_the_kernel() -> None:
    script = (
        "import time; from jupyter_faas.serialization import ConversionHelper\n"
        "helper = ConversionHelper(); helper.start(); print(helper.pid, flush=True)\n"
        "time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as kernel:
        assert kernel.stdout is not None
        pid = int(kernel.stdout.readline())
        assert psutil.pid_exists(pid)
        kernel.kill()
    wait_until(lambda: not lives(pid), patience_s=30)

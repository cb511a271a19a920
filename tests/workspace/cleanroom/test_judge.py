"""Packages in the clean room: what differs from the notebook is told, what does not passes."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.cost import load_price_list
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.cleanroom.judge import Judge, failure_of
from jupyter_faas.workspace.cleanroom.manager import forecast
from jupyter_faas.workspace.cleanroom.runner import RunResult
from jupyter_faas.workspace.request import FunctionTest
from jupyter_faas.workspace.results import CleanRoomResult
from tests.workspace.helpers.cells import GREET, packaged

SOMEBODY = FunctionTest({"name": "Ada"})
NOTHING = FunctionTest({})


def ran(folder: Path, made: Packaged) -> CleanRoomResult:
    bundle = BundleStore(folder).get(made.bundle)
    found = forecast(made.record, bundle, load_price_list(), folder=Path.cwd()).clean_room
    assert found is not None
    return found


def run(folder: Path, text: str, *tests: FunctionTest, **options: Any) -> CleanRoomResult:
    name = text.partition("def ")[2].partition("(")[0]
    return ran(folder, packaged(folder, text, name, tests=tests or [NOTHING], **options))


def imports(module: str, before: str = "") -> str:
    """A cell whose function imports a module that nobody can see it imports."""
    return (
        f"{before}import importlib\ndef f():\n"
        f"    return {{'v': importlib.import_module({module!r}).__name__}}\n"
    )


def test_the_right_answers_pass(tmp_path: Path) -> None:
    found = run(tmp_path, GREET, SOMEBODY, NOTHING)
    assert (found.state, found.inputs) == ("passed", 2)
    assert found.note == "same results as the notebook for 2 inputs"
    assert found.ms > 0


def test_a_model_answers_as_in_the_notebook(iris: tuple[Path, Packaged]) -> None:
    found = ran(*iris)
    assert (found.state, found.inputs) == ("passed", 1), found.message


def test_without_an_input_the_package_is_only_loaded(tmp_path: Path) -> None:
    found = ran(tmp_path, packaged(tmp_path))
    assert (found.state, found.note) == ("loaded", "no test input: add --test '{…}'")


def test_a_run_that_is_not_wanted_is_skipped(tmp_path: Path) -> None:
    found = run(tmp_path, "def f():\n    raise ValueError\n", NOTHING, clean_room=False)
    assert (found.state, found.note) == ("skipped", "skipped: --no-clean-room")


def test_a_module_beside_the_notebook_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside_it.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = run(tmp_path, imports("beside_it"))
    assert (
        found.message
        == "f imports beside_it, which is neither in the package nor in its requirements."
    )
    assert found.hint == "Include it: --include beside_it.py"
    assert found.answers == {
        "Input": {},
        "Notebook": {"v": "beside_it"},
        "Package": {"error": "No module named 'beside_it'"},
    }


def test_the_pythonpath_and_the_users_own_packages_do_not_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    assert run(tmp_path, imports("jupyter_faas.errors")).message.startswith(
        "f imports jupyter_faas"
    )


def test_a_distribution_that_is_not_required_is_missed(tmp_path: Path) -> None:
    found = run(tmp_path, imports("yaml"))
    assert (
        found.message == "f imports yaml, which is neither in the package nor in its requirements."
    )
    assert found.hint == "To make yaml a requirement, add to the cell: import yaml"


def test_what_is_required_brings_what_it_requires_itself(tmp_path: Path) -> None:
    text = "import requests\ndef f():\n    return {'v': requests.compat.urlparse('a:b').scheme}\n"
    found = run(tmp_path, text)
    assert found.state == "passed", found.message


def test_what_is_required_brings_no_more_than_that(tmp_path: Path) -> None:
    text = imports("numpy", "import requests\n")
    assert (
        run(tmp_path, text).message
        == "f imports numpy, which is neither in the package nor in its requirements."
    )


def test_an_environment_variable_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "test")
    found = run(tmp_path, "import os\ndef f():\n    return {'v': os.environ['STAGE']}\n")
    assert found.message == (
        "f needs the environment variable STAGE, which is set on this machine, but not on targets."
    )
    assert "--env STAGE" in found.hint


def test_a_variable_with_a_default_gives_another_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "test")
    found = run(tmp_path, "import os\ndef f():\n    return {'v': os.getenv('STAGE', 'prod')}\n")
    assert found.message == (
        'f returns a different result outside this notebook: v is "prod", not "test".'
    )
    assert "environment variable STAGE" in found.hint


@pytest.mark.parametrize("absolute", [False, True])
def test_a_file_beside_the_notebook_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absolute: bool
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    monkeypatch.chdir(tmp_path)
    path = str(tmp_path / "notes.txt") if absolute else "notes.txt"
    # Packaging takes along a file whose whole path is in the code, so the path is put together.
    whole = f"''.join([{path.removesuffix('.txt')!r}, '.txt'])"
    found = run(
        tmp_path,
        f"from pathlib import Path\ndef f():\n    return {{'v': Path({whole}).read_text()}}\n",
    )
    assert found.message == f"f reads {path}, which is not in the package."
    assert "--include" in found.hint


def test_a_file_that_travels_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    monkeypatch.chdir(tmp_path)
    text = "from pathlib import Path\ndef f():\n    return {'v': Path('notes.txt').read_text()}\n"
    found = run(tmp_path, text, includes=["notes.txt"], root=tmp_path)
    assert found.state == "passed", found.message


def test_a_patched_library_answers_differently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import statistics

    monkeypatch.setattr(statistics, "mean", lambda values: 42)
    text = "import statistics\ndef f():\n    return {'v': statistics.mean([1, 2, 3])}\n"
    found = run(tmp_path, text)
    assert found.message == "f returns a different result outside this notebook: v is 2, not 42."
    assert found.answers == {"Input": {}, "Notebook": {"v": 42}, "Package": {"v": 2}}
    assert str(failure_of(found)).splitlines()[1:4] == [
        "Input     {}",
        'Notebook  {"v": 42}',
        'Package   {"v": 2}',
    ]


def test_what_an_earlier_call_left_behind_is_missed(tmp_path: Path) -> None:
    text = (
        "import builtins\n"
        "builtins.left_behind = getattr(builtins, 'left_behind', 0)\n"
        "def f():\n    return {'v': builtins.left_behind}\n"
    )
    import builtins

    builtins.left_behind = 7  # type: ignore[attr-defined]
    try:
        assert run(tmp_path, text).message.endswith("v is 0, not 7.")
    finally:
        del builtins.left_behind  # type: ignore[attr-defined]


def test_time_and_chance_are_compared_by_their_types(tmp_path: Path) -> None:
    text = (
        "import random, time, uuid\ndef f():\n"
        "    return {'at': int(time.time()), 'r': random.random(), 'id': str(uuid.uuid4())}\n"
    )
    found = run(tmp_path, text)
    assert found.state == "passed", found.message
    assert "vary from run to run, so only their types were compared" in found.note


def test_few_outcomes_are_chance_all_the_same(tmp_path: Path) -> None:
    text = "import random\ndef f(n: int):\n    return {'rolled': random.randint(1, 6)}\n"
    tests = [FunctionTest({"n": n}) for n in range(5)]
    found = run(tmp_path, text, *tests)
    assert found.state == "passed", found.message


def test_the_order_of_a_set_is_chance(tmp_path: Path) -> None:
    found = run(tmp_path, "def f():\n    return {'v': list({'x', 'y', 'zz', 'w', 'v'})}\n")
    assert found.state == "passed", found.message


ORDER = ["a", "b"]


def judged_orders(folder: Path, answers: list[Any]) -> CleanRoomResult:
    """What the runs of a function answer, one after another; the notebook answered a, b."""
    made = packaged(folder, f"def f():\n    return {{'v': {ORDER}}}\n", "f", tests=[NOTHING])
    manifest = BundleStore(folder).get(made.bundle).manifest
    runs = iter([RunResult(1, answers=(({"v": one},),)) for one in answers])
    return Judge(made.record, manifest, folder).judge(next(runs), lambda: next(runs))


def test_an_order_that_is_the_same_in_several_runs_can_be_chance(tmp_path: Path) -> None:
    found = judged_orders(tmp_path, [ORDER[::-1]] * 8 + [ORDER])
    assert found.state == "passed", found.message
    assert "v varies from run to run" in found.note


def test_an_order_that_never_changes_is_a_difference(tmp_path: Path) -> None:
    assert judged_orders(tmp_path, [ORDER[::-1]] * 9).state == "failed"


def test_another_answer_is_asked_for_three_more_times(tmp_path: Path) -> None:
    assert judged_orders(tmp_path, [["c", "d"]] * 4).state == "failed"
    with pytest.raises(StopIteration):
        judged_orders(tmp_path, [["c", "d"]] * 3)


def test_a_thread_left_behind_does_not_hold_up_the_answer(tmp_path: Path) -> None:
    text = (
        "import sys, threading, time\ndef f():\n    if 'cleanroom_main' in sys.argv[0]:\n"
        "        threading.Thread(target=time.sleep, args=(600,)).start()\n    return {}\n"
    )
    assert run(tmp_path, text).state == "passed"


def test_a_function_that_ends_its_process_is_refused(tmp_path: Path) -> None:
    text = (
        "import sys\ndef f():\n    if 'cleanroom_main' in sys.argv[0]: sys.exit(3)\n    return {}\n"
    )
    assert run(tmp_path, text).message == "f fails outside this notebook: SystemExit: 3."


def test_what_stands_beside_chance_is_compared_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "test")
    text = (
        "import os, random\ndef f():\n"
        "    return {'r': random.random(), 'v': os.getenv('STAGE', 'prod')}\n"
    )
    assert run(tmp_path, text).message.endswith('v is "prod", not "test".')


def test_an_accepted_difference_is_not_counted_as_the_same_result(tmp_path: Path) -> None:
    made = packaged(tmp_path, GREET, "greet", tests=[SOMEBODY, FunctionTest({"name": "Eve"})])
    manifest = BundleStore(tmp_path).get(made.bundle).manifest
    accepted = dataclasses.replace(manifest, models=({"parity": {"accepted": True}},))
    right = made.record.examples[0]["answer"]
    other = RunResult(1, answers=((right,), ({"greeting": "?"},)))
    note = Judge(made.record, accepted, tmp_path).judge(other, lambda: other).note
    assert note.startswith("same results as the notebook for 1 of 2 inputs; accepted difference: ")


def test_an_expectation_leaves_out_what_need_not_hold(tmp_path: Path) -> None:
    text = "import random\ndef f():\n    return {'r': random.random(), 'v': 1}\n"
    found = run(tmp_path, text, FunctionTest({}, {"v": 1}))
    assert (found.state, found.note) == ("passed", "same results as the notebook for 1 input")


def test_an_expectation_that_the_package_does_not_meet_stands_beside_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "test")
    text = "import os\ndef f():\n    return {'v': os.getenv('STAGE', 'prod')}\n"
    found = run(tmp_path, text, FunctionTest({}, {"v": "test"}))
    assert found.answers == {"Input": {}, "Expected": {"v": "test"}, "Package": {"v": "prod"}}


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ("", "Or, if this difference is expected, leave this --test out."),
        ("'n': 2, ", "Or, if this difference is expected, add: --expect '{\"n\": 2}'"),
    ],
    ids=["nothing is equal", "a part is equal"],
)
def test_hint_never_expects_nothing(tmp_path: Path, more: str, hint: str) -> None:
    text = f"import sys\ndef f():\n    return {{{more}'v': 'cleanroom_main' in sys.argv[0]}}\n"
    assert run(tmp_path, text, FunctionTest({})).hint.endswith(hint)


def test_secrets_are_not_in_what_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "t0ken-value")
    text = (
        "import os\ndef f(key, **more):\n"
        "    return {'v': os.environ.get('SERVICE_TOKEN', 'none') + key}\n"
    )
    made = packaged(tmp_path, text, "f", tests=[NOTHING], parameters={"key": "s3cret"})
    found = ran(tmp_path, made)
    told = f"{failure_of(found)} {found.to_json()} {made.card}"
    assert found.state == "failed"
    assert "t0ken-value" not in told
    assert "s3cret" not in told


def test_a_secret_of_the_notebook_is_not_told_by_a_process_that_does_not_know_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "t0ken-value")
    text = "import os\ndef f():\n    return {'v': os.environ.get('SERVICE_TOKEN')}\n"
    made = packaged(tmp_path, text, "f", tests=[NOTHING])
    monkeypatch.delenv("SERVICE_TOKEN")
    found = ran(tmp_path, made)
    assert found.message == (
        'f returns a different result outside this notebook: v is null, not "•••".'
    )
    assert "t0ken-value" not in f"{failure_of(found)} {found.to_json()} {made.card}"


def test_the_package_gets_no_secret_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "t0ken-value")
    text = "import os\ndef f():\n    return {'v': 'SERVICE_TOKEN' in os.environ}\n"
    assert run(tmp_path, text).answers["Package"] == {"v": False}


def test_the_package_computes_with_the_same_kernels_as_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    text = (
        "import os, sys\ndef f():\n    away = 'cleanroom_main' in sys.argv[0]\n"
        "    return {'v': os.environ.get('OPENBLAS_CORETYPE'), 'away': away}\n"
    )
    assert run(tmp_path, text).answers["Package"] == {"v": "Haswell", "away": True}


def test_each_run_begins_with_the_packages_own_files(tmp_path: Path) -> None:
    text = (
        "import os, sys, time\ndef f():\n"
        "    seen = os.path.exists('left.txt') and 'cleanroom_main' in sys.argv[0]\n"
        "    if 'cleanroom_main' in sys.argv[0]:\n        open('left.txt', 'w').close()\n"
        "    return {'seen': seen, 'at': time.time()}\n"
    )
    found = run(tmp_path, text)
    assert found.state == "passed", found.message
    assert not os.path.exists("left.txt")

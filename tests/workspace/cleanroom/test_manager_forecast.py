from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.cost import load_price_list
from jupyter_faas.workspace import Forecast, Packaged
from jupyter_faas.workspace.cleanroom.manager import forecast
from jupyter_faas.workspace.request import FunctionTest
from tests.workspace.helpers.cells import packaged
from tests.workspace.helpers.samples import assert_same_shape, sample

# How a cell can tell that it runs on its own.
IN_THE_ROOM = "'cleanroom_main' in __import__('sys').argv[0]"


def measured(folder: Path, made: Packaged, **options: Any) -> Forecast:
    bundle = BundleStore(folder).get(made.bundle)
    return forecast(made.record, bundle, load_price_list(), folder=Path.cwd(), **options)


def test_a_model_is_measured_from_the_start_of_python_to_the_answer(
    iris: tuple[Path, Packaged],
) -> None:
    found = measured(*iris)
    assert found.state == "measured", found.message
    assert_same_shape(found.to_json(), sample("forecast"))
    parts = (found.import_ms, found.model_ms, found.first_call_ms)
    assert all(part is not None for part in parts)
    assert found.cold_ms == pytest.approx(sum(part or 0 for part in parts), abs=2)
    # numpy and onnxruntime cannot be there in no time.
    assert (found.import_ms or 0) > 10
    assert found.timeout_share == pytest.approx((found.cold_ms or 0) / 60_000, abs=1e-4)
    prices = load_price_list()
    assert found.cold_per_million == prices.per_million(256, found.cold_ms or 0)
    assert found.warm_per_million == Decimal("0.4625")


def test_nothing_is_called_without_an_input(tmp_path: Path) -> None:
    mark = tmp_path / "called"
    text = f"def touch():\n    open({str(mark)!r}, 'w')\n    return {{}}\n"
    found = measured(tmp_path, packaged(tmp_path, text, "touch"))
    assert found.state == "measured"
    assert (found.first_call_ms, found.warm_ms, found.to_json()["warm_cost_text"]) == (None,) * 3
    assert found.model_ms is None
    assert found.cold_ms == found.import_ms
    assert not mark.exists()


def test_parameters_of_the_package_are_there_too(tmp_path: Path) -> None:
    text = "def add(a: int, b: int):\n    assert (a, b) == (1, 2)\n    return {}\n"
    made = packaged(
        tmp_path, text, "add", parameters={"a": 1, "b": 9}, tests=[FunctionTest({"b": 2})]
    )
    assert measured(tmp_path, made).warm_ms is not None


def test_a_package_that_does_not_load_says_why(tmp_path: Path) -> None:
    text = f"if {IN_THE_ROOM}:\n    {{}}['petal']\ndef bad():\n    return {{}}\n"
    found = measured(tmp_path, packaged(tmp_path, text, "bad"))
    assert found.state == "failed"
    assert "KeyError: 'petal'" in found.message
    assert "/tmp" not in found.message
    assert_same_shape(found.to_json(), sample("forecast"))


def test_a_package_that_ends_the_process_says_so(tmp_path: Path) -> None:
    text = f"import os\n\ndef bad():\n    {IN_THE_ROOM} and os._exit(0)\n    return {{}}\n"
    found = measured(tmp_path, packaged(tmp_path, text, "bad", tests=[FunctionTest({})]))
    assert (
        found.message
        == "bad fails outside this notebook: The process exited with status 0 without any output."
    )


def test_a_package_that_does_not_end_is_ended_with_all_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    text = f"""\
import subprocess
import sys
import time

def slow():
    if "cleanroom_main" not in sys.argv[0]:
        return {{}}
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open({str(pids)!r}, "w") as file:
        file.write(str(child.pid))
    time.sleep(600)
    return {{}}
"""
    made = packaged(tmp_path, text, "slow", tests=[FunctionTest({})])
    found = measured(tmp_path, made, limit_s=5)
    assert "The function did not finish within 5 s." in found.message
    pid = int(pids.read_text())
    deadline = time.monotonic() + 20
    while _alive(pid):
        assert time.monotonic() < deadline, "the child is still there"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_process_left_behind_does_not_hold_up_the_answer(tmp_path: Path) -> None:
    text = """\
import subprocess
import sys

def leave():
    if "cleanroom_main" in sys.argv[0]:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    return {}
"""
    made = packaged(tmp_path, text, "leave", tests=[FunctionTest({})])
    assert measured(tmp_path, made).warm_ms is not None


def test_the_interpreter_that_packaged_it_is_measured(tmp_path: Path) -> None:
    made = packaged(tmp_path)
    elsewhere = {**made.record.environment, "executable": str(tmp_path / "python")}
    (tmp_path / "python").write_text(f'#!/bin/sh\ntouch {tmp_path}/used\nexec {_python()} "$@"\n')
    os.chmod(tmp_path / "python", 0o700)
    record = type(made.record)(**{**made.record.to_json(), "environment": elsewhere, "id": ""})
    bundle = BundleStore(tmp_path).get(made.bundle)
    assert forecast(record, bundle, load_price_list(), folder=tmp_path).state == "measured"
    assert (tmp_path / "used").exists()


def test_an_interpreter_of_another_machine_is_replaced_by_this_one(tmp_path: Path) -> None:
    made = packaged(tmp_path)
    elsewhere = {**made.record.environment, "executable": str(tmp_path / "nowhere" / "python")}
    record = type(made.record)(**{**made.record.to_json(), "environment": elsewhere, "id": ""})
    bundle = BundleStore(tmp_path).get(made.bundle)
    assert forecast(record, bundle, load_price_list(), folder=tmp_path).state == "measured"


def _python() -> str:
    import sys

    return sys.executable


ASKER = """
import sys
from pathlib import Path
from jupyter_faas.workspace import Workspace

Workspace.open(Path(sys.argv[1])).forecast(sys.argv[2])
"""


def test_measurement_ends_when_the_asker_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    text = (
        "import os, pathlib, time\n"
        "def wait():\n    return {}\n"
        "if 'cleanroom_main' in str(__import__('sys').argv[0]):\n"
        f"    pathlib.Path({str(mark)!r}).write_text(f'{{os.getpid()}} {{os.getcwd()}}\\n')\n"
        "    time.sleep(600)\n"
    )
    made = packaged(tmp_path, text, "wait")
    asker = subprocess.Popen([sys.executable, "-c", ASKER, tmp_path, made.record.id])
    wait_until(lambda: mark.exists() and mark.read_text().endswith("\n"))
    pid, folder = mark.read_text().split()
    asker.kill()
    asker.wait()
    wait_until(lambda: not psutil.pid_exists(int(pid)) and not Path(folder).exists())


def wait_until(condition: Callable[[], bool], limit_s: float = 30) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)

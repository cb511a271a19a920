from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_faas.bundle import BundleStore, ModelFiles
from jupyter_faas.cost import load_price_list
from jupyter_faas.errors import CleanRoomFailed
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.cleanroom.manager import CleanRoomManager
from jupyter_faas.workspace.request import FunctionTest
from tests.workspace.helpers.cells import GREET, packaged

STAGE = "import os\ndef f():\n    return {'v': os.getenv('STAGE')}\n"


def rooms(folder: Path) -> CleanRoomManager:
    return CleanRoomManager(folder, BundleStore(folder), ModelFiles(folder), load_price_list)


def failing(folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Packaged:
    monkeypatch.setenv("STAGE", "test")
    return packaged(folder, STAGE, "f", tests=[FunctionTest({})], **options)


def test_a_package_is_run_once_for_it_cannot_change(tmp_path: Path) -> None:
    made = packaged(tmp_path, GREET, tests=[FunctionTest({})])
    said: list[str] = []
    rooms(tmp_path).test(made.record.id, said.append)
    rooms(tmp_path).test(made.record.id, said.append)
    assert said == ["Testing greet in a clean room…"]


def test_what_the_card_measured_need_not_be_run_again(tmp_path: Path) -> None:
    made = packaged(tmp_path, GREET, tests=[FunctionTest({})])
    rooms(tmp_path).forecast(made.record.id)
    said: list[str] = []
    rooms(tmp_path).test(made.record.id, said.append)
    assert said == []


def test_what_failed_is_refused_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = failing(tmp_path, monkeypatch)
    for _ in range(2):
        with pytest.raises(CleanRoomFailed, match="returns a different result"):
            rooms(tmp_path).test(made.record.id, lambda _: None)


def test_what_is_not_wanted_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = failing(tmp_path, monkeypatch, clean_room=False)
    rooms(tmp_path).test(made.record.id, pytest.fail)


def test_what_another_machines_python_packaged_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = failing(tmp_path, monkeypatch)
    elsewhere = {**made.record.environment, "executable": "/nowhere/python"}
    record = dataclasses.replace(made.record, environment=elsewhere, id="")
    BundleStore(tmp_path).put_package(record)
    rooms(tmp_path).test(record.id, pytest.fail)


def test_another_answer_of_the_notebook_needs_another_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STAGE", raising=False)
    made = packaged(tmp_path, STAGE, "f", tests=[FunctionTest({})])
    rooms(tmp_path).test(made.record.id, lambda _: None)
    again = failing(tmp_path, monkeypatch)
    with pytest.raises(CleanRoomFailed, match="returns a different result"):
        rooms(tmp_path).test(again.record.id, lambda _: None)


TELLS_ITS_PROCESS = (
    "import os\ndef f(path: str):\n"
    "    with open(path, 'w') as file:\n        file.write(str(os.getpid()))\n    return {}\n"
)


def begun_ahead() -> list[psutil.Process]:
    found = psutil.Process().children()
    return [one for one in found if any("cleanroom_main" in word for word in one.cmdline())]


def test_a_room_that_was_begun_ahead_makes_the_run(tmp_path: Path) -> None:
    told = tmp_path / "told"
    made = packaged(tmp_path, TELLS_ITS_PROCESS, "f", tests=[FunctionTest({"path": str(told)})])
    ready = rooms(tmp_path)
    ready.prestart([], ["json"])
    (process,) = begun_ahead()
    forecast = ready.forecast(made.record.id)
    assert forecast.clean_room is not None
    assert (forecast.state, forecast.clean_room.state) == ("measured", "passed")
    assert told.read_text() == str(process.pid)
    assert begun_ahead() == []


def test_a_package_runs_before_its_forecast_is_asked_for(tmp_path: Path) -> None:
    told = tmp_path / "told"
    made = packaged(tmp_path, TELLS_ITS_PROCESS, "f", tests=[FunctionTest({"path": str(told)})])
    told.unlink()
    ready = rooms(tmp_path)
    ready.prestart([], [])
    (process,) = begun_ahead()
    ready.run_prestarted(made.record, BundleStore(tmp_path).get(made.bundle))
    process.wait(30)
    assert told.read_text() == str(process.pid)
    told.unlink()
    forecast = ready.forecast(made.record.id)
    assert forecast.clean_room is not None
    assert (forecast.state, forecast.clean_room.state) == ("measured", "passed")
    assert not told.exists()


def test_a_run_of_another_package_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    told = tmp_path / "told"
    one = packaged(tmp_path, GREET, tests=[FunctionTest({})])
    other = packaged(tmp_path, TELLS_ITS_PROCESS, "f", tests=[FunctionTest({"path": str(told)})])
    told.unlink()
    ready = rooms(tmp_path)
    ready.prestart([], [])
    ready.run_prestarted(one.record, BundleStore(tmp_path).get(one.bundle))
    assert ready.forecast(other.record.id).state == "measured"
    assert told.exists()
    assert begun_ahead() == []


def test_going_on_without_a_room_does_nothing(tmp_path: Path) -> None:
    made = packaged(tmp_path, GREET, tests=[FunctionTest({})])
    ready = rooms(tmp_path)
    ready.run_prestarted(made.record, BundleStore(tmp_path).get(made.bundle))
    assert begun_ahead() == []


def test_a_room_that_was_begun_for_something_else_is_not_used(tmp_path: Path) -> None:
    told = tmp_path / "told"
    made = packaged(tmp_path, TELLS_ITS_PROCESS, "f", tests=[FunctionTest({"path": str(told)})])
    ready = rooms(tmp_path)
    ready.prestart(["numpy"], ["numpy"])
    (process,) = begun_ahead()
    assert ready.forecast(made.record.id).state == "measured"
    assert told.read_text() != str(process.pid)
    assert begun_ahead() == []


def test_a_room_that_was_begun_ahead_and_ended_is_not_used(tmp_path: Path) -> None:
    made = packaged(tmp_path, GREET, tests=[FunctionTest({})])
    ready = rooms(tmp_path)
    ready.prestart([], [])
    (process,) = begun_ahead()
    process.kill()
    deadline = time.monotonic() + 30
    while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ready.forecast(made.record.id).state == "measured"


def test_one_room_at_a_time_is_begun_ahead(tmp_path: Path) -> None:
    ready = rooms(tmp_path)
    ready.prestart([], [])
    ready.prestart([], [])
    assert len(begun_ahead()) == 1
    ready.discard()
    ready.discard()
    assert begun_ahead() == []


def test_a_room_that_was_begun_ahead_ends_with_who_began_it(tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom jupyter_faas.workspace.cleanroom.runner import PrestartedProcess\n"
        "told = dict(requirements=[], hidden=[], shown=[], home='/')\n"
        "room = PrestartedProcess(sys.executable, told, [])\n"
        "print(room._process.pid, flush=True)\nos._exit(0)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    deadline = time.monotonic() + 30
    while psutil.pid_exists(int(done.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(done.stdout))
    assert list(tmp_path.iterdir()) == []

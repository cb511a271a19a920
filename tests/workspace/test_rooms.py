from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore, ModelFiles
from jupyter_faas.cost import load_price_list
from jupyter_faas.errors import CleanRoomFailed
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.request import GivenTest
from jupyter_faas.workspace.rooms import Rooms
from tests.workspace.cells import GREET, packaged

STAGE = "import os\ndef f():\n    return {'v': os.getenv('STAGE')}\n"


def rooms(folder: Path) -> Rooms:
    return Rooms(folder, BundleStore(folder), ModelFiles(folder), load_price_list)


def failing(folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Packaged:
    monkeypatch.setenv("STAGE", "test")
    return packaged(folder, STAGE, "f", tests=[GivenTest({})], **options)


def test_a_package_is_run_once_for_it_cannot_change(tmp_path: Path) -> None:
    made = packaged(tmp_path, GREET, tests=[GivenTest({})])
    said: list[str] = []
    rooms(tmp_path).prove(made.record.id, said.append)
    rooms(tmp_path).prove(made.record.id, said.append)
    assert said == ["Trying greet on its own…"]


def test_what_the_card_measured_need_not_be_run_again(tmp_path: Path) -> None:
    made = packaged(tmp_path, GREET, tests=[GivenTest({})])
    rooms(tmp_path).forecast(made.record.id)
    said: list[str] = []
    rooms(tmp_path).prove(made.record.id, said.append)
    assert said == []


def test_what_failed_is_refused_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = failing(tmp_path, monkeypatch)
    for _ in range(2):
        with pytest.raises(CleanRoomFailed, match="answers differently"):
            rooms(tmp_path).prove(made.record.id, lambda _: None)


def test_what_is_not_wanted_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = failing(tmp_path, monkeypatch, clean_room=False)
    rooms(tmp_path).prove(made.record.id, pytest.fail)


def test_what_another_machines_python_packaged_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = failing(tmp_path, monkeypatch)
    elsewhere = {**made.record.environment, "executable": "/nowhere/python"}
    record = dataclasses.replace(made.record, environment=elsewhere, id="")
    BundleStore(tmp_path).put_package(record)
    rooms(tmp_path).prove(record.id, pytest.fail)


def test_another_answer_of_the_notebook_needs_another_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STAGE", raising=False)
    made = packaged(tmp_path, STAGE, "f", tests=[GivenTest({})])
    rooms(tmp_path).prove(made.record.id, lambda _: None)
    assert failing(tmp_path, monkeypatch).record.id == made.record.id
    with pytest.raises(CleanRoomFailed, match="answers differently"):
        rooms(tmp_path).prove(made.record.id, lambda _: None)

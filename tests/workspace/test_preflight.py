from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from jupyter_faas.bundle import PackageRecord, StoredModel
from jupyter_faas.client import HostInfo
from jupyter_faas.whisk import RUNTIMES, SystemLimits
from jupyter_faas.workspace.modelsetting import ModelStoreSetting
from jupyter_faas.workspace.preflight import limits_of, model_rows, preflight
from tests.workspace.cells import packaged


@pytest.fixture
def record(tmp_path: Path) -> PackageRecord:
    return packaged(tmp_path, memory_mb=1024, kind="python:3.11").record


def test_the_size_is_that_of_the_base64_text(record: PackageRecord) -> None:
    size, *_ = preflight(record, 62_792, None, "playground")
    assert size == {
        "check": "Package size",
        "ok": True,
        "value": "81.8 kB",
        "note": "of 48 MB, as it is sent",
    }


@pytest.mark.parametrize(("size", "ok"), [(36 * 1024 * 1024, True), (36 * 1024 * 1024 + 1, False)])
def test_a_third_more_than_the_zip_counts(record: PackageRecord, size: int, ok: bool) -> None:
    row, *_ = preflight(record, size, None, "playground")
    assert row["ok"] is ok
    assert row["value"] == "48.0 MB"


def test_the_playground_is_judged_without_asking_it(record: PackageRecord) -> None:
    _, memory, kind = preflight(record, 1, None, "playground")
    assert memory == {
        "check": "Memory",
        "ok": True,
        "value": "1,024 MB",
        "note": "128 – 4,096 MB allowed",
    }
    assert (kind["ok"], kind["note"]) == (True, "available on this target")


def test_a_target_that_was_not_asked_is_not_judged(record: PackageRecord) -> None:
    _, memory, kind = preflight(record, 1, None, "wskprops")
    assert memory["ok"] is True
    assert memory["note"] == kind["note"] == "checked when it is deployed"


def test_a_target_that_was_asked_is_judged_by_what_it_said(record: PackageRecord) -> None:
    told = HostInfo(SystemLimits(max_memory=512), RUNTIMES)
    _, memory, kind = preflight(
        dataclasses.replace(record, kind="python:3.14", id=""), 1, told, "wskprops"
    )
    assert (memory["ok"], memory["note"]) == (False, "128 – 512 MB allowed")
    assert (kind["ok"], kind["note"]) == (False, "not available on this target")


def test_a_timeout_is_shown_only_when_it_is_out_of_bounds(record: PackageRecord) -> None:
    long = dataclasses.replace(record, timeout_ms=900_000, id="")
    rows = preflight(long, 1, None, "playground")
    assert rows[2] == {
        "check": "Timeout",
        "ok": False,
        "value": "900.00 s",
        "note": "100 ms – 300.00 s allowed",
    }


def test_bounds_are_those_told_else_those_of_the_kind_of_host() -> None:
    told = HostInfo(SystemLimits(max_memory=1), RUNTIMES)
    assert limits_of(told, "playground").max_memory == 1
    assert limits_of(None, "playground").max_memory == 4096
    assert limits_of(None, "wskprops").max_memory == 512


def test_a_python_that_this_machine_has_not_is_told_before_the_upload(
    record: PackageRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    older = dataclasses.replace(record, kind="python:3.9", id="")
    *_, kind = preflight(older, 1, None, "playground")
    assert (kind["ok"], kind["note"]) == (False, "this machine has no python3.9")


def test_models_outside_of_the_package_have_rows_of_their_own(tmp_path: Path) -> None:
    record = packaged(tmp_path, memory_mb=768).record
    one, two = StoredModel("a", "0" * 64, 300 * 2**20), StoredModel("b", "1" * 64, 2**20)
    store = ModelStoreSetting("s3://bucket/models")
    assert model_rows(record, [one], store) == [
        {
            "check": "Model",
            "ok": True,
            "value": "300.0 MB",
            "note": "→ model store s3://bucket/models",
        }
    ]
    first, second = model_rows(record, [two, two], ModelStoreSetting())
    assert (first["check"], second["note"]) == ("Model b", "→ model store of the playground")
    *_, memory = model_rows(record, [one, two, one], store)
    assert (memory["ok"], memory["value"]) == (False, "768 MB")
    assert memory["note"] == "to load it takes about 1,408 MB: --memory 1408"


def test_a_target_without_a_store_is_told_before_a_deploy(tmp_path: Path) -> None:
    record = packaged(tmp_path).record
    (row,) = model_rows(record, [StoredModel("a", "0" * 64, 2**20)], None)
    assert (row["ok"], row["note"]) == (False, "this target has no model store")

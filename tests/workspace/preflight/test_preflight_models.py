from __future__ import annotations

from pathlib import Path

from jupyter_faas.bundle import StoredModel
from jupyter_faas.workspace.preflight.preflight import model_checks
from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting
from tests.workspace.helpers.cells import packaged

LARGE = StoredModel("a", "0" * 64, 300 * 2**20, "iris")
SMALL = StoredModel("b", "1" * 64, 2**20, "iris")
BUCKET = ModelStoreSetting("s3://bucket/models")


def test_each_model_has_a_row_that_says_where_it_goes(tmp_path: Path) -> None:
    record = packaged(tmp_path, memory_mb=768).record
    (row,) = model_checks(record, [LARGE], BUCKET, "lab")
    assert row.to_json() == {
        "check": "Model",
        "ok": True,
        "value": "300.0 MB",
        "note": "→ model store s3://bucket/models",
    }
    first, second = model_checks(record, [SMALL, SMALL], ModelStoreSetting(), "lab")
    assert (first.check, second.note) == ("Model b", "→ model store of the playground")


def test_memory_that_may_not_do_is_warned_of(tmp_path: Path) -> None:
    record = packaged(tmp_path, memory_mb=768).record
    *_, row = model_checks(record, [LARGE, SMALL, LARGE], BUCKET, "lab")
    assert (row.ok, row.warn, row.value) == (True, True, "768 MB")
    assert row.fix == "--memory 1408"


def test_a_target_without_a_store_is_told_before_a_deploy(tmp_path: Path) -> None:
    (row,) = model_checks(packaged(tmp_path).record, [SMALL], None, "lab")
    assert (row.ok, row.note) == (False, "this target has no model store")
    assert "run %faas target use lab, and run the cell again" in row.hint

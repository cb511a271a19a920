from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from jupyter_faas.bundle import PackageRecord
from jupyter_faas.errors import BundleDamaged

ENVIRONMENT = {"id": "e1f2", "executable": "python", "prefix": "env", "version": "3.11.7"}


def record(**changes: Any) -> PackageRecord:
    given: dict[str, Any] = {
        "name": "iris",
        "bundle": "b" * 64,
        "source": "a" * 64,
        "kind": "python:3.11",
        "memory_mb": 256,
        "timeout_ms": 60000,
        "environment": ENVIRONMENT,
        "created": 1795565980000,
        "parameters": {"token": "s3cret"},
    }
    return PackageRecord(**{**given, **changes})


def test_record_reads_back_as_it_was_written() -> None:
    written = record(notebook="quickstart.ipynb", cell_id="7a")
    assert PackageRecord.from_json(written.to_json()) == written


def test_record_has_the_shape_of_the_api(tmp_path: object) -> None:
    assert list(record().to_json()) == [
        *("id", "name", "bundle", "source", "kind", "memory_mb", "timeout_ms", "parameters"),
        *("annotations", "environment", "notebook", "cell_id", "created"),
    ]


def test_id_follows_from_the_content_and_not_from_the_time() -> None:
    assert len(record().id) == 16
    assert record().id == record(created=1).id
    assert record(memory_mb=512).id != record().id


def test_parameters_are_not_shown() -> None:
    assert "s3cret" not in repr(record())


@pytest.mark.parametrize(
    "change",
    [
        {"memory_mb": "256"},
        {"memory_mb": True},
        {"timeout_ms": -1},
        {"bundle": "../../etc"},
        {"source": "A" * 64},
        {"environment": {"id": 3}},
        {"parameters": []},
        {"notebook": 3},
        {"parts": "0123456789abcdef"},
        {"parts": ["../etc"]},
        {"id": "../x"},
        {"id": "0" * 16},
        {"name": None},
    ],
    ids=str,
)
def test_record_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BundleDamaged):
        PackageRecord.from_json({**record().to_json(), **change})


def test_changed_record_no_longer_fits_its_id() -> None:
    changed = dataclasses.replace(record(), memory_mb=512)
    with pytest.raises(BundleDamaged, match="is damaged"):
        PackageRecord.from_json(changed.to_json())


def test_the_commit_is_kept_and_is_no_content() -> None:
    kept = record(commit="c" * 40)
    assert kept.id == record().id
    assert PackageRecord.from_json(kept.to_json()) == kept
    assert "commit" not in record().to_json()


def test_what_it_brings_along_is_content() -> None:
    with_parts = record(parts=("0123456789abcdef",))
    assert PackageRecord.from_json(with_parts.to_json()) == with_parts
    assert with_parts.id != record().id


def test_an_adapted_copy_tells_what_the_cell_packaged() -> None:
    copy = record().with_bundle("c" * 64)
    assert (copy.bundle, copy.packaged) == ("c" * 64, "b" * 64)
    assert copy.id != record().id
    assert PackageRecord.from_json(copy.to_json()) == copy


def test_a_copy_of_a_copy_tells_what_the_cell_packaged() -> None:
    copy = record().with_bundle("c" * 64).with_bundle("d" * 64)
    assert copy.packaged == "b" * 64
    assert copy.with_bundle("b" * 64) == record()

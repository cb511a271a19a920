from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_faas.bundle import Manifest
from jupyter_faas.errors import BundleDamaged
from tests.bundle.helpers.samples import manifest


def test_manifest_reads_back_as_it_was_written() -> None:
    written = manifest(files={"a": "b"}, doc="Größe \ud800", models=({"name": "m", "x": [1]},))
    assert Manifest.from_bytes(written.to_bytes()) == written


def test_schema_keeps_the_order_of_the_parameters() -> None:
    schema = {"type": "object", "properties": {"b": {}, "a": {}}, "required": []}
    read = Manifest.from_bytes(manifest(schema=schema).to_bytes())
    assert list(read.schema["properties"]) == ["b", "a"]


def test_nan_is_no_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        manifest(models=({"max_difference": float("nan")},)).to_bytes()


def test_unknown_fields_are_ignored() -> None:
    data = {**manifest().to_json(), "of_a_later_version": 1}
    assert Manifest.from_json(data) == manifest()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "format 2"),
        ({"format": None}, "format None"),
        ({"name": 3}, "does not have a valid value for 'name'"),
        ({"schema": []}, "does not have a valid value for 'schema'"),
        ({"requirements": ["numpy"]}, "does not have a valid value for 'requirements'"),
        ({"files": {"a": 1}}, "does not have a valid value for 'files'"),
        ({"doc": None}, "does not have a valid value for 'doc'"),
    ],
)
def test_manifest_of_another_shape_is_refused(change: dict[str, Any], words: str) -> None:
    data = json.dumps({**manifest().to_json(), **change}).encode()
    with pytest.raises(BundleDamaged, match=words):
        Manifest.from_bytes(data)


@pytest.mark.parametrize("data", [b"[]", b"", b"\xff", b"[" * 100_000])
def test_other_text_is_refused(data: bytes) -> None:
    with pytest.raises(BundleDamaged):
        Manifest.from_bytes(data)

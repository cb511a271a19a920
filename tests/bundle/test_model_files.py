from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jupyter_faas.bundle import ModelFiles, StoredModel, model_reference, stored_models
from jupyter_faas.errors import ModelNotFound
from tests.bundle.helpers.samples import manifest

ONNX = b"onnx" * 100
SHA256 = hashlib.sha256(ONNX).hexdigest()
MODEL = StoredModel("model", SHA256, len(ONNX), "iris")


def test_manifest_tells_which_models_are_stored() -> None:
    models = ({"name": "small"}, {"name": "model", "stored": model_reference(ONNX)})
    assert stored_models(manifest(models=models)) == (MODEL,)


def test_model_is_kept_by_its_sha256(tmp_path: Path) -> None:
    files = ModelFiles(tmp_path)
    path = files.put(ONNX)
    assert files.put(ONNX) == path == files.path(MODEL)
    assert path.read_bytes() == ONNX
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(files.sizes()) == [(SHA256, len(ONNX))]


def test_damaged_model_is_not_given_and_mended_by_the_next_put(tmp_path: Path) -> None:
    files = ModelFiles(tmp_path)
    files.put(ONNX).write_bytes(b"x")
    with pytest.raises(ModelNotFound, match="'model' has changed since it was packaged"):
        files.path(MODEL)
    files.put(ONNX)
    assert files.path(MODEL).read_bytes() == ONNX


@pytest.mark.parametrize("sha256", [SHA256, "../x"])
def test_model_that_is_not_here_is_told(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(ModelNotFound, match="'m' of this package is not on this machine") as caught:
        ModelFiles(tmp_path).path(StoredModel("m", sha256, 1, "iris"))
    assert caught.value.hint.endswith("%faas deploy iris")


def test_model_that_is_removed_is_gone(tmp_path: Path) -> None:
    files = ModelFiles(tmp_path)
    files.put(ONNX)
    assert files.remove(SHA256)
    assert not files.remove(SHA256)
    assert list(files.sizes()) == []

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from jupyter_faas.errors import ModelStoreError
from jupyter_faas.workspace.model_stores.stores import FolderStore, FsspecStore, Kept, open_store
from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting
from tests.client.conftest import target_at

DATA = b"model" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()
PUBLIC = "https://models.example.com/faas"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def memory() -> Iterator[str]:
    """A store in this process, by fsspec's own file system."""
    url = f"memory://{uuid.uuid4().hex}/models"
    yield url
    fsspec.filesystem("memory").rm(url.removeprefix("memory:/").rpartition("/")[0], recursive=True)


def silent(_: int) -> None:
    """Nobody looks at how an upload goes."""


def test_a_folder_is_read_by_its_path(tmp_path: Path, model: Path) -> None:
    store = FolderStore(ModelStoreSetting((tmp_path / "a store").as_uri()))
    there = tmp_path / "a store" / f"{SHA256}.onnx"
    assert store.put(SHA256, model, silent) == there.as_uri()
    assert there.read_bytes() == DATA
    assert store.list() == [Kept(SHA256, len(DATA))]
    store.remove(SHA256)
    assert store.list() == []


def test_a_damaged_file_in_a_folder_is_put_again(tmp_path: Path, model: Path) -> None:
    store = FolderStore(ModelStoreSetting((tmp_path / "store").as_uri()))
    store.put(SHA256, model, silent)
    there = tmp_path / "store" / f"{SHA256}.onnx"
    there.write_bytes(b"x" * len(DATA))
    store.put(SHA256, model, silent)
    assert there.read_bytes() == DATA


def test_a_folder_that_a_web_server_shows_is_read_by_https(tmp_path: Path, model: Path) -> None:
    store = FolderStore(ModelStoreSetting(tmp_path.as_uri(), PUBLIC))
    assert store.put(SHA256, model, silent) == f"{PUBLIC}/{SHA256}.onnx"


def test_a_folder_that_cannot_be_is_told(tmp_path: Path, model: Path) -> None:
    store = FolderStore(ModelStoreSetting((model / "x").as_uri()))
    with pytest.raises(ModelStoreError, match=r"failed: Not a directory"):
        store.put(SHA256, model, silent)


def test_a_folder_is_for_the_playground_only(tmp_path: Path) -> None:
    setting = ModelStoreSetting(tmp_path.as_uri())
    lab = target_at("https://example.com", name="lab", label="Lab", kind="openwhisk")
    with pytest.raises(ModelStoreError, match="which actions on Lab cannot read"):
        open_store(setting, lab)
    local = target_at("http://127.0.0.1:3233", kind="playground")
    assert isinstance(open_store(setting, local), FolderStore)
    assert isinstance(open_store(ModelStoreSetting(setting.url, PUBLIC), lab), FolderStore)


def test_what_fsspec_writes_is_read_by_https(memory: str, model: Path) -> None:
    store = FsspecStore(ModelStoreSetting(memory, PUBLIC))
    sent: list[int] = []
    assert store.put(SHA256, model, sent.append) == f"{PUBLIC}/{SHA256}.onnx"
    assert sent[-1] == len(DATA)
    assert store.list() == [Kept(SHA256, len(DATA))]
    sent.clear()
    store.put(SHA256, model, sent.append)
    assert sent == []
    store.put(SHA256, model, sent.append, anew=True)
    assert sent[-1] == len(DATA)
    store.remove(SHA256)
    assert store.list() == []


def test_a_store_that_signs_nothing_needs_an_https_address(memory: str, model: Path) -> None:
    store = FsspecStore(ModelStoreSetting(memory))
    with pytest.raises(ModelStoreError, match="cannot create signed URLs, so actions cannot"):
        store.put(SHA256, model, silent)


@pytest.mark.parametrize("url", ["s3nosuch://bucket/x", "abc123://x"])
def test_a_store_of_no_known_kind_is_told(url: str) -> None:
    with pytest.raises(ModelStoreError, match="cannot be opened") as caught:
        FsspecStore(ModelStoreSetting(url))
    assert "s3fs" in caught.value.hint


def test_removing_what_is_not_there_is_told(memory: str, model: Path) -> None:
    store = FsspecStore(ModelStoreSetting(memory, PUBLIC))
    store.put("0" * 64, model, silent)
    with pytest.raises(ModelStoreError, match="failed"):
        store.remove(SHA256)

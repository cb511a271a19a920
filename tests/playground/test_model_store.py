from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_faas.errors import ModelNotFound
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.errors import Malformed
from jupyter_faas.playground.model_store import ModelStore
from tests.playground.helpers.loop import in_loop

DATA = b"model" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> DataDirectory:
    folder = DataDirectory(tmp_path)
    folder.create()
    return folder


async def pieces(*data: bytes, broken: bool = False) -> AsyncIterator[bytes]:
    for each in data:
        yield each
    if broken:
        raise ConnectionResetError


def files(folder: DataDirectory) -> list[str]:
    return sorted(str(path.relative_to(folder.models)) for path in folder.models.rglob("*.*"))


@in_loop
async def test_model_arrives_in_pieces(folder: DataDirectory) -> None:
    store = ModelStore(folder)
    await store.upload("guest", SHA256, pieces(DATA[:7], b"", DATA[7:]))
    assert store.download("guest", SHA256).read_bytes() == DATA
    assert await store.is_intact("guest", SHA256)


@in_loop
async def test_upload_that_breaks_leaves_nothing(folder: DataDirectory) -> None:
    store = ModelStore(folder)
    with pytest.raises(ConnectionResetError):
        await store.upload("guest", SHA256, pieces(DATA, broken=True))
    with pytest.raises(Malformed, match="sha256 of the model does not match"):
        await store.upload("guest", SHA256, pieces(DATA[1:]))
    assert files(folder) == []


@in_loop
async def test_upload_that_was_killed_is_tidied_up(folder: DataDirectory) -> None:
    store = ModelStore(folder)
    await store.upload("guest", SHA256, pieces(DATA))
    (folder.models / "guest" / ".abc.part").write_bytes(b"half")
    ModelStore(folder)
    assert files(folder) == [f"guest/{SHA256}.onnx"]


@in_loop
async def test_damaged_model_is_as_good_as_none_until_it_is_put_again(
    folder: DataDirectory,
) -> None:
    store = ModelStore(folder)
    await store.upload("guest", SHA256, pieces(DATA))
    store.download("guest", SHA256).write_bytes(b"x")
    assert not await store.is_intact("guest", SHA256)
    await store.upload("guest", SHA256, pieces(DATA))
    assert await store.is_intact("guest", SHA256)


def test_addresses_hold_after_a_restart(folder: DataDirectory) -> None:
    query = ModelStore(folder).query("guest", SHA256)
    assert ModelStore(folder).may_read("guest", SHA256, query["token"])
    assert not ModelStore(folder).may_read("other", SHA256, query["token"])
    assert folder.model_key.stat().st_mode & 0o777 == 0o600


def test_secret_that_was_damaged_is_made_anew(folder: DataDirectory) -> None:
    query = ModelStore(folder).query("guest", SHA256)
    folder.model_key.write_text("x")
    assert not ModelStore(folder).may_read("guest", SHA256, query["token"])


def test_what_workers_had_downloaded_goes_at_a_start(folder: DataDirectory) -> None:
    ModelStore(folder)
    (folder.model_cache / "a.onnx").write_bytes(b"x")
    ModelStore(folder)
    assert list(folder.model_cache.iterdir()) == []


@in_loop
async def test_model_that_is_removed_goes_from_the_workers_too(folder: DataDirectory) -> None:
    store = ModelStore(folder)
    await store.upload("guest", SHA256, pieces(DATA))
    (folder.model_cache / f"{SHA256}.onnx").write_bytes(DATA)
    store.remove("guest", SHA256)
    assert list(folder.model_cache.iterdir()) == []
    with pytest.raises(ModelNotFound):
        store.download("guest", SHA256)
    with pytest.raises(ModelNotFound):
        store.remove("guest", SHA256)


@in_loop
async def test_namespace_of_any_name_has_its_models(folder: DataDirectory) -> None:
    store = ModelStore(folder)
    await store.upload("a@b.c d", SHA256, pieces(DATA))
    assert [each.sha256 for each in store.list("a@b.c d")] == [SHA256]
    assert store.list("guest") == []

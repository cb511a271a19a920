from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes.archive import CodeRejected
from jupyter_faas.playground.runtimes.code_cache import CodeCache
from tests.playground.helpers.loop import eventually, in_loop

CODE = "def main(p): return p"


class Fetch:
    """Gives code, and counts how often it was asked."""

    def __init__(self, code: str = CODE) -> None:
        self.code = code
        self.times = 0

    async def __call__(self) -> str:
        self.times += 1
        return self.code


@in_loop
async def test_code_is_laid_out_once(tmp_path: Path) -> None:
    cache, fetch = CodeCache(tmp_path / "code"), Fetch()
    first = await cache.directory(1, fetch, False)
    assert await cache.directory(1, fetch, False) == first
    assert (first / "__main__.py").read_text() == CODE
    assert fetch.times == 1


@in_loop
async def test_prepared_code_is_not_fetched(tmp_path: Path) -> None:
    cache, fetch = CodeCache(tmp_path / "code"), Fetch()
    cache.unpack(1, CODE, False)
    await cache.directory(1, fetch, False)
    assert fetch.times == 0


@in_loop
async def test_each_revision_has_its_own(tmp_path: Path) -> None:
    cache = CodeCache(tmp_path / "code")
    assert await cache.directory(1, Fetch(), False) != await cache.directory(2, Fetch(), False)


@in_loop
async def test_each_family_has_its_own(tmp_path: Path) -> None:
    cache = CodeCache(tmp_path / "code")
    python = await cache.directory(1, Fetch(), False)
    node = await cache.directory(1, Fetch(), False, node=True)
    assert (node / "__main__.js").exists()
    assert (python / "__main__.py").exists()
    cache.forget(1)
    await eventually(lambda: not python.exists() and not node.exists())


@in_loop
async def test_files_that_an_action_has_changed_are_laid_out_anew(tmp_path: Path) -> None:
    cache, fetch = CodeCache(tmp_path / "code"), Fetch()
    first = await cache.directory(1, fetch, False)
    (first / "__main__.py").unlink()
    second = await cache.directory(1, fetch, False)
    assert second != first
    assert (second / "__main__.py").read_text() == CODE


@in_loop
async def test_what_python_caches_is_no_change(tmp_path: Path) -> None:
    cache, fetch = CodeCache(tmp_path / "code"), Fetch()
    first = await cache.directory(1, fetch, False)
    (first / "__pycache__").mkdir()
    (first / "__pycache__/x.pyc").write_bytes(b"")
    assert await cache.directory(1, fetch, False) == first


@in_loop
async def test_rejected_code_leaves_nothing_and_is_tried_again(tmp_path: Path) -> None:
    cache, fetch = CodeCache(tmp_path / "code"), Fetch("")
    for times in (1, 2):
        with pytest.raises(CodeRejected):
            await cache.directory(1, fetch, False)
        assert fetch.times == times
    assert list((tmp_path / "code").iterdir()) == []


@in_loop
async def test_forgotten_code_is_removed(tmp_path: Path) -> None:
    cache = CodeCache(tmp_path / "code")
    path = await cache.directory(1, Fetch(), False)
    other = await cache.directory(11, Fetch(), False)
    cache.forget(1)
    await eventually(lambda: not path.exists())
    assert other.exists()


@in_loop
async def test_what_the_last_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "code/7-1").mkdir(parents=True)
    CodeCache(tmp_path / "code")
    assert list((tmp_path / "code").iterdir()) == []
    await eventually(lambda: list(tmp_path.iterdir()) == [tmp_path / "code"])


@in_loop
async def test_what_an_earlier_process_did_not_get_to_remove_goes_too(tmp_path: Path) -> None:
    (tmp_path / "code-old-aaaa/3-1").mkdir(parents=True)
    CodeCache(tmp_path / "code")
    await eventually(lambda: list(tmp_path.iterdir()) == [tmp_path / "code"])

"""A playground that is killed at the worst moments between journal and database."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from jupyter_faas.playground.storage.journal import Journal
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.storage.test_activations import GUEST, activation, opened


def journal_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith("journal")]


def put_back(folder: Path, files: dict[str, bytes]) -> None:
    """The journal as it was at some moment; the database stays as it is."""
    for path in journal_files(folder):
        path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)


@in_loop
async def test_killed_between_the_commit_and_the_truncation(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        parts.records.accept(activation(1))
        for number in (1, 2, 3):
            await parts.records.add(activation(number))
        parts.records.accept(activation(4))
        before = {path.name: path.read_bytes() for path in journal_files(tmp_path)}
        await eventually(lambda: parts.journal.size == 0)
        rows = parts.store.records(GUEST, 10, docs=True).rows
    for _ in range(2):
        put_back(tmp_path, before)
        with opened(tmp_path) as parts:
            assert await parts.records.count(GUEST) == 4
            found = parts.store.records(GUEST, 10, docs=True).rows
            assert [row for row in found if row[1] != activation(4).activation_id] == rows
            (never_ended,) = (row for row in found if row[1] == activation(4).activation_id)
            assert never_ended[0] == 4
            assert parts.store.accepted() == []
            assert parts.journal.size == 0


@pytest.mark.parametrize("moment", ["rotated", "renamed", "dropped late"])
@in_loop
async def test_killed_around_a_rotation(tmp_path: Path, moment: str) -> None:
    with opened(tmp_path) as parts:
        await parts.records.add(activation(1))
        parts.journal.rotate()
        await parts.records.add(activation(2))
        files = {path.name: path.read_bytes() for path in journal_files(tmp_path)}
        if moment == "dropped late":
            await parts.records.close()
    if moment == "renamed":
        # The new file has no name of its own yet.
        files["journal.new"] = b""
        files["journal.old"] += files.pop("journal")
    put_back(tmp_path, files)
    with opened(tmp_path) as parts:
        assert await parts.records.count(GUEST) == 2
        assert [path.name for path in journal_files(tmp_path) if path.stat().st_size] == []
        parts.journal.append(b"R{}")
        assert list(parts.journal.entries()) == [b"R{}"]


@in_loop
async def test_killed_while_it_replays(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        parts.records.accept(activation(1))
        await parts.records.add(activation(2))
    shutil.copytree(tmp_path, tmp_path / "copy")
    with opened(tmp_path):
        pass
    # Emptied in two steps: the file itself, then what was put aside.
    journal = Journal(tmp_path / "copy" / "journal")
    journal.rotate()
    journal.close()
    shutil.copy(tmp_path / "copy" / "journal.old", tmp_path / "journal.old")
    with opened(tmp_path) as parts:
        assert await parts.records.count(GUEST) == 2
        assert not (tmp_path / "journal.old").exists()


@in_loop
async def test_damage_in_the_middle_costs_one_record(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        for number in (1, 2, 3):
            await parts.records.add(activation(number))
    path = tmp_path / "journal"
    data = path.read_bytes()
    at = data.index(activation(2).activation_id.encode())
    path.write_bytes(data[:at] + b"\x00\xff\n" + data[at + 3 :])
    with opened(tmp_path) as parts:
        for number, kept in ((1, True), (2, False), (3, True)):
            found = parts.store.record(activation(number).activation_id)
            assert (found is not None) is kept


UNREAD = [b"", b"R", b'R{"x": 1}', b"Rnot json", b"A[]", b"G", b'Gx{"', b'Z{"later": "version"}']


@in_loop
async def test_unknown_entries_are_kept_apart_and_never_block_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path / "journal")
    for entry in UNREAD:
        journal.append(entry)
    journal.append(b"R" + orjson.dumps(activation(1).to_json()))
    journal.close()
    with (tmp_path / "journal").open("ab") as file:
        file.write(b"\ntorn")
    with opened(tmp_path) as parts:
        assert await parts.records.count(GUEST) == 1
        assert parts.journal.size == 0
    assert (tmp_path / "journal.unread").read_bytes() == b"".join(each + b"\n" for each in UNREAD)
    assert "8 entries of the journal cannot be read" in caplog.text
    assert "has incomplete or damaged lines (1), which were skipped" in caplog.text


@in_loop
async def test_accepted_run_in_the_database_that_cannot_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as parts:
        parts.store.commit([], [("f" * 32, b"{}")])
    with opened(tmp_path) as parts:
        assert await parts.records.count(GUEST) == 0
    assert f"The record of activation {'f' * 32} cannot be read." in caplog.text

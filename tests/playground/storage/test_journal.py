from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.storage.journal import Journal


def reopened(path: Path) -> list[bytes]:
    journal = Journal(path)
    entries = list(journal.entries())
    journal.close()
    return entries


def test_entries_are_there_without_a_close(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(b'R{"a": 1}')
    journal.append(b"A{}")
    assert reopened(tmp_path / "journal") == [b'R{"a": 1}', b"A{}"]
    journal.close()


@pytest.mark.parametrize("cut", [1, 2, 10, 14])
def test_torn_tail_is_left_out(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.append(b"R{1}")
    journal.append(b"R{2}")
    journal.close()
    path.write_bytes(path.read_bytes()[:-cut])
    assert reopened(path) == [b"R{1}"]


def test_damaged_line_is_left_out_and_the_next_is_not(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    for entry in (b"R{1}", b"R{2}", b"R{3}"):
        journal.append(entry)
    journal.close()
    path.write_bytes(path.read_bytes().replace(b"R{2}", b"R{x}"))
    assert reopened(path) == [b"R{1}", b"R{3}"]


def test_empty_forgets_everything(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(b"R{1}")
    journal.rotate()
    journal.append(b"R{2}")
    journal.empty()
    assert journal.size == 0
    journal.append(b"R{3}")
    assert list(journal.entries()) == [b"R{3}"]
    journal.close()


def test_rotated_entries_come_first_until_they_are_dropped(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(b"R{1}")
    assert journal.rotate()
    journal.append(b"R{2}")
    assert not journal.rotate()
    assert reopened(tmp_path / "journal") == [b"R{1}", b"R{2}"]
    journal.drop_old()
    assert list(journal.entries()) == [b"R{2}"]
    assert journal.rotate()
    journal.close()


def test_appends_of_several_threads_do_not_mix(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")

    def append(letter: bytes) -> None:
        for _ in range(50):
            journal.append(letter * 5000)

    threads = [threading.Thread(target=append, args=(each,)) for each in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = list(journal.entries())
    assert len(entries) == 150
    assert {len(set(entry)) for entry in entries} == {1}
    journal.close()


def test_append_when_the_disk_is_full() -> None:
    journal = Journal(Path("/dev/full"))
    with pytest.raises(PlaygroundError, match="The journal cannot be written"):
        journal.append(b"R{1}")
    journal.close()

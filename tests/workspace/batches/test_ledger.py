"""What the ledger remembers, also of a process that was killed."""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.batches.ledger import Ledger, batch_id


def test_events_of_an_earlier_process_are_known(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "b", "iris")
    for row in range(5):
        ledger.sent(row)
    ledger.done(0, {"result": {"é": 1}})
    ledger.accepted(1, "a" * 32)
    ledger.not_run(2)
    ledger.accepted(3, "b" * 32)
    ledger.done(3, {"error": "no"})
    ledger.close(remove=False)
    past = Ledger(tmp_path, "b", "iris").past
    assert past.done == {0: {"result": {"é": 1}}, 3: {"error": "no"}}
    assert past.accepted == {1: "a" * 32}
    assert past.sent == {1, 4}


def test_a_torn_line_is_left_out_and_the_next_one_is_whole(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "b", "iris")
    ledger.done(0, {"result": 1})
    ledger.close(remove=False)
    with ledger.path.open("ab") as file:
        file.write(b'["done", 1, {"resu')
    again = Ledger(tmp_path, "b", "iris")
    assert again.past.done == {0: {"result": 1}}
    again.done(2, {"result": 3})
    again.close(remove=False)
    assert Ledger(tmp_path, "b", "iris").past.done == {0: {"result": 1}, 2: {"result": 3}}


def test_two_processes_cannot_run_the_same_batch(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "b", "iris")
    with pytest.raises(InputError, match="Another process is already making these calls to iris"):
        Ledger(tmp_path, "b", "iris")
    ledger.close(remove=True)
    assert not ledger.path.exists()


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    path = Ledger(tmp_path, "b", "iris").path
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "b", "iris")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (ledger.path.stat().st_size + 4, limit[1]))
        with pytest.raises(OSError, match="File too large") as caught:
            ledger.sent(1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    assert caught.value.filename == str(ledger.path)


def test_old_ledgers_are_removed(tmp_path: Path) -> None:
    old = Ledger(tmp_path, "old", "iris")
    old.close(remove=False)
    month_ago = time.time() - 31 * 86_400
    os.utime(old.path, (month_ago, month_ago))
    Ledger(tmp_path, "new", "iris")
    assert not old.path.exists()


def test_a_batch_is_known_by_all_that_it_consists_of() -> None:
    ids = {
        batch_id("host", "f", "1", [b"a", b"b"]),
        batch_id("other", "f", "1", [b"a", b"b"]),
        batch_id("host", "g", "1", [b"a", b"b"]),
        batch_id("host", "f", "2", [b"a", b"b"]),
        batch_id("host", "f", "1", [b"ab"]),
    }
    assert len(ids) == 5

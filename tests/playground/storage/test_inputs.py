"""Changes of the kept inputs are transactions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.inputs import InputRow, InputStore

ACTION = "guest/a"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(tmp_path / "records.db")
    yield found
    found.close()


def rows(*numbers: int) -> list[InputRow]:
    return [InputRow(f"{n:032x}", ACTION, n, b'{"n": %d}' % n) for n in numbers]


def kept(store: InputStore) -> list[int]:
    return [row.kept for row in store.latest(ACTION, 100)]


def test_inputs_are_written_in_one_commit(database: Database) -> None:
    store = InputStore(database)
    store.add(ACTION, rows(*range(20)), 20, 10_000)
    statements: list[str] = []
    database.writer.set_trace_callback(statements.append)
    store.add(ACTION, rows(*range(20, 40)), 20, 10_000)
    database.writer.set_trace_callback(None)
    assert kept(store) == list(range(39, 19, -1))
    assert [each for each in statements if each.startswith(("BEGIN", "COMMIT"))] == [
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]


def test_an_error_leaves_the_earlier_inputs(database: Database) -> None:
    store = InputStore(database)
    store.add(ACTION, rows(1, 2), 20, 10_000)

    def clean(params: bytes) -> bytes:
        if params == b'{"n": 2}':
            raise ValueError
        return b"{}"

    with pytest.raises(ValueError, match=r"^$"):
        store.rewrite(ACTION, clean, 20, 10_000)
    assert [row.params for row in store.latest(ACTION, 2)] == [b'{"n": 2}', b'{"n": 1}']
